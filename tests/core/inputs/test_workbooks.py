"""Workbooks of Excel as tables."""

from __future__ import annotations

import pytest

from core.errors import DocumentError, UsageError
from core.inputs import tables
from core.inputs.reading import Reading
from tests.core.inputs.workbook_files import ods, ods_row, xlsx

ROWS = [["text", "label"], ["fine, really", 1], [None, None], ["poor", 0]]


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv", "A.XLSX"])
def test_a_workbook_is_a_table_whatever_it_is_called(name):
    table = tables.read(xlsx({"Sheet1": ROWS}), name)
    assert table.columns == ("text", "label")
    assert table.rows == (("fine, really", "1"), ("poor", "0"))


def test_rows_are_those_of_the_sheet():
    assert tables.read(xlsx({"Sheet1": ROWS}), "a.xlsx").origin(1) == "a.xlsx:4"


def test_numbers_are_written_as_people_see_them():
    table = tables.read(xlsx({"a": [["text", "n"], ["x", 2.0], ["y", 2.5]]}), "a.xlsx")
    assert table.column("n") == ["2", "2.5"]


def test_the_first_sheet_with_cells_is_read_and_another_can_be_chosen():
    data = xlsx({"empty": [], "one": ROWS, "two": [["text"], ["other"]]})
    reading = Reading()
    assert tables.read(data, "a.xlsx", reading=reading).rows[0][0] == "fine, really"
    (sheet,) = (one for one in reading.assumptions if one.choice == "sheet")
    assert (sheet.taken, sheet.options, sheet.guessed) == ("one", ("empty", "one", "two"), True)
    assert tables.read(data, "a.xlsx", reading=Reading({"sheet": "two"})).rows == (("other",),)


def test_a_sheet_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="There are: one"):
        tables.read(xlsx({"one": ROWS}), "a.xlsx", reading=Reading({"sheet": "three"}))


def test_a_title_above_the_table_is_left_out_and_told():
    reading = Reading()
    table = tables.read(xlsx({"a": [["Our survey"], [], *ROWS]}), "a.xlsx", reading=reading)
    assert table.columns == ("text", "label")
    assert "a.xlsx:1 stands above the table (“Our survey”)" in str(reading.problems[0])


def test_a_cell_in_the_last_corner_of_the_sheet_is_refused_before_all_are_allocated():
    data = xlsx({"a": ROWS}, '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(DocumentError, match="16384 columns"):
        tables.read(data, "a.xlsx")


def test_a_row_far_below_is_refused_where_its_cells_do_not_say_their_place():
    cells = "<c><v>1</v></c>" * 100
    data = xlsx({"a": ROWS}, f'<row r="1048576">{cells}</row>')
    with pytest.raises(DocumentError, match="more than 5000000 cells"):
        tables.read(data, "a.xlsx")


def test_a_workbook_of_libreoffice_is_read():
    data = ods(ods_row("text", "label") + ods_row("fine", "good") + ods_row(times=1_000_000))
    assert tables.read(data, "a.ods").rows == (("fine", "good"),)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (ods_row("x", each=16_000), "16000 columns"),
        (ods_row(*"abcdefgh", times=1_000_000), "more than 5000000 cells"),
    ],
)
def test_cells_that_stand_for_millions_are_refused(row, why):
    with pytest.raises(DocumentError, match=why):
        tables.read(ods(ods_row("text") + row), "a.ods")


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0" + b"\0" * 600, xlsx({"a": ROWS})[:400]]
)
def test_what_is_no_workbook_is_refused_with_the_reason(data):
    with pytest.raises(DocumentError, match="not a workbook that can be read"):
        tables.read(data, "a.xlsx")


def test_csv_that_is_called_a_workbook_is_read():
    assert tables.read(b"text\tlabel\nfine\tgood\n", "a.xls").rows == (("fine", "good"),)
