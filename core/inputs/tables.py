"""Uploaded tables: CSV in any encoding and with any usual separator, JSON, workbooks, or a plain list of lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import N_, DocumentError
from core.inputs import delimited, grids, records, workbooks
from core.inputs.grids import Grid
from core.inputs.reading import Reading
from core.inputs.texts import decode
from core.inputs.texts import lines as lines_of
from core.settings import settings

DELIMITED = (".csv", ".tsv")
SUFFIXES = (*DELIMITED, *records.SUFFIXES, *workbooks.SUFFIXES)
"""Of the tables that `read` takes; any other file is a list of lines."""
MARKUP = re.compile(r"\s*<(!doctype|html|table|\?xml)\b", re.IGNORECASE)
"""How web pages begin, which some programs call .xls."""
FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?(\d[\d.,]*|\.\d+)([eE][+-]?\d+)?%?")


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; every row has as many cells as there are columns.

    `lines` are the lines of the file `name` that the rows begin in, from 1 (rows of a workbook's sheet, numbers of
    the objects of a JSON array); none for a table that comes from no file.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...] = ()
    name: str = ""

    def origin(self, row: int) -> str:
        """Where a row (from 0) stands, for messages: file and line."""
        return f"{self.name}:{self.lines[row]}" if self.lines else f"#{row + 1}"

    def column(self, name: str) -> list[str]:
        """The cells of one column, from top to bottom.

        Raises:
            DocumentError: there is no such column; the message lists those there are.
        """
        if name not in self.columns:
            raise DocumentError(
                N_("There is no column “{name}”. There are: {names}."),
                name=name,
                names=", ".join(self.columns),
            )
        place = self.columns.index(name)
        return [row[place] for row in self.rows]


def read(
    data: bytes, name: str, *, to_learn: bool = False, reading: Reading | None = None
) -> Table:
    """A CSV or TSV file with a line of column names, JSON lines (an object each) or a JSON array of objects, a sheet of
    a workbook, or a text file with one text on each line.

    `reading` takes what was assumed (encoding, separator, header, sheet; a person may choose them otherwise) and what
    is wrong: rows that do not fit under the column names are left out.

    Raises:
        DocumentError: not text, broken, without rows, or over a limit: more rows than PORTAL_TEXTS
        (PORTAL_DATA_ITEMS for a table to learn from), more columns or cells than `grids` allows.
    """
    reading = Reading() if reading is None else reading
    return _within(_grid(data, name, reading), name, to_learn, reading)


def _grid(data: bytes, name: str, reading: Reading) -> Grid:
    if workbooks.is_workbook(data):
        return grids.headed(workbooks.read(data, name, reading), name, reading)
    text = _without_nul(decode(data, name, reading), name, reading)
    kind = name.lower()
    if kind.endswith(records.SUFFIXES):
        return records.read(text, name, reading)
    if kind.endswith((*DELIMITED, *workbooks.SUFFIXES)):  # much that is called .xls is CSV
        if MARKUP.match(text):
            raise DocumentError(
                N_("{name} is a web page or XML, not a table. Save it as .xlsx or .csv."), name=name
            )
        return grids.headed(delimited.read(text, name, reading), name, reading)
    there = [(i, line) for i, line in enumerate(lines_of(text), 1) if line.strip()]
    return Grid([name], [(line,) for _i, line in there], [i for i, _line in there])


def write(columns: Sequence[str], rows: Sequence[Sequence[object]], separator: str = ",") -> str:
    """The rows as CSV text, or as TSV with a tabulator as separator.

    A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers. `read` keeps the
    apostrophe, as nothing tells it from one that a person wrote.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow([_harmless(name) for name in columns])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: object) -> object:
    if not isinstance(cell, str) or not FORMULA.match(cell) or NUMBER.fullmatch(cell):
        return cell
    return "'" + cell


def _without_nul(text: str, name: str, reading: Reading) -> str:
    count = text.count("\0")
    if count:
        reading.trouble(
            "nul",
            N_("{name} holds {count} NUL characters; they are left out."),
            name=name,
            count=count,
        )
    return text.replace("\0", "")


def _within(grid: Grid, name: str, to_learn: bool, reading: Reading) -> Table:
    if not grid.rows and reading.problems:
        raise DocumentError(
            N_("{name} has no rows that can be read. {why}"), name=name, why=reading.why()
        )
    if not grid.rows:
        raise DocumentError(
            N_("{name} has no rows below its column names. Choose another file."), name=name
        )
    limit = settings().data_items if to_learn else settings().texts
    if len(grid.rows) > limit:
        raise DocumentError(
            N_("{name} has {count} rows; the limit is {limit} ({setting}). Split it into parts."),
            name=name,
            count=len(grid.rows),
            limit=limit,
            setting="PORTAL_DATA_ITEMS" if to_learn else "PORTAL_TEXTS",
        )
    return Table(tuple(grid.columns), tuple(map(tuple, grid.rows)), tuple(grid.lines), name)
