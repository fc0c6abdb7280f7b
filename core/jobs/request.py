"""What a job was asked to do: everything a worker needs to know, resolved when it was submitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core import tasks
from core.data import datasets
from core.data.datasets import DataSet
from core.errors import N_, DataSetError, UsageError
from core.models.catalog import LONGEST_LABEL, MOST_LABELS, is_clean
from core.plain import Json, Row
from core.training import aliases


@dataclass(frozen=True)
class Request:
    """`data` is the id of a stored data set and `sha256` its content's (None: training needs none),
    `base` the id of the model to start from (None: from scratch), `options` every training option by
    name, `tracked` the inputs answered after every epoch, as the task decodes them. `patience_from` is
    the epoch from which early stopping counts: the last one before an extension."""

    data: str | None = None
    sha256: str | None = None
    base: str | None = None
    options: Row = field(default_factory=dict)
    tracked: tuple[str, ...] = ()
    processes: int = 1
    patience_from: int = 0

    def to_json(self) -> Row:
        """As it is stored in the job's row, in `job.json` and in a model's card."""
        row: Row = {
            "data": self.data,
            "sha256": self.sha256,
            "base": self.base,
            "options": dict(self.options),
            "probes": list(self.tracked),
            "processes": self.processes,
        }
        return row | {"patience_from": self.patience_from} if self.patience_from else row

    @classmethod
    def from_json(cls, row: Mapping[str, Json]) -> Request:
        """What `to_json` wrote, in this version or an earlier one."""
        options, tracked = row.get("options"), row.get("probes")
        return cls(
            data=_text(row.get("data")),
            sha256=_text(row.get("sha256")),
            base=_text(row.get("base")),
            options=aliases.options(options) if isinstance(options, dict) else {},
            tracked=tuple(map(str, tracked)) if isinstance(tracked, list) else (),
            processes=_whole(row.get("processes"), 1),
            patience_from=_whole(row.get("patience_from"), 0),
        )


def source(task: str, data: str | None) -> DataSet | None:
    """The data set to train on; None for a task whose training needs none.

    Raises:
        UsageError: there is no such data set, or none is named where one is needed.
    """
    if data is not None:
        found = datasets.find(data, task)
        _refuse_labels(found)
        return found
    if tasks.find(task).data is not None:
        raise UsageError(N_("Choose a data set: {task} is trained on one."), task=task)
    return None


def _refuse_labels(data: DataSet) -> None:
    """A model keeps the names of its classes, and is read again only with such as `catalog.Label` takes.

    Raises:
        DataSetError: one is too long or holds control characters, or there are too many.
    """
    names = data.facts.get("classes")
    if not isinstance(names, list):
        return
    if len(names) > MOST_LABELS:
        raise DataSetError(
            N_("{data} has {count} classes; a model has at most {limit}."),
            data=data.name,
            count=len(names),
            limit=MOST_LABELS,
        )
    for name in map(str, names):
        if len(name) > LONGEST_LABEL or not is_clean(name):
            raise DataSetError(
                N_(
                    "The class “{label}” cannot be trained: its name has more than {limit} characters, or control characters. Rename it."
                ),
                label=name[:40],
                limit=LONGEST_LABEL,
            )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Json, usual: int) -> int:
    return value if isinstance(value, int) else usual
