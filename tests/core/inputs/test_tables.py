"""Tables that people upload."""

from __future__ import annotations

import pytest

from core.errors import DocumentError
from core.inputs import tables
from core.settings import settings


def test_a_csv_file_has_named_columns():
    table = tables.read(b'id,review\n1,good\n2,"bad, really"\n', "a.csv")
    assert table.columns == ("id", "review")
    assert table.column("review") == ["good", "bad, really"]


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_other_separators_are_found(separator):
    data = f"id{separator}review\n1{separator}good, cheap, quick\n".encode()
    assert tables.read(data, "a.csv").column("review") == ["good, cheap, quick"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_files_of_other_encodings_are_read(encoding):
    data = "编号,评论\n1,这本书写得很好\n2,不喜欢这本书\n".encode(encoding)
    assert tables.read(data, "a.csv").column("评论") == ["这本书写得很好", "不喜欢这本书"]


def test_a_column_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(DocumentError, match=r"no column “text”. There are: id, review"):
        tables.read(b"id,review\n1,good\n", "a.csv").column("text")


def test_the_texts_are_most_likely_in_the_column_with_the_longest_cells():
    table = tables.read(b"id,review,date\n1,quite a long text,2024-01-01\n", "a.csv")
    assert table.wordiest() == "review"


def test_a_text_file_is_one_column_of_its_lines():
    table = tables.read(b"good\n\nbad, really\n", "a.txt")
    assert table.column("a.txt") == ["good", "bad, really"]


def test_ragged_rows_are_filled_and_cut():
    table = tables.read(b"a,b\n1\n1,2,3\n", "a.csv")
    assert table.rows == (("1", ""), ("1", "2"))


def test_nameless_and_repeated_columns_are_numbered():
    assert tables.read(b"a,,a\n1,2,3\n", "a.csv").columns == ("a", "#2", "a #3")


@pytest.mark.parametrize("data", [b"id,review\n", b"\n\n", b"", b"\xff\xfe"])
def test_a_table_without_rows_is_refused(data):
    with pytest.raises(DocumentError):
        tables.read(data, "a.csv")


def test_nul_bytes_do_not_hurt():
    assert tables.read(b"id,review\n1,go\0od\n", "a.csv").column("review") == ["good"]


def test_a_field_that_never_ends_is_refused_with_the_reason():
    with pytest.raises(DocumentError, match="field larger than"):
        tables.read(b'id,review\n1,"' + b"x" * 200_000, "a.csv")


def test_more_rows_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setenv("PORTAL_TEXTS", "2")
    settings.cache_clear()
    with pytest.raises(DocumentError, match="3 rows; the limit is 2"):
        tables.read(b"a\n1\n2\n3\n", "a.csv")


def test_what_is_written_is_read_again():
    text = tables.write(["a", "b"], [["x, y", 'say "no"'], ["1\n2", ""]])
    assert tables.read(text.encode(), "a.csv").rows == (("x, y", 'say "no"'), ("1\n2", ""))


def test_json_lines_have_the_columns_of_all_their_objects():
    table = tables.read(b'{"text": "good", "n": 1}\n\n{"text": "bad", "tags": ["a"]}\n', "a.jsonl")
    assert table.columns == ("text", "n", "tags")
    assert table.rows == (("good", "1", ""), ("bad", "", '["a"]'))


@pytest.mark.parametrize("data", [b'{"a": 1}\n[1]\n', b"{a}\n", b"[" * 100_000])
def test_a_line_that_is_no_json_object_is_named(data):
    with pytest.raises(DocumentError, match=r"Line \d of a.jsonl"):
        tables.read(data, "a.jsonl")


def test_a_table_to_learn_from_may_be_longer(monkeypatch):
    monkeypatch.setenv("PORTAL_TEXTS", "2")
    settings.cache_clear()
    assert len(tables.read(b"a\n1\n2\n3\n", "a.csv", to_learn=True).rows) == 3
