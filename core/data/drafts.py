"""Samples as read, before anything is stored: the draft of a data set, and the checks that all applications share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import N_, DataSetError
from core.inputs.reading import Reading
from core.settings import settings

Row = dict[str, object]
"""A sample as JSON holds it. All applications know the keys `file` (its file's name), `label`, `part` (of a division
of its own: train, validation or test) and `group` (near-duplicates share one); the others are the application's."""


@dataclass
class Sample:
    """One sample as read: a row of plain data and, for images, the file that belongs to it.

    `origin` says where it came from (file in the archive, line of the table). `key` is equal for samples that say
    the same. The file is in memory as `content`, or on disk at `path`.
    """

    row: Row
    origin: str
    content: bytes | None = None
    suffix: str = ""
    key: str = ""
    path: Path | None = None

    @property
    def has_file(self) -> bool:
        return self.path is not None or bool(self.content)

    def read(self) -> bytes:
        """The file's bytes; none where it has no file."""
        return self.path.read_bytes() if self.path else self.content or b""


_spill: ContextVar[Path | None] = ContextVar("spill", default=None)


@contextmanager
def spilling(folder: Path) -> Iterator[None]:
    """While the block runs, the contents of added samples go to files in `folder`, called by the samples' positions:
    an archive may unpack to more than fits into memory."""
    token = _spill.set(folder)
    try:
        yield
    finally:
        _spill.reset(token)


@dataclass
class Draft(Reading):
    """Samples as read, with what was assumed and what is wrong; nothing is stored yet."""

    samples: list[Sample] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    """What the application needs to know of all samples: classes, languages."""
    licence: str = ""
    keeps: object = None
    """What has to live as long as the samples' files do."""

    def add(self, sample: Sample) -> None:
        """Raises DataSetError beyond PORTAL_DATA_ITEMS."""
        if len(self.samples) >= settings().data_items:
            raise DataSetError(
                N_("The data has more than {limit} samples (PORTAL_DATA_ITEMS). Give fewer."),
                limit=settings().data_items,
            )
        if (folder := _spill.get()) and sample.content:
            sample.path = folder / str(len(self.samples))
            sample.path.write_bytes(sample.content)
            sample.content = None
        self.samples.append(sample)

    def kept(self, *, drop: bool) -> list[Sample]:
        """The samples without the fatal ones and, if `drop`, without every one that has a problem."""
        bad = self.doubtful if drop else self.fatal
        return [one for i, one in enumerate(self.samples) if i not in bad]


def find_duplicates(draft: Draft) -> None:
    """Note samples that say the same as an earlier one: fatal where labels agree, else for the person to decide
    (they contradict each other)."""
    first: dict[str, int] = {}
    for i, sample in enumerate(draft.samples):
        if not sample.key or i in draft.fatal:
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
