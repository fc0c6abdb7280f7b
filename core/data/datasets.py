"""Data sets to fine-tune on: read into a draft with its problems, kept as immutable versions with a hash.

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

from core.errors import N_, DataSetError, PortalError, UsageError
from core.files import replacing, slug
from core.models.catalog import Weights
from core.settings import settings

MANIFEST = "manifest.json"

Row = dict[str, object]
"""A sample as JSON holds it. All applications know the keys `file` (its file's name), `label`, `part` (of a division
of its own: train, validation or test) and `group` (near-duplicates share one); the others are the application's."""


@dataclass
class Sample:
    """One sample as read: a row of plain data and, for images, the file that belongs to it.

    `origin` says where it came from (file in the archive, line of the table). `key` is equal for samples that say
    the same.
    """

    row: Row
    origin: str
    content: bytes | None = None
    suffix: str = ""
    key: str = ""


@dataclass(frozen=True)
class Problem:
    """Something wrong with the data: a message with `{origin}` and more to fill in, as in an error.

    `fatal` ones leave the sample out in any case; the others may be dropped or kept.
    """

    kind: str
    template: str
    values: dict[str, object]
    sample: int | None = None
    fatal: bool = False

    def __str__(self) -> str:
        return self.template.format(**self.values)


@dataclass
class Draft:
    """Samples as read, and what is wrong with them; nothing is stored yet."""

    samples: list[Sample] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    """What the application needs to know of all samples: classes, languages."""
    licence: str = ""

    def add(self, sample: Sample) -> None:
        """Raises DataSetError beyond PORTAL_DATA_ITEMS."""
        if len(self.samples) >= settings().data_items:
            raise DataSetError(
                N_("The data has more than {limit} samples (PORTAL_DATA_ITEMS). Give fewer."),
                limit=settings().data_items,
            )
        self.samples.append(sample)

    def trouble(
        self,
        kind: str,
        template: str,
        *,
        sample: int | None = None,
        fatal: bool = False,
        **values: object,
    ) -> None:
        self.problems.append(Problem(kind, template, values, sample, fatal))

    def unreadable(self, error: PortalError) -> None:
        """Note something that is left out because reading it failed with `error`."""
        self.problems.append(Problem("unreadable", error.template, error.values))

    def kept(self, *, drop: bool) -> list[Sample]:
        """The samples without the fatal ones and, if `drop`, without every one that has a problem."""
        bad = {p.sample for p in self.problems if p.fatal or drop}
        return [one for i, one in enumerate(self.samples) if i not in bad]


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
        with (self.folder / "items.jsonl").open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

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
        found = self.facts["classes"]
        assert isinstance(found, list)
        return found

    @property
    def language(self) -> str | None:
        """ISO 639-1, where an application of texts has noted one."""
        found = self.facts["language"]
        return None if found is None else str(found)

    def file(self, row: Row) -> Path:
        return self.folder / "files" / str(row["file"])


def find_duplicates(draft: Draft) -> None:
    """Note samples that say the same as an earlier one: fatal where labels agree, else for the person to decide
    (they contradict each other)."""
    first: dict[str, int] = {}
    for i, sample in enumerate(draft.samples):
        if not sample.key or any(p.sample == i and p.fatal for p in draft.problems):
            continue
        if sample.key not in first:
            first[sample.key] = i
            continue
        other = draft.samples[first[sample.key]]
        if other.row.get("label") == sample.row.get("label"):
            draft.trouble(
                "duplicate",
                N_("{origin} is the same as {other}; it is left out."),
                sample=i,
                fatal=True,
                origin=sample.origin,
                other=other.origin,
            )
        else:
            draft.trouble(
                "conflict",
                N_("{origin} is the same as {other}, with another label."),
                sample=i,
                origin=sample.origin,
                other=other.origin,
            )


def small_classes(draft: Draft, least: int) -> None:
    """Note classes with fewer than `least` samples; a single one cannot be both trained and validated on."""
    counts = Counter(sample.row["label"] for sample in draft.kept(drop=False))
    for label, count in sorted(counts.items(), key=str):
        if count < least:
            draft.trouble(
                "small_class",
                N_(
                    "The class {label} has {count} samples; at least {least} are needed, more is better."
                ),
                label=label,
                count=count,
                least=least,
            )


def check_classes(draft: Draft, least: int) -> None:
    """Note duplicates and classes too small to train on, and list the classes in the facts."""
    find_duplicates(draft)
    small_classes(draft, least)
    classes = sorted({str(sample.row["label"]) for sample in draft.kept(drop=False)})
    draft.facts["classes"] = classes
    if len(classes) == 1:
        draft.trouble(
            "one_class",
            N_("There is only the class {label}; at least two are needed."),
            label=classes[0],
        )


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
        why = str(draft.problems[0]) if draft.problems else ""
        raise DataSetError(N_("There is nothing to train on in {name}. {why}"), name=name, why=why)
    files = [
        f"{hashlib.sha256(i.content).hexdigest()[:24]}{i.suffix}" if i.content else ""
        for i in samples
    ]
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
        left_out=dict(Counter(p.kind for p in draft.problems if p.sample is not None)),
        licence=draft.licence,
        sample=sample,
        facts=draft.facts,
    )
    with replacing(target) as new:
        (new / "files").mkdir()
        for one, file in zip(samples, files, strict=True):
            if one.content:
                (new / "files" / file).write_bytes(one.content)
        (new / "items.jsonl").write_text(lines, "utf-8")
        _write_manifest(new, record)
    return DataSet(target)


def entries(task: str | None = None) -> list[DataSet]:
    """The stored data sets of one application (or all), newest first. A damaged one is left out and logged."""
    found = settings().data.glob(f"datasets/{task or '*'}/*/{MANIFEST}")
    sets = [DataSet(path.parent) for path in found if not path.parent.name.startswith(".")]
    good = [one for one in sets if _is_readable(one)]
    return sorted(good, key=lambda one: (one.manifest.created, one.id), reverse=True)


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


def delete(data: DataSet) -> None:
    """The manifest goes first, so that a half-deleted data set is never used."""
    (data.folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(data.folder, ignore_errors=True)


def _write_manifest(folder: Path, record: Manifest) -> None:
    temporary = folder / f".{MANIFEST}"
    temporary.write_text(json.dumps(record.as_json(), indent=1, ensure_ascii=False), "utf-8")
    temporary.replace(folder / MANIFEST)


def _is_readable(data: DataSet) -> bool:
    try:
        return bool(data.manifest)
    except (OSError, ValueError) as error:
        _complain(data.folder, str(error).partition("\n")[0])
        return False


@lru_cache(maxsize=256)
def _complain(folder: Path, why: str) -> None:
    """Once, however often a page looks."""
    logging.getLogger(__name__).warning("The data set in %s is left out: %s", folder, why)
