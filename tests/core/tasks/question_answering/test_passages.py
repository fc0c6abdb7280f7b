"""Cutting passages into overlapping windows, and choosing among them."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from core.tasks.question_answering.passages import Passage
from core.tasks.question_answering.predictor import Reading, _best
from core.tasks.question_answering.search import knows, likely

SENTENCES = [f"Sentence number {i} has a few plain words in it." for i in range(40)]
TEXT = " ".join(SENTENCES)


def words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(r"\S+", text)]


def test_windows_cover_every_sentence_and_keep_to_their_size():
    windows = Passage(TEXT).windows(50, 12, words)
    assert all(any(s in TEXT[a:b] for a, b in windows) for s in SENTENCES)
    assert all(len(words(TEXT[a:b])) <= 50 for a, b in windows)


def test_neighbouring_windows_overlap():
    windows = Passage(TEXT).windows(50, 12, words)
    assert all(later[0] < earlier[1] for earlier, later in pairwise(windows))


def test_a_short_passage_is_one_window():
    assert Passage(TEXT[:100]).windows(50, 12, words) == [(0, 100)]


def test_a_sentence_longer_than_a_window_is_cut():
    text = "word " * 200
    windows = Passage(text).windows(50, 12, words)
    assert windows[-1][1] == len(text.strip())
    assert all(len(words(text[a:b])) <= 50 for a, b in windows)


def test_evidence_spans_the_sentences_an_answer_touches():
    passage = Passage("One two. Three four. Five.")
    assert passage.around(4, 14) == (0, 20)


def test_the_window_with_the_most_similar_sentence_comes_first():
    windows, sentences = [(0, 10), (10, 20), (20, 30)], [(0, 9), (10, 19), (20, 29)]
    assert likely(windows, sentences, [0.1, 0.9, 0.5], 2) == [(10, 20), (20, 30)]


def test_all_windows_are_read_where_sentences_cannot_be_compared():
    windows = [(0, 10), (10, 20)]
    assert likely(windows, [(0, 20)], None, 1) == windows


@pytest.mark.parametrize(("text", "known"), [("plain English", True), ("故宫位于北京", False)])
def test_the_sentence_encoder_is_used_for_latin_script(text, known):
    assert knows(text) is known


def test_the_quietest_window_decides_about_no_answer():
    loud, quiet = Reading([(0, 1, 0.0)], 0.0, 9.0), Reading([(5, 9, 3.0)], 3.0, 3.0)
    span, score = _best([loud, quiet])
    assert span == (5, 9)
    assert score == pytest.approx(math.exp(3) / (math.exp(3) + math.exp(3) + math.exp(0)))
