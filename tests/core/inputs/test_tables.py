"""Tables that people upload."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from core.errors import DocumentError
from core.inputs import columns, tables
from core.inputs.grids import COLUMNS
from core.inputs.reading import Reading
from core.inputs.tables import Table
from core.settings import settings


def noted(data: bytes, name: str = "a.csv", **choices: str) -> tuple[Table, list[str]]:
    """The table, and the problems that were told."""
    reading = Reading(choices)
    table = tables.read(data, name, reading=reading)
    return table, [str(problem) for problem in reading.problems]


def assumed(data: bytes, name: str = "a.csv") -> dict[str, str]:
    """What was assumed, by what a person may choose otherwise."""
    reading = Reading()
    tables.read(data, name, reading=reading)
    return {one.choice: one.taken for one in reading.assumptions}


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


def test_a_text_file_is_one_column_of_its_lines():
    table = tables.read(b"good\n\nbad, really\n", "a.txt")
    assert table.column("a.txt") == ["good", "bad, really"]


def test_rows_that_do_not_fit_are_left_out_and_told_with_their_line():
    table, told = noted(b"text,label\nfine,good\nbad\n\nfine,too,bad\npoor,bad\n")
    assert table.rows == (("fine", "good"), ("poor", "bad"))
    assert table.lines == (2, 6)
    assert [message[:24] for message in told] == [
        "a.csv:3 has 1 cells for ",
        "a.csv:5 has 3 cells for ",
    ]


def test_nameless_and_repeated_columns_are_numbered():
    assert tables.read(b"text,,text\n1,2,3\n", "a.csv").columns == ("text", "#2", "text #3")


def test_a_column_that_comes_twice_is_told():
    reading = Reading()
    tables.read(b"text,text\n1,2\n", "a.csv", reading=reading)
    assert "“text” twice" in str(reading.assumptions[0])


@pytest.mark.parametrize("data", [b"id,review\n", b"\n\n", b"", b"\xff\xfe"])
def test_a_table_without_rows_is_refused(data):
    with pytest.raises(DocumentError):
        tables.read(data, "a.csv")


def test_nul_characters_are_left_out_and_told():
    table, told = noted(b"id,review\n1,go\0od\n")
    assert table.column("review") == ["good"]
    assert told == ["a.csv holds 1 NUL characters; they are left out."]


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


def test_json_without_any_object_is_refused():
    with pytest.raises(DocumentError, match=r"Line 1 of a.jsonl is not a JSON object"):
        tables.read(b"{a}\n", "a.jsonl")


def test_json_that_is_nested_endlessly_is_refused():
    with pytest.raises(DocumentError, match="nested deeper"):
        tables.read(b"[" * 100_000, "a.jsonl")


def test_a_line_that_is_no_json_object_is_left_out_and_told():
    table, told = noted(b'{"text": "x"}\n[1]\n\n{"text": "y"}\n', "a.jsonl")
    assert (table.rows, table.lines) == ((("x",), ("y",)), (1, 4))
    assert told == ["a.jsonl:2 is not a JSON object; it is left out."]


@pytest.mark.parametrize(
    "data",
    [
        '[{"text": "x", "n": 1}, {"text": "y"}]',
        '{"data": [{"text": "x", "n": 1}, {"text": "y"}], "version": 2}',
        '{"text": "x", "n": 1}\n{"text": "y"}\n',
    ],
    ids=["array", "array in an object", "lines"],
)
def test_objects_of_a_json_file_are_rows(data):
    table = tables.read(data.encode(), "a.json")
    assert (table.columns, table.rows) == (("text", "n"), (("x", "1"), ("y", "")))


def test_a_table_to_learn_from_may_be_longer(monkeypatch):
    monkeypatch.setenv("PORTAL_TEXTS", "2")
    settings.cache_clear()
    assert len(tables.read(b"a\n1\n2\n3\n", "a.csv", to_learn=True).rows) == 3


# --- quotation marks ---

WORDS = ["the staff were kind", "they never answered", "it was warm", "it broke soon"]
REVIEWS = [f"{words} {when}" for when in ("today", "again", "at last") for words in WORDS]


def rows(separator: str, texts: list[str] = REVIEWS) -> str:
    lines = [f"{text}{separator}{'good' if i % 2 else 'bad'}" for i, text in enumerate(texts)]
    return "\n".join([f"text{separator}label", *lines, ""])


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("places", [(2,), (2, 5), (2, 3), (0, 11)])
def test_lone_quotation_marks_melt_no_rows(separator, places):
    texts = ['"' + text if i in places else text for i, text in enumerate(REVIEWS)]
    table, _told = noted(rows(separator, texts).encode(), "a.tsv" if separator == "\t" else "a.csv")
    assert table.column("text") == texts


def test_a_lone_quotation_mark_is_told():
    _table, told = noted(rows(",", ['"' + REVIEWS[0], *REVIEWS[1:]]).encode())
    assert told[0].startswith("a.csv:2 has a lone quotation mark")


def test_a_quotation_in_a_tab_separated_file_keeps_its_marks_and_a_person_may_take_them_off():
    data = rows("\t", ['"quite good"', *REVIEWS]).encode()
    assert noted(data, "a.tsv")[0].column("text")[0] == '"quite good"'
    assert noted(data, "a.tsv", quotes="marks")[0].column("text")[0] == "quite good"


def test_cells_that_all_are_quoted_are_unquoted_in_tab_separated_files_too():
    data = rows("\t", [f'"{text}"' for text in REVIEWS]).encode()
    assert noted(data, "a.tsv")[0].column("text") == REVIEWS


def test_cells_may_hold_line_ends_and_lines_are_counted_in_the_file():
    data = b'text,label,,\r\n"one\r\ntwo ""x""",pos,,\r\nother,neg,,\r\n,,,\r\n'
    table, told = noted(data)
    assert table.rows == (('one\r\ntwo "x"', "pos"), ("other", "neg"))
    assert (table.lines, table.origin(1), told) == ((2, 4), "a.csv:4", [])


# --- separators ---


def test_a_text_with_a_comma_that_nobody_quoted_is_put_together_and_told():
    texts = [f"{text}, really" if i in (2, 6) else text for i, text in enumerate(REVIEWS)]
    table, told = noted(rows(",", texts).encode())
    assert table.column("text") == texts
    assert told[0].startswith("a.csv:4 has 3 cells for 2 columns")


def test_numbers_and_labels_around_a_text_show_where_it_belongs_together():
    lines = "".join(f"{i},text {i},{'good' if i % 2 else 'bad'}\n" for i in range(8))
    table, told = noted(f"id,text,label\n{lines}9,fine, really,good\n".encode())
    assert table.rows[-1] == ("9", "fine, really", "good")
    assert "“fine, really”" in told[0]


def test_a_web_page_that_is_called_a_workbook_is_refused_by_name():
    with pytest.raises(DocumentError, match="is a web page"):
        tables.read(b"<html><table><tr><td>text</td></tr></table></html>", "a.xls")


def test_a_row_that_could_be_put_together_in_two_ways_is_left_out():
    lines = "".join(f"title {i},text {i},good\nother {i},body {i},bad\n" for i in range(5))
    table, told = noted(f"title,text,label\n{lines}a,b,c,good\n".encode())
    assert len(table.rows) == 10
    assert told[0].startswith("a.csv:12 has 4 cells for 3 columns")


def test_excels_first_line_names_the_separator():
    table, _told = noted(b'sep=;\r\ntext;label\r\n"a, b, c";good\r\n')
    assert (table.columns, table.rows, table.lines) == (
        ("text", "label"), (("a, b, c", "good"),), (3,),
    )  # fmt: skip


def test_commas_in_a_quoted_heading_are_no_separators():
    table, _told = noted(b'"Review, translated, cleaned";label\n"fine";good\n"poor";bad\n')
    assert table.columns == ("Review, translated, cleaned", "label")


def test_another_separator_may_be_chosen():
    data = b"text;more,label\na;b,good\nc;d,bad\n"
    assert assumed(data)["separator"] == ","
    assert noted(data, separator=";")[0].columns == ("text", "more,label")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(end):
    data = rows(",").replace("\n", end).encode()
    assert noted(data)[0].column("text") == REVIEWS


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0c", "\x1c"])
@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_characters_that_belong_to_a_text_end_no_line(sign, name):
    data = f"text\none{sign}two\n".encode()
    table = tables.read(data, name)
    assert table.rows[-1] == (f"one{sign}two",)


CELLS = st.text("aé好1 ,;|'\"\t\n\u2028", max_size=8)
"""All that a dialect of CSV may stumble over."""


@given(
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
    st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6),
)
@hypothesis(max_examples=50, deadline=None)
def test_what_pythons_csv_writes_is_read_back_or_told(separator, quoting, end, body):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end)
    writer.writerows([("text", "label"), *body])
    reading = Reading()
    full = tuple(row for row in body if any(cell.strip() for cell in row))
    try:
        table = tables.read(out.getvalue().encode(), "a.csv", reading=reading)
    except DocumentError:
        assert not full
        return
    told = reading.problems or {one.choice for one in reading.assumptions} & {"separator", "quotes"}
    assert table.rows == full or told


# --- headings ---

NO_HEADING = rows(",").removeprefix("text,label\n").encode()


def test_a_table_without_a_heading_loses_no_row_and_a_person_may_overrule_it():
    table, _told = noted(NO_HEADING)
    assert (table.columns, len(table.rows), table.lines[0]) == (("#1", "#2"), len(REVIEWS), 1)
    assert assumed(NO_HEADING)["header"] == "no"
    assert len(noted(NO_HEADING, header="yes")[0].rows) == len(REVIEWS) - 1


def test_a_usual_heading_needs_no_note():
    assert "header" not in assumed(rows(",").encode())


def test_a_heading_that_comes_again_is_left_out_and_told():
    table, told = noted(rows(",").encode() * 2)
    assert len(table.rows) == 2 * len(REVIEWS)
    assert told == ["a.csv:14 holds the names of the columns again; it is left out."]


@pytest.mark.parametrize(
    ("heading", "text"),
    [
        ("id,sentiment,text,user_description", "text"),
        ("id,label,Review Text,comment_id", "Review Text"),
        ("文本,标签,备注,x", "文本"),
        ("label,内容,x,y", "内容"),
        ("klasse,Kommentar,x,y", "Kommentar"),
        ("a,url,opinion,user_name", "opinion"),
        ("reviewerID,overall,reviewText,summary", "reviewText"),
    ],
)
def test_the_column_of_texts_is_told_by_its_name_first(heading, text):
    names = heading.split(",")
    lines = [
        ["x" if name == text else f"a very long cell indeed {i}" for name in names]
        for i in range(3)
    ]
    if text == "opinion":
        lines = [
            ["1", "https://example.org/long/address", f"fine {i}", "a long name of a user"]
            for i in range(3)
        ]
    table = Table(tuple(names), tuple(map(tuple, lines)))
    assert columns.texts(table)[0] == text


# --- limits ---


def test_more_columns_than_the_limit_are_refused_at_once():
    data = ",".join(f"c{i}" for i in range(200_000)).encode() + b"\n1\n"
    with pytest.raises(DocumentError, match=f"limit is {COLUMNS}"):
        tables.read(data, "a.csv")


def test_many_open_quotation_marks_are_read_in_linear_time():
    data = b"text\tlabel\n" + b'"x\tgood\ny\tbad\n' * 20_000
    table = tables.read(data, "a.csv", to_learn=True)
    assert len(table.rows) == 40_000


# --- written ---


def test_formulas_are_written_as_texts_and_numbers_stay_numbers():
    cells = ["=1+1", "+x", "-x", "@a", "\tb", "-3.5", "+4", -2, 1.5]
    text = tables.write(["a"], [[cell] for cell in cells])
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == [
        "'=1+1", "'+x", "'-x", "'@a", "'\tb", "-3.5", "+4", "-2", "1.5",
    ]  # fmt: skip
