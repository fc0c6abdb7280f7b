"""core.inputs.sentences: spans of sentences in several scripts."""

from __future__ import annotations

import pytest

from core.inputs import sentences


def parts(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in sentences.split(text, language)]


def test_an_abbreviation_does_not_end_a_sentence():
    assert parts("Dr. Lee left early. He was tired.", "en") == [
        "Dr. Lee left early.",
        "He was tired.",
    ]


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("zh", "今天下雨。我们在家看书！你呢？", 3),
        ("ja", "雨が降っています。家で本を読みます。", 2),
        ("ar", "الجو جميل اليوم. هل نخرج؟ نعم.", 3),
        ("de", "Das ist z. B. ein Satz. Noch einer.", 2),
        ("xx", "Unknown rules. Still two.", 2),
        (None, "No language given. Still two.", 2),
    ],
)
def test_sentences_are_counted_in_each_script(language: str | None, text: str, count: int):
    assert len(parts(text, language)) == count


def test_spans_are_right_after_emoji_and_carry_no_blanks():
    assert parts("  Hello 👩‍👩‍👧 there.   Fine 😀!\n\n  Next one. ", "en") == [
        "Hello 👩‍👩‍👧 there.",
        "Fine 😀!",
        "Next one.",
    ]


def test_a_blank_line_ends_a_sentence_without_a_full_stop():
    assert parts("A heading\n\nA sentence.", "en") == ["A heading", "A sentence."]


def test_a_single_line_break_does_not_end_a_sentence():
    assert parts("A sentence that\ngoes on. Next.", "en") == [
        "A sentence that\ngoes on.",
        "Next.",
    ]


def test_blank_text_has_no_sentences():
    assert sentences.split(" \n\n ") == []
