"""Reading and deduplicating the public labelled texts."""

from __future__ import annotations

import pytest

from core.models import weights
from core.tasks.sentiment import public_texts
from core.tasks.sentiment.public_texts import Example, unique


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


def test_all_four_english_sets_are_read_from_the_packed_archive(packaged_texts):
    examples = public_texts.read_english(weights.folder(public_texts.DATA_EN))
    assert len(examples) == 240
    assert {e.rating for e in examples} == {2.5, -2.5, 0.1}


def test_chinese_reviews_are_read_with_their_side(packaged_texts):
    examples = public_texts.read_chinese(weights.folder(public_texts.DATA_ZH))
    assert (len(examples), len(unique(examples))) == (160, 120)
    assert {e.label for e in examples if "不好" in e.text} == {0}
