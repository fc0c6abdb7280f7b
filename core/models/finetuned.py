"""Fine-tuned models: files and a card in `models/<id>`, part of the catalogue as soon as they are there."""

from __future__ import annotations

import json
import logging
import math
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import N_, IntegrityError, PortalError
from core.files import remove_tree, replacing, slug
from core.inputs.languages import NAMES
from core.models import catalog, weights
from core.models.catalog import FamilyConfig, Licence, Line, ModelEntry, Score, Weights
from core.models.sources import RunSource
from core.models.untrusted import files, refusals
from core.models.untrusted.files import CARD as CARD
from core.models.untrusted.files import DESCRIPTION as DESCRIPTION
from core.settings import settings

TITLE = 200
GENERATIONS = 16
"""Fine-tunings of fine-tunings that are followed back to the model they began with."""
OWN = Licence(N_("your own model"))
DAMAGED = (OSError, ValueError, PortalError)
"""What reading a model's card and description raises where they cannot be used here."""

Describe = Callable[[str, Mapping[str, object]], FamilyConfig]
"""The `config` of a description, typed by the application it is of: (application, values) to a record.

Raises:
    ValueError: it describes no network of that application. UsageError: there is no such application.
"""


Metrics = dict[Line, Annotated[float, Field(allow_inf_nan=False)]]


class Card(BaseModel):
    """How a model was made: what its job was asked for (`data` to `processes`), and what came out. `metrics` are of
    the validation part at `epoch` (counted from 1), the first of them chose it; `base_metrics` are the base's.

    Keys of other versions are kept as they are.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    id: Line
    task: Line
    title: Line
    job: Line
    data: Line | None = None
    sha256: Line | None = None
    base: Line | None = None
    options: dict[Line, object] = Field({}, max_length=200)
    probes: list[str] = Field([], max_length=1_000)
    processes: int = Field(1, ge=1, le=10_000)
    epoch: int = Field(0, ge=0, le=1_000_000_000)
    metrics: Metrics = Field(min_length=1, max_length=100)
    base_metrics: Metrics = Field({}, max_length=100)
    created: Line

    @field_validator("base")
    @classmethod
    def _is_a_name(cls, value: str | None) -> str | None:
        """It becomes part of a path, and the card may be somebody else's."""
        if value is not None and not re.fullmatch(r"\w[\w.-]*", value):
            raise ValueError("the base is no model's id")
        return value


class Description(BaseModel):
    """What an application says of the files of a model that it saved: family, config and languages of the entry,
    whether the base's own files are needed beside them, and whether nothing of the base is in it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    family: Line
    config: dict[str, object]
    languages: tuple[Line, ...] = Field((), max_length=100)
    needs_base: bool = False
    from_scratch: bool = False
    about: str = Field("", max_length=2_000)

    @field_validator("languages")
    @classmethod
    def _are_known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [code for code in codes if code not in NAMES]:
            raise ValueError(f"{unknown[0]} is not a language of the portal")
        return codes


@dataclass(frozen=True)
class Damaged:
    """A folder among the fine-tuned models that holds none which can be used; all that can be done is to remove it."""

    id: str
    why: PortalError


def publish(
    files: Path,
    *,
    job_id: str,
    task: str,
    name: str,
    request: Mapping[str, object],
    metrics: Mapping[str, float],
    base_metrics: Mapping[str, float],
    epoch: int,
) -> str:
    """Copy the best model of a run into the catalogue with its card; its id. A later call with the same
    job (an extended run) replaces it."""
    model_id = f"{slug(name)}-{job_id}"
    facts: dict[str, object] = {
        "id": model_id,
        "task": task,
        "title": "".join(sign for sign in name if catalog.is_clean(sign))[:TITLE] or model_id,
        "job": job_id,
        **request,
        "epoch": epoch,
        "metrics": _finite(metrics),
        "base_metrics": _finite(base_metrics),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with replacing(folder(model_id)) as new:
        shutil.copytree(files, new, dirs_exist_ok=True)
        write_card(new, Card.model_validate(facts))
        weights.seal(_own(model_id), place=new)
    return model_id


def _finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """JSON has no NaN: a metric that could not be computed is not there."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def write_card(target: Path, record: Card) -> None:
    text = json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (target / CARD).write_text(text, "utf-8")


def seal(model_id: str) -> None:
    """Record the files in a model's folder as complete: from now on it is in the catalogue."""
    weights.seal(_own(model_id))


def folder(model_id: str) -> Path:
    return settings().data / "models" / model_id


def entries(describe: Describe) -> list[ModelEntry]:
    """The fine-tuned models on this computer, newest first. For those that cannot be used see `damaged`."""
    known = (_known(path, changed, describe) for changed, path in _stored())
    return [entry for entry in known if isinstance(entry, ModelEntry)]


def damaged(describe: Describe) -> list[Damaged]:
    """The models in whose folder something is damaged or missing, and that can only be removed."""
    known = (_known(path, changed, describe) for changed, path in _stored())
    return [one for one in known if isinstance(one, Damaged)]


def _stored() -> list[tuple[tuple[int, ...], Path]]:
    """The folders of models with the times of change of what is read of them, newest first."""
    folders = [path for path in settings().data.glob("models/*") if path.is_dir()]
    found = [(_changed(path), path) for path in folders if not path.name.startswith(".")]
    return sorted(found, reverse=True)


def _changed(path: Path) -> tuple[int, ...]:
    """Times of change, that of the manifest first: it is written last. Without one a model is half imported."""
    return tuple(_time(path / name) for name in (weights.MANIFEST, CARD, DESCRIPTION))


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def card(entry: ModelEntry) -> Card:
    """How a fine-tuned model was made.

    Raises:
        IntegrityError: the card is gone or damaged.
    """
    try:
        return read_card(folder(entry.id) / CARD)
    except (OSError, ValueError, PortalError) as error:
        raise IntegrityError(
            N_("{file} of {name} is damaged. Remove the model; its run can make it again."),
            file=CARD,
            name=entry.id,
        ) from error


def read_card(path: Path) -> Card:
    """Raises OSError, ValueError, PortalError where it is none, or larger than it may be."""
    files.check_size(CARD, path.stat().st_size)
    return parse_card(path.read_bytes())


def parse_card(content: bytes) -> Card:
    """Raises ValueError, PortalError where it is none."""
    return Card.model_validate(files.parsed(content, CARD))


def read_description(path: Path) -> Description:
    """Raises OSError, ValueError, PortalError where it is none, or larger than it may be."""
    files.check_size(DESCRIPTION, path.stat().st_size)
    return parse_description(path.read_bytes())


def parse_description(content: bytes) -> Description:
    """Raises ValueError, PortalError where it is none."""
    return Description.model_validate(files.parsed(content, DESCRIPTION))


def remove(model_id: str) -> None:
    """Delete a model's files, damaged or not.

    Raises:
        DiskError: the disk is read-only or fails.
    """
    remove_tree(folder(model_id))


@lru_cache(maxsize=4096)
def _known(path: Path, changed: tuple[int, ...], describe: Describe) -> ModelEntry | Damaged:
    """Read, and complained about, once for as long as it stays the same."""
    try:
        if not changed[0]:
            raise PortalError(
                N_("{file} is missing; an import was cut off or is under way"),
                file=weights.MANIFEST,
            )
        if not weights.read_manifest(path):
            raise refusals.unfit(weights.MANIFEST, PortalError(N_("it names no files")))
        return read(path, describe)
    except DAMAGED as error:
        why = fault(error)
        logging.getLogger(__name__).warning("The model in %s is damaged: %s", path, why)
        return Damaged(path.name, why)


def fault(error: Exception) -> PortalError:
    """What is wrong with a model, in words that can be translated."""
    if isinstance(error, PortalError):
        return error
    if isinstance(error, ValidationError):
        return refusals.invalid(error.title, error)
    return PortalError("{why}", why=str(error).partition("\n")[0][: refusals.SHOWN])


def read(path: Path, describe: Describe, made_from_it: tuple[str, ...] = ()) -> ModelEntry:
    """The entry of the fine-tuned model in a folder; `made_from_it` are ids of those on whose way it is asked for.

    Raises:
        OSError, ValueError, UsageError: its card or description is damaged, or of an unknown application.
    """
    made = read_card(path / CARD)
    about = read_description(path / DESCRIPTION)
    base = (
        _base(made, describe, (*made_from_it, path.name))
        if made.base and not about.from_scratch and len(made_from_it) < GENERATIONS
        else None
    )
    licence = base.weights[0].licence if base else OWN
    own_files = [p for p in path.iterdir() if p.is_file() and p.name != weights.MANIFEST]
    size_mb = sum(p.stat().st_size for p in own_files) / 1e6
    own = _own(path.name, licence, size_mb)
    metric, value = next(iter(made.metrics.items()))
    return ModelEntry(
        id=made.id,
        task=made.task,
        title=made.title,
        family=about.family,
        weights=(*base.weights, own) if base and about.needs_base else (own,),
        languages=about.languages,
        about=about.about or N_("Fine-tuned on this computer."),
        option_bounds=base.option_bounds if base else {},
        paper=base.paper if base else "",
        measured=Score(metric, round(value, 4), N_("validation part of its own data")),
        config=describe(made.task, about.config),
        made=made.created,
    )


def _base(made: Card, describe: Describe, made_from_it: tuple[str, ...]) -> ModelEntry:
    """What a run started from: a model of the catalogue, another run, or one that is gone by now. Cards from
    elsewhere may name each other in a circle: there it ends too."""
    path = folder(str(made.base))
    if (path / weights.MANIFEST).exists() and path.name not in made_from_it:
        try:
            return read(path, describe, made_from_it)
        except DAMAGED:
            pass
    gone = ModelEntry(path.name, made.task, path.name, "", (_own(path.name),))
    return catalog.registered(path.name) or gone


def _own(model_id: str, licence: Licence = OWN, size_mb: float = 0.0) -> Weights:
    return Weights(model_id, RunSource(model_id), licence, size_mb)
