"""Near-duplicate texts."""

from __future__ import annotations

from core.data import near_duplicates
from core.inputs.reading import Reading

TEXTS = [
    "The second half of the film dragged, but the ending made the whole evening worthwhile.",
    "Two hours of my life that nobody will give back to me.",
    "the second half of the film dragged but the ending made the whole evening worthwhile!!",
    "The second half of the film dragged, but the ending made our whole evening worthwhile.",
]


def test_texts_that_differ_in_a_word_or_a_mark_are_in_one_group():
    assert near_duplicates.groups(TEXTS) == [0, 1, 0, 0]


def test_chinese_texts_are_compared_by_characters():
    long = "酒店的位置非常好，出门就是地铁站，前台服务热情，房间干净，床也很舒服"
    assert near_duplicates.groups([long, "快递太慢了，包装也破了", long + "！！"]) == [0, 1, 0]


def test_empty_texts_do_not_fail():
    assert near_duplicates.groups(["", "?", "a"]) == [0, 1, 2]


def test_equal_texts_are_not_compared_with_each_other(monkeypatch):
    monkeypatch.setattr(near_duplicates, "TOTAL", 10)
    assert near_duplicates.groups(["good", "bad", "good!"] * 5000) == [0, 1, 0] * 5000


def test_a_group_is_compared_by_some_of_its_texts(monkeypatch):
    monkeypatch.setattr(near_duplicates, "KEPT", 1)
    assert near_duplicates.groups([*TEXTS, *TEXTS[2:]]) == [0, 1, 0, 0, 0, 0]


def test_what_is_not_compared_is_told(monkeypatch):
    monkeypatch.setattr(near_duplicates, "TOTAL", 100)
    reading = Reading()
    assert near_duplicates.groups(TEXTS, reading=reading) == [0, 1, 0, 3]
    assert [one.kind for one in reading.assumptions] == ["not_compared"]
