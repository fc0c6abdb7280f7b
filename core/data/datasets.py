"""Data sets to fine-tune on, kept as immutable versions with a hash; a draft is read by its application.

A data set is a folder `datasets/<task>/<id>` with `manifest.json`, one JSON row per sample in `items.jsonl`, and
the samples' files under names made of their contents. Only its name may change.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from core.data.drafts import Draft, Row, Sample
from core.errors import N_, DataSetError, UsageError
from core.files import remove_tree, replacing, slug, telling
from core.models.catalog import Weights
from core.settings import settings

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class SampleSet:
    """A data set that anyone can fetch and train on. `build` makes the draft from the folders of
    `files`; `base` and `options` are what it is best started with."""

    name: str
    title: str
    about: str
    build: Callable[[Sequence[Path]], Draft]
    files: tuple[Weights, ...] = ()
    base: str | None = None
    options: Mapping[str, object] = field(default_factory=dict)


class Manifest(BaseModel):
    """What `manifest.json` says of a stored version: `items` samples, how many of each label, how many were left out
    by kind of problem, the `sample` it was made from, if any. `created` is an ISO time, `facts` the draft's.

    Keys of other versions are kept as they are.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    name: str
    sha256: str
    created: str
    items: int
    labels: dict[str, int] = {}
    left_out: dict[str, int] = {}
    licence: str = ""
    sample: str | None = None
    facts: dict[str, object] = {}

    def as_json(self) -> dict[str, object]:
        """The keys that are stored."""
        return self.model_dump(mode="json", exclude_unset=True)


@dataclass(frozen=True)
class DataSet:
    """One stored version. `facts` is what the application noted about all samples (classes, languages)."""

    folder: Path

    @cached_property
    def manifest(self) -> Manifest:
        """Raises OSError, ValueError where it is gone or damaged."""
        return Manifest.model_validate(json.loads((self.folder / MANIFEST).read_bytes()))

    @cached_property
    def rows(self) -> list[Row]:
        """The samples.

        Raises:
            DataSetError: a line is damaged or missing: what is left would be other data than its hash says.
        """
        try:
            content = (self.folder / "items.jsonl").read_bytes()
        except FileNotFoundError as error:
            raise self._damaged(0, "items.jsonl is missing") from error
        rows = []
        for number, line in enumerate(content.split(b"\n")[:-1], 1):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise self._damaged(number, str(error)) from error
            if not isinstance(row, dict):
                raise self._damaged(number, "not a JSON object")
            rows.append(row)
        if len(rows) != self.manifest.items or not content.endswith(b"\n"):
            raise self._damaged(len(rows) + 1, f"{self.manifest.items} lines were stored")
        return rows

    def _damaged(self, line: int, why: str) -> DataSetError:
        return DataSetError(
            N_(
                "The data set {id} is damaged at line {line} of items.jsonl ({why}). Delete it and add the "
                "data again."
            ),
            id=self.id,
            line=line,
            why=why,
        )

    def _fact(self, name: str) -> object:
        try:
            return self.facts[name]
        except KeyError as error:
            raise DataSetError(
                N_(
                    "The manifest of the data set {id} lacks “{name}”. Delete it and add the data again."
                ),
                id=self.id,
                name=name,
            ) from error

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def task(self) -> str:
        return self.folder.parent.name

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def sample(self) -> str | None:
        """The name of the sample it was made from; None for somebody's own data, whatever that is called.

        Manifests of the first version do not say: there a sample's id begins with its name and it has a
        licence, which somebody's own data has not.
        """
        if "sample" in self.manifest.model_fields_set:
            return self.manifest.sample
        return self.id.rpartition("-")[0] if self.manifest.licence else None

    @property
    def sha256(self) -> str:
        return self.manifest.sha256

    @property
    def facts(self) -> dict[str, object]:
        return self.manifest.facts

    @property
    def classes(self) -> list[str]:
        """The names of the classes in the order of their numbers; of an application whose samples have classes."""
        found = self._fact("classes")
        assert isinstance(found, list)
        return found

    @property
    def language(self) -> str | None:
        """ISO 639-1, where an application of texts has noted one."""
        found = self._fact("language")
        return None if found is None else str(found)

    def file(self, row: Row) -> Path:
        return self.folder / "files" / str(row["file"])


def add(
    task: str, name: str, draft: Draft, *, drop: bool = True, sample: str | None = None
) -> DataSet:
    """Store a draft as a new version; the same contents give the version that is there already. `sample`
    names the sample set that it is.

    Raises:
        DataSetError: nothing is left to store. DiskFullError: no room; nothing was stored.
    """
    samples = draft.kept(drop=drop)
    if not samples:
        raise DataSetError(
            N_("There is nothing to train on in {name}. {why}"), name=name, why=draft.why()
        )
    files = [f"{_hash(one)[:24]}{one.suffix}" if one.has_file else "" for one in samples]
    rows = [
        {**one.row, **({"file": file} if file else {})}
        for one, file in zip(samples, files, strict=True)
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows)
    sha256 = hashlib.sha256((lines + json.dumps(draft.facts, sort_keys=True)).encode()).hexdigest()
    target = settings().data / "datasets" / task / f"{slug(name)}-{sha256[:8]}"
    if target.exists():
        return DataSet(target)
    record = Manifest(
        name=name,
        sha256=sha256,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        items=len(rows),
        labels=dict(Counter(str(row["label"]) for row in rows if "label" in row)),
        left_out=dict(draft.concerning),
        licence=draft.licence,
        sample=sample,
        facts=draft.facts,
    )
    with replacing(target) as new:
        (new / "files").mkdir()
        for one, file in zip(samples, files, strict=True):
            if file:
                _put(one, new / "files" / file)
        (new / "items.jsonl").write_text(lines, "utf-8")
        _write_manifest(new, record)
    return DataSet(target)


@dataclass(frozen=True)
class Damaged:
    """The folder of a data set that cannot be used, and what is wrong with it, in English."""

    folder: Path
    why: str

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def task(self) -> str:
        return self.folder.parent.name


def _hash(sample: Sample) -> str:
    if sample.path is None:
        return hashlib.sha256(sample.content or b"").hexdigest()
    with sample.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(sample: Sample, target: Path) -> None:
    """A sample's file under its new name; a second name for the same file, where the file system has such."""
    if sample.path is None:
        target.write_bytes(sample.content or b"")
    elif not target.exists():
        try:
            target.hardlink_to(sample.path)
        except OSError:
            shutil.copyfile(sample.path, target)


def entries(task: str | None = None) -> list[DataSet]:
    """The stored data sets of one application (or all), newest first. For those that cannot be used see
    `damaged`."""
    good = [one for one in _stored(task) if not _trouble(one)]
    return sorted(good, key=lambda one: (one.manifest.created, one.id), reverse=True)


def damaged(task: str | None = None) -> list[Damaged]:
    """The data sets of one application (or all) that cannot be used and can only be deleted."""
    looked = [(one, _trouble(one)) for one in _stored(task)]
    return [Damaged(one.folder, why) for one, why in looked if why]


def _stored(task: str | None) -> list[DataSet]:
    folders = sorted(settings().data.glob(f"datasets/{task or '*'}/*"))
    return [DataSet(one) for one in folders if one.is_dir() and not one.name.startswith(".")]


def find(data_id: str, task: str | None = None) -> DataSet:
    """The data set called `data_id`.

    Raises:
        UsageError: there is none; the message lists the ids there are.
    """
    there = {one.id: one for one in entries(task)}
    if data_id not in there:
        raise UsageError(
            N_("There is no data set “{id}”. There are: {ids}."),
            id=data_id,
            ids=", ".join(there) or "–",
        )
    return there[data_id]


def rename(data: DataSet, name: str) -> DataSet:
    """Call a data set something else; its id stays."""
    _write_manifest(data.folder, data.manifest.model_copy(update={"name": name}))
    return DataSet(data.folder)


def delete(data: DataSet | Damaged) -> None:
    """The manifest goes first, so that a half-deleted data set is never used.

    Raises:
        DiskError: the disk is read-only or fails.
    """
    with telling(data.id):
        (data.folder / MANIFEST).unlink(missing_ok=True)
    remove_tree(data.folder)


def _write_manifest(folder: Path, record: Manifest) -> None:
    temporary = folder / f".{MANIFEST}"
    temporary.write_text(json.dumps(record.as_json(), indent=1, ensure_ascii=False), "utf-8")
    temporary.replace(folder / MANIFEST)


def _trouble(data: DataSet) -> str:
    """What is wrong with its manifest; "" where nothing is."""
    try:
        return "" if data.manifest else MANIFEST
    except FileNotFoundError:
        why = f"{MANIFEST} is missing"
    except (OSError, ValueError) as error:
        why = f"{MANIFEST}: " + str(error).partition("\n")[0]
    _complain(data.folder, why)
    return why


@lru_cache(maxsize=256)
def _complain(folder: Path, why: str) -> None:
    """Once, however often a page looks."""
    logging.getLogger(__name__).warning("The data set in %s is left out: %s", folder, why)
