"""Encodings of files: right, or told to be guessed."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DocumentError, UsageError
from core.inputs import encodings, texts
from core.inputs.reading import Reading
from tests.core.inputs.languages import PAIRS, SENTENCES, table


@pytest.mark.parametrize(("language", "encoding"), PAIRS)
@pytest.mark.parametrize("rows", [2, 20])
def test_a_table_is_read_in_the_encoding_of_its_country(language, encoding, rows):
    text = table(language, rows)
    assert texts.decode(text.encode(encoding), "a.csv") == text


@given(
    st.sampled_from(PAIRS),
    st.lists(st.integers(0, 200), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=50, deadline=None)
def test_any_words_are_read_rightly_or_the_encoding_is_told_to_be_guessed(pair, places, end):
    language, encoding = pair
    words = SENTENCES[language].replace("|", " ").split(" ")
    text = end.join(words[place % len(words)] for place in places)
    reading = Reading()
    found = texts.decode(text.encode(encoding), "a.txt", reading)
    assert found == text or any(one.guessed for one in reading.assumptions)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("language", ["de", "zh", "ko", "ru"])
def test_utf_16_and_32_need_no_mark(encoding, language):
    text = table(language, 3)
    reading = Reading()
    assert texts.decode(text.encode(encoding), "a.csv", reading) == text
    assert [one.taken for one in reading.assumptions] == [encoding]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_mark_is_believed_and_is_no_part_of_the_text(mark, encoding):
    assert texts.decode(mark + "äß".encode(encoding), "a.txt") == "äß"


@pytest.mark.parametrize("word", ["好评", "不错", "很好", "差评"])
def test_a_word_of_gbk_is_not_taken_for_something_else(word):
    assert texts.decode(word.encode("gbk"), "a.txt") == word


def test_a_file_that_is_ascii_for_long_is_weighed_by_the_rest():
    text = "plain words,good\n" * 5_000 + table("pl", 4)
    assert texts.decode(text.encode("cp1250"), "a.csv") == text


def test_a_few_broken_characters_do_not_make_utf_8_something_else():
    reading = Reading()
    data = table("de", 60).encode() + b"caf\xe9;good\n"
    assert texts.decode(data, "a.csv", reading).endswith("caf\ufffd;good\n")
    assert str(reading.problems[0]).startswith("1 characters of a.csv are nothing in utf-8")


def test_an_encoding_is_noted_and_utf_8_is_not():
    reading = Reading()
    texts.decode(table("de", 4).encode(), "a.csv", reading)
    assert not reading.assumptions
    texts.decode(table("de", 4).encode("cp1252"), "a.csv", reading)
    assert str(reading.assumptions[0]) == "a.csv was read as cp1252."


def test_a_person_may_choose_another_encoding():
    data = table("pl", 1).encode("cp1250")
    reading = Reading({"encoding": "latin2"})
    assert texts.decode(data, "a.csv", reading) == data.decode("iso8859-2")


def test_what_is_nothing_in_the_chosen_encoding_is_counted():
    reading = Reading({"encoding": "ascii"})
    assert texts.decode("äöü".encode("cp1252"), "a.txt", reading) == "\ufffd" * 3
    assert "3 characters" in str(reading.problems[0])


def test_an_encoding_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match=r"cannot be “klingon”. There are: .*cp1252"):
        texts.decode(b"abc", "a.txt", Reading({"encoding": "klingon"}))


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 20, bytes(range(256)) * 20], ids=["png", "bytes"]
)
def test_what_is_no_text_is_refused(data):
    with pytest.raises(DocumentError, match="not a text file"):
        texts.decode(data, "a.csv")


def test_files_that_belong_together_are_weighed_together():
    words = SENTENCES["tr"].replace("|", " ").split(" ")
    reading = Reading()
    usual = texts.shared((word.encode("cp1254") for word in words), "a.zip", reading)
    found = [texts.decode(word.encode("cp1254"), "x", reading, usual=usual) for word in words]
    assert found == words
    assert [str(one) for one in reading.assumptions] == ["a.zip was read as cp1254."]


@pytest.mark.parametrize(
    ("name", "usual"), [("latin1", "iso8859-1"), ("windows-1252", "cp1252"), ("sjis", "shift_jis")]
)
def test_encodings_are_known_by_all_their_names(name, usual):
    assert encodings.known(name) == usual


@pytest.mark.parametrize("name", ["rot13", "base64", "idna", "", "\0", "unicode_escape"])
def test_codecs_that_are_no_encodings_of_files_are_not_known(name):
    assert encodings.known(name) == ""


@pytest.mark.parametrize(
    ("words", "encoding"),
    [("猫, 狗", "gb18030"), ("苹果, 香蕉", "gb18030"), ("고양이, 개", "cp949"), ("사과", "cp949")],
)
def test_a_few_characters_are_chinese_unless_they_are_common_korean(words, encoding):
    data = f"names: [{words}]\n".encode(encoding)
    assert encodings.guess(data).encoding == encoding
