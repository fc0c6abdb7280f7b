"""Uploaded tables: CSV in any encoding and with any usual separator, JSON lines, or a plain list of lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import N_, DocumentError
from core.inputs.reading import Reading
from core.inputs.texts import decode
from core.settings import settings

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson")
"""Of the files that `read` takes for tables."""
SEPARATORS = ",;\t|"
SAMPLE = 20_000
"""Characters that are looked at to find the separator."""


@dataclass(frozen=True)
class Table:
    """Rows of cells under named columns; every row has as many cells as there are columns.

    `lines` are the lines of the file `name` that the rows begin in, from 1 (rows of a workbook's sheet, objects of a
    JSON array); none for a table that comes from no file.
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

    def wordiest(self) -> str:
        """The column with the longest cells: most likely the texts."""
        return max(self.columns, key=lambda name: sum(map(len, self.column(name))))


def read(
    data: bytes, name: str, *, to_learn: bool = False, reading: Reading | None = None
) -> Table:
    """A CSV or TSV file with a line of column names, JSON lines (an object each), or a text file with
    one text on each line. `reading` takes what was assumed (encoding, separator) and what is wrong.

    Raises:
        DocumentError: not text, broken, without rows, or with more rows than PORTAL_TEXTS
        (PORTAL_DATA_ITEMS for a table to learn from).
    """
    text = decode(data, name, reading).replace("\0", "").removeprefix("\ufeff")
    if name.lower().endswith((".jsonl", ".ndjson")):
        return _limited(_objects(text, name), name, to_learn)
    if not name.lower().endswith((".csv", ".tsv")):
        cells = [(line,) for line in text.splitlines()]
        full = [i for i, (line,) in enumerate(cells) if line.strip()]
        there = tuple(cells[i] for i in full)
        return _limited(Table((name,), there, tuple(i + 1 for i in full), name), name, to_learn)
    reader = csv.reader(io.StringIO(text), _dialect(text))
    rows: list[list[str]] = []
    lines: list[int] = []
    start = 1
    try:
        for row in reader:
            if any(row):
                rows.append(row)
                lines.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        raise DocumentError(
            N_("{name} is not a readable CSV file: {why}. Save it anew as CSV in UTF-8."),
            name=name,
            why=error,
        ) from error
    columns = _names(rows[0]) if rows else ()
    width = len(columns)
    body = tuple(tuple((row + [""] * width)[:width]) for row in rows[1:])
    return _limited(Table(columns, body, tuple(lines[1:]), name), name, to_learn)


def _objects(text: str, name: str) -> Table:
    """One row per line; columns in the order in which they first come. Lists and objects stay JSON."""
    records, lines = [], []
    for number, line in enumerate(text.split("\n"), 1):
        try:
            record = json.loads(line) if line.strip() else {}
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict):
            raise DocumentError(
                N_("Line {line} of {name} is not a JSON object. Each line has to be one."),
                line=number,
                name=name,
            )
        if record:
            records.append(record)
            lines.append(number)
    columns = tuple(dict.fromkeys(key for record in records for key in record))
    rows = tuple(tuple(_cell(record.get(key)) for key in columns) for record in records)
    return Table(columns, rows, tuple(lines), name)


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def write(columns: Sequence[str], rows: Sequence[Sequence[object]], separator: str = ",") -> str:
    """The rows as CSV text, or as TSV with a tabulator as separator."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def _limited(table: Table, name: str, to_learn: bool) -> Table:
    if not table.rows:
        raise DocumentError(
            N_("{name} has no rows below its column names. Choose another file."), name=name
        )
    limit = settings().data_items if to_learn else settings().texts
    if len(table.rows) > limit:
        raise DocumentError(
            N_("{name} has {count} rows; the limit is {limit} ({setting}). Split it into parts."),
            name=name,
            count=len(table.rows),
            limit=limit,
            setting="PORTAL_DATA_ITEMS" if to_learn else "PORTAL_TEXTS",
        )
    return table


def _dialect(text: str) -> type[csv.Dialect]:
    """The separator is the one that the first line has most of: the rest may be prose."""
    first = text[:SAMPLE].lstrip().partition("\n")[0]

    class Found(csv.excel):
        delimiter = max(SEPARATORS, key=first.count)
        strict = False

    return Found


def _names(header: Sequence[str]) -> tuple[str, ...]:
    """Column names without blanks around them, numbered where they are empty or come twice."""
    names: list[str] = []
    for i, cell in enumerate(header, 1):
        name = cell.strip() or f"#{i}"
        names.append(name if name not in names else f"{name} #{i}")
    return tuple(names)
