"""Dividing items into training, validation and test parts: stratified, seeded, near-duplicates together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.errors import N_, DataSetError


class Fractions(Protocol):
    """How to divide; a fine-tuning's options are one."""

    validation_fraction: float
    test_fraction: float
    seed: int


@dataclass(frozen=True)
class Parts:
    """Indices into the items, each in one part only."""

    train: list[int]
    validation: list[int]
    test: list[int]


def parts(rows: Sequence[dict[str, Any]], options: Fractions) -> Parts:
    """Divide `rows` by the shares in `options`.

    A row may name its `part` (a data set with a division of its own), its `label` (classes keep their
    shares) and its `group` (rows of one group, such as copies of a picture, stay in one part).

    Raises:
        DataSetError: too few items for a division.
    """
    if any(row.get("part") for row in rows):
        named: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
        for i, row in enumerate(rows):
            named[row.get("part") or "train"].append(i)
        if (
            options.test_fraction and not named["test"]
        ):  # as far from what is learnt as the validation part
            kept = named["validation"]
            share = options.test_fraction / (options.validation_fraction + options.test_fraction)
            named["validation"], named["test"] = _take(rows, kept, share, options.seed)
        return _checked(Parts(**named), rows)
    rest = list(range(len(rows)))
    rest, test = _take(rows, rest, options.test_fraction, options.seed)
    share = options.validation_fraction / (1 - options.test_fraction)
    train, validation = _take(rows, rest, share, options.seed)
    return _checked(Parts(train, validation, test), rows)


def some(indices: Sequence[int], count: int, seed: int) -> list[int]:
    """At most `count` of a part's items, the same ones on every call: where looking at all takes long."""
    return sorted(random.Random(seed).sample(list(indices), min(count, len(indices))))


def _take(
    rows: Sequence[dict[str, Any]], indices: list[int], share: float, seed: int
) -> tuple[list[int], list[int]]:
    """(the rest, about `share` of the items), by whole groups."""
    import warnings
    from collections import Counter

    from sklearn.model_selection import GroupShuffleSplit, StratifiedGroupKFold

    if not share:
        return indices, []
    groups = [rows[i].get("group", i) for i in indices]
    labels = [rows[i].get("label") for i in indices]
    folds = max(2, round(1 / share))
    by_class = all(isinstance(label, str | int) for label in labels)
    if by_class and max(Counter(labels).values()) >= folds:
        splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # of classes with fewer items than folds: checked before
            rest, taken = next(splitter.split(indices, labels, groups))
    elif len(set(groups)) > 1:
        splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
        rest, taken = next(splitter.split(indices, groups=groups))
    else:
        return indices, []
    return [indices[i] for i in rest], [indices[i] for i in taken]


def _checked(found: Parts, rows: Sequence[dict[str, Any]]) -> Parts:
    if not found.train or not found.validation:
        raise DataSetError(
            N_(
                "{count} items are too few to train on some and check on others. Add more, or "
                "items that differ more from each other."
            ),
            count=len(rows),
        )
    return found
