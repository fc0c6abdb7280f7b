from __future__ import annotations

import pytest

from core.inputs.languages import detect, of_tag, of_word, recognise


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The soup was cold and nobody apologised.", "en"),
        ("这本书写得很好。", "zh"),
        ("Le train arrive à la gare.", "fr"),
        ("Je déteste ce film, il est long et ennuyeux.", "fr"),
        ("この本はとても面白い。", "ja"),
        ("Отличный фильм!", "ru"),
        ("이 책은 정말 재미있어요", "ko"),
        ("الطعام لذيذ جدا", "ar"),
    ],
)
def test_sentences_in_their_language(text: str, code: str) -> None:
    assert detect(text) == code


@pytest.mark.parametrize("text", ["ok", "Terrible!", "lol", "fun!!", "boring film"])
def test_short_ascii_text_that_could_be_anything_is_english(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize("text", ["", "  ", "12345", "👍👍", "\ud800"])
def test_text_without_letters_has_no_language(text: str) -> None:
    assert detect(text) is None


def test_the_answer_is_among_the_languages_asked_for() -> None:
    assert detect("Das Essen war kalt.", ("fr", "de")) == "de"


def test_one_word_of_another_script_does_not_make_a_text_foreign() -> None:
    assert detect("The food at 北京饭店 was great and cheap") == "en"


def test_a_lone_surrogate_does_not_hurt() -> None:
    assert detect("I liked the first chapter \ud800 best") == "en"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("uk", "uk"),
        ("Czech", "cs"),
        ("čeština", "cs"),
        ("捷克语", "cs"),
        ("ces", "cs"),
        ("zh-Hant", "zh"),
        ("pt_BR", "pt"),
        ("sr@latin", "sr"),
        ("English (US)", "en"),
        ("text_fr", "fr"),
        ("English text", "en"),
        ("src", ""),
        ("text", ""),
        ("README", ""),
        ("train", ""),
    ],
)
def test_words_that_name_a_language(word: str, code: str) -> None:
    assert of_word(word) == code


@pytest.mark.parametrize(
    ("tag", "code"),
    [("cs_CZ.UTF-8", "cs"), ("fil", "fil"), ("qqq", "qqq"), ("und", ""), ("*all*", ""), ("C", "")],
)
def test_tags_that_are_said_to_be_a_language(tag: str, code: str) -> None:
    assert of_tag(tag) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Dveře jsou otevřené. Prosím, počkejte chvíli.", "cs"),
        ("Двері відчинені. Зачекайте хвилинку.", "uk"),
        ("Døren er åben. Vent venligst et øjeblik. Filen blev gemt.", "da"),
        ("Dörren är öppen. Vänta ett ögonblick.", "sv"),
        ("Het huis is groot.", "nl"),
        ("12 🙂", None),
    ],
)
def test_a_text_in_none_of_our_languages_is_recognised_as_such(text, code) -> None:
    assert recognise(text) == code
