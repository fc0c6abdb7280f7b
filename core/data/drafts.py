"""Samples as read, before anything is stored: the draft of a data set, and the checks that all applications share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
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
    the same; `answer` is what such samples have to agree in (boxes, a sentence), plain data; None: the row's label.
    The file is in memory as `content`, or on disk at `path`.
    """

    row: Row
    origin: str
    content: bytes | None = None
    suffix: str = ""
    key: str = ""
    answer: object = None
    path: Path | None = None

    @property
    def part(self) -> str:
        """Of the data's own division; "" where it has none."""
        return str(self.row.get("part") or "")

    @property
    def agreed(self) -> object:
        """What samples of one key have to agree in."""
        return self.row.get("label") if self.answer is None else self.answer

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
    """Note samples that say the same as an earlier one: fatal where they are equal to the letter; for the person to
    decide where they only look the same, or where their answers contradict each other.

    Of two in different parts of a given division the one in the training part is left out: what a model has learned
    by heart says nothing of it.
    """
    first: dict[str, int] = {}
    for i, sample in enumerate(draft.samples):
        if not sample.key or i in draft.fatal:
            continue
        if sample.key not in first:
            first[sample.key] = i
            continue
        other = draft.samples[first[sample.key]]
        if other.agreed != sample.agreed:
            draft.trouble(
                "conflict",
                N_("{origin} is the same as {other}, with another label."),
                sample=i,
                origin=sample.origin,
                other=other.origin,
            )
        elif sample.part != other.part:
            goes = i if sample.part == "train" else first[sample.key]
            stays = first[sample.key] if goes == i else i
            first[sample.key] = stays
            draft.trouble(
                "leak",
                N_(
                    "{origin} ({part}) is the same as {other} ({other_part}): the model would be tested on "
                    "what it has seen. It is left out."
                ),
                sample=goes,
                fatal=True,
                origin=draft.samples[goes].origin,
                part=draft.samples[goes].part,
                other=draft.samples[stays].origin,
                other_part=draft.samples[stays].part,
            )
        elif not sample.has_file and _said(other) != _said(sample):
            draft.trouble(
                "alike",
                N_(
                    "{origin} looks the same as {other}: only case, width, spacing or punctuation differ."
                ),
                sample=i,
                origin=sample.origin,
                other=other.origin,
            )
        else:
            draft.trouble(
                "duplicate",
                N_("{origin} is the same as {other}; it is left out."),
                sample=i,
                fatal=True,
                origin=sample.origin,
                other=other.origin,
            )


def _said(sample: Sample) -> Row:
    """The row of a text without what was given to the sample for training; the key of images is made of their
    pixels."""
    return {name: value for name, value in sample.row.items() if name not in ("part", "group")}


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
    """Note duplicates, classes too small to train on or all alike, and list the classes in the facts."""
    find_duplicates(draft)
    small_classes(draft, least)
    check_groups(draft)
    classes = sorted({str(sample.row["label"]) for sample in draft.kept(drop=False)})
    draft.facts["classes"] = classes
    if len(classes) == 1:
        draft.trouble(
            "one_class",
            N_("There is only the class {label}; at least two are needed."),
            label=classes[0],
        )


def check_groups(draft: Draft) -> None:
    """Note classes whose samples are all near-duplicates of each other (one `group`), such as one burst of
    photographs: they are divided nevertheless, see `splits`, and look better than they are."""
    kept = [one for one in draft.kept(drop=False) if not one.part]
    groups: dict[object, set[object]] = defaultdict(set)
    counts = Counter(one.row.get("label") for one in kept)
    for i, one in enumerate(kept):
        groups[one.row.get("label")].add(one.row.get("group", i))
    for label, found in groups.items():
        if len(found) > 1 or counts[label] < 2:
            continue
        if label is None:
            draft.trouble(
                "one_group",
                N_(
                    "All {count} samples are near-duplicates of each other. Those that the model is validated on "
                    "look like those it learns from, so it seems better than it is: add others."
                ),
                count=counts[label],
            )
        else:
            draft.trouble(
                "one_group",
                N_(
                    "All {count} samples of the class {label} are near-duplicates of each other. Those that the "
                    "model is validated on look like those it learns from, so it seems better than it is: add others."
                ),
                label=label,
                count=counts[label],
            )


def check_division(draft: Draft) -> None:
    """Note the data's own division into parts (`part` of the rows), what is missing in it and what lies in two of
    them; one without a training part is dropped."""
    kept = draft.kept(drop=False)
    sizes = Counter(one.part for one in kept if one.part)
    if not sizes:
        return
    if not sizes["train"] or len(sizes) < 2:
        draft.trouble(
            "no_division",
            N_("The folders give the parts {parts} alone; the samples are divided anew."),
            parts=", ".join(sorted(sizes)),
        )
        for one in draft.samples:
            one.row.pop("part", None)
        return
    draft.assume(
        "parts",
        N_(
            "The data brings its own division: {train} samples to train on, {validation} to validate, {test} to test."
        ),
        train=sizes["train"],
        validation=sizes["validation"],
        test=sizes["test"],
    )
    if not sizes["validation"]:
        draft.assume(
            "no_validation",
            N_("It has no validation part: that is taken out of the training part."),
        )
    _check_classes_of_parts(draft, kept)
    _check_groups_of_parts(draft, kept)


def _check_classes_of_parts(draft: Draft, kept: Sequence[Sample]) -> None:
    parts: dict[str, set[str]] = defaultdict(set)
    for one in kept:
        if "label" in one.row:
            parts[str(one.row["label"])].add(one.part)
    given = {one.part for one in kept}
    for label, found in sorted(parts.items()):
        for part in sorted(given - found):
            draft.trouble(
                "class_not_in_part",
                N_("The class {label} has no samples in the part {part}."),
                label=label,
                part=part,
            )


def _check_groups_of_parts(draft: Draft, kept: Sequence[Sample]) -> None:
    trained = {one.row.get("group") for one in kept if one.part == "train"} - {None}
    alike = [one for one in kept if one.part != "train" and one.row.get("group") in trained]
    if alike:
        draft.trouble(
            "alike_in_parts",
            N_(
                "{count} samples to validate or test are near-duplicates of some to train on, such as {origin}: "
                "the model seems better than it is."
            ),
            count=len(alike),
            origin=alike[0].origin,
        )
