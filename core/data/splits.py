"""Dividing samples into training, validation and test parts: stratified, seeded, near-duplicates together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

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


def parts(rows: Sequence[Row], options: Fractions) -> Parts:
    """Divide `rows` by the fractions in `options`.

    A row may name its `part` (a data set with a division of its own), its `label` (classes keep their
    proportions) and its `group` (rows of one group, such as copies of an image, stay in one part).

    Raises:
        DataSetError: too few samples for a division.
    """
    if any(row.get("part") for row in rows):
        named: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
        for i, row in enumerate(rows):
            named[str(row.get("part") or "train")].append(i)
        if options.test_fraction and not named["test"]:
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
    from collections import Counter

    from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

    if not fraction:
        return indices, []
    groups = [rows[i].get("group", i) for i in indices]
    labels = [rows[i].get("label") for i in indices]
    folds = max(2, round(1 / fraction))
    by_class = all(isinstance(label, str | int) for label in labels)
    if by_class and max(Counter(labels).values()) >= folds:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of classes with fewer samples than folds: checked before
            rest, taken = next(splitter.split(indices, labels, groups))
    elif len(set(groups)) > 1:
        splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
        rest, taken = next(splitter.split(indices, groups=groups))
    else:
        return indices, []
    return [indices[i] for i in rest], [indices[i] for i in taken]


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
