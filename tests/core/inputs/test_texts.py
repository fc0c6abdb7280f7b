"""Texts from strangers."""

from __future__ import annotations

import pytest

from core.errors import DocumentError, TextError
from core.inputs import texts

CHINESE = "今天的天气很好,我们去公园散步。这家餐厅的菜很好吃,服务也不错。"


@pytest.mark.parametrize("text", ["", "   \n\t", "\0\0", "\ud800"])
def test_a_text_with_nothing_in_it_is_refused(text):
    with pytest.raises(TextError, match="is empty"):
        texts.clean(text)


def test_a_megabyte_is_refused_with_the_limit():
    with pytest.raises(TextError, match="1000000 characters; the limit is 100000"):
        texts.clean("a" * 1_000_000)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\0b", "ab"),
        ("a\ud800b", "ab"),
        ("👩‍👩‍👧 ok", "👩‍👩‍👧 ok"),
        ("مرحبا \u200fabc", "مرحبا \u200fabc"),
        ("a\r\nb\rc", "a\nb\nc"),
        (" a ", " a "),
    ],
    ids=["nul", "surrogate", "emoji", "right-to-left", "line ends", "blanks"],
)
def test_clean_keeps_what_people_write(text, kept):
    assert texts.clean(text) == kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_chinese_is_read_in_every_common_encoding(encoding):
    assert texts.decode(CHINESE.encode(encoding), "a.txt") == CHINESE


def test_a_short_gbk_file_is_not_taken_for_something_else():
    assert texts.decode("好评".encode("gbk"), "a.txt") == "好评"


def test_latin_1_is_read():
    text = "Le café où l'été déjà là-bas s'achève à Orléans, très tôt."
    assert texts.decode(text.encode("latin-1"), "a.txt") == text


def test_an_empty_file_is_refused():
    with pytest.raises(DocumentError, match="is empty"):
        texts.decode(b" \n", "a.txt")


@pytest.mark.parametrize(
    ("given", "text", "place"),
    [
        ("  cat", "  cat", (2, 5)),
        ("\x00\x0b cat", " cat", (3, 6)),
        ("\r\n\r\ncat\r\n", "\n\ncat\n", (4, 7)),
        ("\rcat", "\ncat", (1, 4)),
        ("c\x01a\x02t", "cat", (0, 5)),
        ("\ud83dcat\udc00", "cat", (1, 4)),
        ("\ufeff猫 cat", "\ufeff猫 cat", (3, 6)),
    ],
)
def test_what_is_cleaned_knows_where_it_stood(given, text, place):
    found = texts.cleaned(given)
    start = found.text.index("cat")
    assert (found.text, found.given(start, start + 3)) == (text, place)


def test_the_line_ends_of_windows_are_one_character_that_stood_in_second_place():
    assert texts.cleaned("a\r\nb").given(1, 2) == (2, 3)


def test_an_empty_piece_stands_where_it_begins():
    found = texts.cleaned("\x00a\x00")
    assert [found.given(at, at) for at in (0, 1)] == [(1, 1), (3, 3)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Good Film", "good  film"),
        ("ＡＢＣ１", "abc1"),
        ("Good film!", "good film"),
        ("“Fine”, he said.", "fine he said"),
        ("very good。", "very good"),
        ("a\u200bb", "ab"),
    ],
)
def test_texts_that_differ_in_case_width_spacing_and_punctuation_share_a_key(one, other):
    assert texts.key(one) == texts.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("👍", "👎"),
        ("C++", "C#"),
        ("4.5", "45"),
        (":)", ":("),
        ("-1", "1"),
        ("कि", "की"),
        ("é", "e"),
    ],
)
def test_signs_emoji_and_vowel_signs_make_another_key(one, other):
    assert texts.key(one) != texts.key(other)


def test_a_text_of_marks_alone_has_a_key():
    assert texts.key("…!!")


def test_lines_end_at_line_ends_alone():
    assert texts.lines("a\r\nb\rc\n\nd\u2028e\x85f\x0cg\n") == [
        "a",
        "b",
        "c",
        "",
        "d\u2028e\x85f\x0cg",
    ]
