"""Divisions: every class on both sides, near-duplicates together, what the data brings is kept."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some

from core.data.splits import division, parts
from core.errors import DataSetError
from core.training.options import TrainOptions, with_division


def labels(rows, indices) -> set[object]:
    return {rows[i]["label"] for i in indices}


@pytest.mark.parametrize("groups", [1, 2, 3, 4])
def test_fewer_groups_than_folds_are_divided(groups):
    rows = [{"label": i % 2, "group": i // 2 % groups} for i in range(40)]
    found = parts(rows, TrainOptions())
    assert labels(rows, found.train) == labels(rows, found.validation) == {0, 1}


def test_a_class_that_is_one_burst_reaches_validation():
    rows = [{"label": "burst", "group": "same"} for _ in range(20)]
    rows += [{"label": "other", "group": i} for i in range(60)]
    found = parts(rows, TrainOptions())
    assert labels(rows, found.validation) == labels(rows, found.train) == {"burst", "other"}


def test_near_duplicates_without_labels_are_divided_where_they_are_all_there_is():
    found = parts([{"group": 0} for _ in range(10)], TrainOptions())
    assert (len(found.train), len(found.validation)) == (8, 2)


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(some.lists(some.tuples(some.integers(0, 2), some.integers(0, 6)), min_size=12, max_size=60))
def test_groups_stay_together_and_classes_are_on_both_sides(samples):
    rows = [{"label": label, "group": f"{label} {group}"} for label, group in samples]
    try:
        found = parts(rows, TrainOptions())
    except DataSetError:
        assert len({row["group"] for row in rows}) < 2
        return
    assert sorted(found.train + found.validation) == list(range(len(rows)))
    for label in {0, 1, 2} & labels(rows, range(len(rows))):
        mine = {row["group"] for row in rows if row["label"] == label}
        count = sum(row["label"] == label for row in rows)
        if count > 1:
            assert label in labels(rows, found.validation) & labels(rows, found.train)
        if len(mine) > 1:
            sides = [{rows[i]["group"] for i in p} & mine for p in (found.train, found.validation)]
            assert not sides[0] & sides[1]


GIVEN = [
    {"label": i % 2, "part": part} for part, n in (("train", 80), ("test", 20)) for i in range(n)
]


def test_a_missing_validation_part_is_taken_out_of_the_training_part():
    found = parts(GIVEN, TrainOptions(validation_fraction=0.25))
    assert (len(found.train), len(found.validation)) == (60, 20)
    assert found.test == list(range(80, 100))


def test_the_options_of_a_run_are_what_the_data_brings():
    rows = GIVEN + [{"label": 0, "part": "validation"}] * 100
    resolved = with_division(TrainOptions(), division(rows))
    assert (resolved.validation_fraction, resolved.test_fraction) == (0.5, 0.1)
    assert with_division(TrainOptions(), None) == TrainOptions()


def test_a_test_part_that_is_there_is_looked_at():
    assert with_division(TrainOptions(), division(GIVEN)).test_fraction == 0.2
