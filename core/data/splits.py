"""Dividing samples into training, validation and test parts: stratified, seeded, near-duplicates together."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol

from core.data.datasets import DataSet
from core.data.drafts import Row
from core.errors import N_, DataSetError

PartName = Literal["train", "validation", "test"]


class Fractions(Protocol):
    """How to divide; the options of a run are one."""

    @property
    def validation_fraction(self) -> float: ...

    @property
    def test_fraction(self) -> float: ...

    @property
    def seed(self) -> int: ...


@dataclass(frozen=True)
class Parts:
    """Indices into the samples, each in one part only."""

    train: list[int]
    validation: list[int]
    test: list[int]

    def __getitem__(self, part: PartName) -> list[int]:
        return {"train": self.train, "validation": self.validation, "test": self.test}[part]


DIVIDED = N_(
    "The data brings its own division: {train} samples to train on, {validation} to validate, {test} to test."
)
"""What is said of a `Division` wherever fractions could be set."""


@dataclass(frozen=True)
class Division:
    """The data's own division: how many samples it has in each part."""

    train: int
    validation: int
    test: int

    def as_json(self) -> dict[str, int]:
        """Samples by part: the values of `DIVIDED`."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def __str__(self) -> str:
        return DIVIDED.format(**self.as_json())

    @property
    def settled(self) -> tuple[str, ...]:
        """The options that have nothing to say because of it."""
        given = {"validation_fraction": self.validation, "test_fraction": self.test}
        return tuple(name for name, count in given.items() if count)


def division(rows: Sequence[Row]) -> Division | None:
    """The division that the samples bring; None: they are divided by fractions."""
    if not any(row.get("part") for row in rows):
        return None
    counts = Counter(str(row.get("part") or "train") for row in rows)
    return Division(counts["train"], counts["validation"], counts["test"])


def division_of(data: DataSet) -> Division | None:
    """The division that a stored data set brings; kept, since its rows never change and forms ask at every look."""
    return _division_of(data.folder)


@lru_cache(maxsize=256)
def _division_of(folder: Path) -> Division | None:
    return division(DataSet(folder).rows)


def parts(rows: Sequence[Row], options: Fractions) -> Parts:
    """Divide `rows` by the fractions in `options`.

    A row may name its `part` (a data set with a division of its own), its `label` (classes keep their
    proportions, and each with two samples or more is trained and validated on) and its `group` (rows of one group,
    such as copies of an image, stay in one part, unless they are all that their class has).

    Raises:
        DataSetError: too few samples for a division.
    """
    if given := division(rows):
        named: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
        for i, row in enumerate(rows):
            named[str(row.get("part") or "train")].append(i)
        if not given.validation:
            named["train"], named["validation"] = _take(
                rows, named["train"], options.validation_fraction, options.seed
            )
        elif options.test_fraction and not given.test:
            # out of the validation part, which is as far from the training part as a test part has to be
            kept = named["validation"]
            both = options.validation_fraction + options.test_fraction
            named["validation"], named["test"] = _take(
                rows, kept, options.test_fraction / both, options.seed
            )
        return _checked(Parts(**named), rows)
    rest = list(range(len(rows)))
    rest, test = _take(rows, rest, options.test_fraction, options.seed)
    fraction = options.validation_fraction / (1 - options.test_fraction)
    train, validation = _take(rows, rest, fraction, options.seed)
    return _checked(Parts(train, validation, test), rows)


def some(indices: Sequence[int], count: int, seed: int) -> list[int]:
    """At most `count` of a part's samples, the same ones on every call: where looking at all takes long."""
    return sorted(random.Random(seed).sample(list(indices), min(count, len(indices))))


def _take(
    rows: Sequence[Row], indices: list[int], fraction: float, seed: int
) -> tuple[list[int], list[int]]:
    """(the rest, about `fraction` of the samples), by whole groups."""
    import warnings

    from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

    if not fraction:
        return indices, []
    labels = [rows[i].get("label") for i in indices]
    by_class = all(isinstance(label, str | int) for label in labels)
    groups = _groups(rows, indices, labels if by_class else [None] * len(labels))
    distinct = len(set(groups))
    if distinct < 2:
        return indices, []
    folds = min(max(2, round(1 / fraction)), distinct)
    if by_class and max(Counter(labels).values()) >= folds:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of classes with fewer samples than folds: checked before
            rest, taken = next(splitter.split(indices, labels, groups))
    else:
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
        rest, taken = next(splitter.split(indices, groups=groups))
    sides = [int(i) for i in rest], [int(i) for i in taken]
    if by_class:
        _move(labels, groups, *sides)
        _move(labels, groups, *reversed(sides))
    rest, taken = map(sorted, sides)
    return [indices[i] for i in rest], [indices[i] for i in taken]


def _groups(rows: Sequence[Row], indices: list[int], labels: Sequence[object]) -> list[object]:
    """The group of each sample. Where all samples of a class are one group, which cannot be on both sides, each is
    its own: a class that is never validated on is worse than one that looks better than it is."""
    groups = [rows[i].get("group", i) for i in indices]
    of_class: dict[object, set[object]] = defaultdict(set)
    for label, group in zip(labels, groups, strict=True):
        of_class[label].add(group)
    return [
        f"alone {i}" if len(of_class[label]) == 1 else group
        for i, label, group in zip(indices, labels, groups, strict=True)
    ]


def _move(
    labels: Sequence[object], groups: Sequence[object], full: list[int], lacking: list[int]
) -> None:
    """Move the smallest group of each class that `lacking` has no sample of, where `full` keeps some of all classes
    in it."""
    members: dict[object, list[int]] = defaultdict(list)
    for i in full:
        members[groups[i]].append(i)
    have = Counter(labels[i] for i in full)
    there = {labels[i] for i in lacking}
    for label in sorted(set(have) - there, key=str):
        mine = sorted(
            {groups[i] for i in full if labels[i] == label}, key=lambda g: len(members[g])
        )
        for group in mine:
            goes = members[group]
            leaves = have - Counter(labels[i] for i in goes)
            if all(leaves[labels[i]] for i in goes):
                full[:] = [i for i in full if groups[i] != group]
                lacking.extend(goes)
                have = leaves
                break


def _checked(found: Parts, rows: Sequence[Row]) -> Parts:
    if not found.train or not found.validation:
        raise DataSetError(
            N_(
                "{count} samples are too few to train on some and validate on others. Add more, or "
                "samples that differ more from each other."
            ),
            count=len(rows),
        )
    return found
