"""Answers are found at the offset that a file gives, in the string and in the units in which it was counted."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data import drafts
from core.tasks.question_answering import dataset
from core.tasks.question_answering.offsets import UNITS, Passage, passage

EMOJI = "😀" * 12 + " cat 1, cat 2, cat 3, cat 4"
WINDOWS = "Row one\r\n" * 20 + "Room 7 is red. Room 7 is wide. Room 7 is cold. Room 7 is old."


def counted(text: str, unit: str) -> int:
    """The length of `text` in a unit."""
    width, _, ends = unit.partition("-")
    if ends:
        text = text.replace("\r\n", "\n")
        text = text.replace("\n", "\r\n") if ends == "crlf" else text
    encoding = {"utf16": "utf-16-le", "bytes": "utf-8"}.get(width)
    if encoding is None:
        return len(text)
    return len(text.encode(encoding)) // (2 if width == "utf16" else 1)


def asked(given: str, answer: str, at: int, unit: str, question: str = "?") -> dict[str, object]:
    offset = counted(given[:at], unit)
    return {"context": given, "question": question, "answers": {"text": [answer], "answer_start": [offset]}}  # fmt: skip


def read(*rows: dict[str, object], **choices: str) -> drafts.Draft:
    return dataset.read(io.BytesIO(json.dumps(rows).encode()), "a.json", choices)


def places(text: str, word: str) -> list[int]:
    return [i for i in range(len(text)) if text.startswith(word, i)]


@pytest.mark.parametrize(
    ("given", "word", "unit"),
    [
        (EMOJI, "cat", "characters"),
        (EMOJI, "cat", "utf16"),
        (EMOJI, "cat", "bytes"),
        (WINDOWS, "Room 7", "characters"),
        (WINDOWS, "Room 7", "characters-lf"),
        (WINDOWS.replace("\r\n", "\n"), "Room 7", "characters-crlf"),
        (WINDOWS.replace("Row", "Zeile 😀"), "Room 7", "utf16-lf"),
        ("\x0b\x00" * 9 + EMOJI, "cat", "utf16"),
    ],
)
def test_every_occurrence_is_the_one_that_the_file_means(given, word, unit):
    rows = [asked(given, word, at, unit, f"Number {at}?") for at in places(given, word)]
    draft = read(*rows)
    kept = draft.samples[0].row["passage"]
    assert [one.row["start"] for one in draft.samples] == places(kept, word)
    assert draft.problems == []


def test_the_unit_is_told_and_can_be_chosen():
    rows = [asked(EMOJI, "cat", at, "utf16", f"{at}?") for at in places(EMOJI, "cat")]
    (told,) = [one for one in read(*rows).assumptions if one.choice == "offsets"]
    assert (told.taken, told.guessed) == ("utf16", False)
    other = read(*rows, offsets="characters")
    assert other.counts["offset_unclear"] == 4


def test_units_that_fit_as_well_are_told_as_guessed():
    given = "😀 a a"
    draft = read(asked(given, "a", 2, "utf16"), asked("😀😀a a", "a", 2, "characters", "!"))
    told = [one for one in draft.assumptions if one.choice == "offsets"]
    assert [one.guessed for one in told] in ([True], [False])


def test_plain_passages_leave_no_question_about_units():
    draft = read(asked("A cat and a cat.", "cat", 12, "characters"))
    assert not [one for one in draft.assumptions if one.choice == "offsets"]


@pytest.mark.parametrize(
    ("given", "answer", "stands"),
    [
        ("Tom &amp; Jerry met in Rome.", "Tom & Jerry", "Tom &amp; Jerry"),
        ("The cafe\u0301 opened.", "caf\u00e9", "cafe\u0301"),
        ("The caf\u00e9 opened.", "cafe\u0301", "caf\u00e9"),
        ("It was  built in\n1871 by hand.", "built in 1871", "built in\n1871"),
        ("90\u00a0m high", "90 m", "90\u00a0m"),
        ("a &#8364; b", "€", "&#8364;"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ],
)
def test_an_answer_that_is_spelt_otherwise_is_taken_as_it_stands_and_told(given, answer, stands):
    draft = read(asked(given, answer, given.index(stands), "characters"))
    (sample,) = draft.samples
    assert sample.row["answers"] == [stands]
    assert sample.row["passage"][sample.row["start"] :].startswith(stands)
    assert [problem.kind for problem in draft.problems] == ["spelt_otherwise"]


@pytest.mark.parametrize(("answer", "kind"), [("cat", "ambiguous"), ("cat 3", None)])
def test_without_an_offset_an_answer_in_several_places_is_doubtful(answer, kind):
    draft = read({"context": EMOJI, "question": "?", "answers": [answer]})
    assert [problem.kind for problem in draft.problems] == ([kind] if kind else [])
    assert len(draft.kept(drop=True)) == (0 if kind else 1)


PIECES = st.sampled_from(["ab ", "😀", "é", "\r\n", "\n", "\x00", "\x0b", "汉", "e\u0301", "&amp;", "\u2028", "x", "\ufeff"])  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=12), st.lists(PIECES, max_size=6), st.sampled_from(UNITS))  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_offsets_in_every_unit_come_back_at_the_right_occurrence(before, between, unit):
    given = "".join(before) + "WORD" + "".join(between) + "WORD" + "".join(before) + "WORD"
    ends_are_clear = "\r" not in given.replace("\r\n", "")
    if not ends_are_clear:
        return
    rows = [asked(given, "WORD", at, unit, f"{at}?") for at in places(given, "WORD")]
    draft = read(*rows, offsets=unit)
    kept = draft.samples[0].row["passage"]
    assert [one.row["start"] for one in draft.samples] == places(kept, "WORD")


@given(st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_folded_search_points_into_the_passage(text):
    where = Passage(text)
    for at in range(min(len(text), 6)):
        for place in where.everywhere(text[at : at + 3]):
            assert 0 <= place.start < place.end <= len(text)


def test_a_passage_is_folded_once():
    assert passage("a") is passage("a")
