"""Rows of cells as a file has them, before it is known which of them are names: the heading is found, the empty cells
around the table are cut, and rows that do not fit are told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.errors import N_, DocumentError
from core.inputs.reading import Reading

COLUMNS = 1_000
CELLS = 5_000_000
"""Most columns and cells of a table; 200,000 rows of 25."""
FEW = 20
"""Most different values of a column of labels, for the shape of a table to be told by them."""
HEADING_CHARS = 40
"""A longer cell is more likely a text than a column's name."""
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
NAMES = frozenset(
    """text texts sentence review reviews comment comments content body message title tweet label labels sentiment
    class category polarity target rating score stars id index name date question answer answers context passage start
    source translation language url user
    文本 内容 评论 正文 句子 标题 标签 类别 情感 分类 编号 问题 答案 原文 译文
    kommentar bewertung kategorie klasse texte avis étiquette texto etiqueta текст метка テキスト ラベル 텍스트 라벨
    """.split()  # noqa: SIM905 (sixty names)
)
"""Usual names of columns; a row with one of them is a heading."""


Fits = Callable[[str], bool]
"""Whether a cell is like the others of its column."""


@dataclass
class Grid:
    """`rows` under `columns`, each as long as they are; `lines` says in which line of the file each begins."""

    columns: list[str]
    rows: Sequence[Sequence[str]]
    lines: list[int]


@dataclass
class Cells:
    """All rows of a file that are not empty, the heading perhaps among them. Row `i` begins in line `lines[i]`; with
    `separator` its cells were cut out of text, and a text that holds a separator may be in pieces."""

    rows: list[list[str]]
    lines: list[int]
    separator: str = ""


def check_size(columns: int, cells: int, name: str) -> None:
    """Refuse a table before its cells are allocated.

    Raises:
        DocumentError: more columns than COLUMNS or more cells than CELLS.
    """
    if columns > COLUMNS:
        raise DocumentError(
            N_(
                "{name} has {count} columns; the limit is {limit}. Remove those that are not needed."
            ),
            name=name,
            count=columns,
            limit=COLUMNS,
        )
    if cells > CELLS:
        raise DocumentError(
            N_("{name} has more than {limit} cells. Split it into parts, or remove columns."),
            name=name,
            limit=CELLS,
        )


def headed(cells: Cells, name: str, reading: Reading) -> Grid:
    """The table below its heading, or below numbers where the first row is data already (`header`)."""
    if not cells.rows:
        return Grid([], [], [])
    width = _width(cells)
    for row in cells.rows:  # separators at the ends of lines make cells of nothing
        while len(row) > width and not row[-1].strip():
            row.pop()
    has_heading = _has_heading(cells, name, reading)
    columns = names(cells.rows[0][:width] if has_heading else [""] * width, name, reading)
    start = 1 if has_heading else 0
    fitting = _fitting(cells, width, start, name, reading)
    return _without_empty_columns(Grid(columns, *fitting), cells.rows[0] if has_heading else [])


def names(heading: Sequence[str], file: str, reading: Reading) -> list[str]:
    """Column names without blanks around them, numbered where they are empty or come twice; the latter is told."""
    found: dict[str, None] = {}
    for i, cell in enumerate(heading, 1):
        name = cell.strip() or f"#{i}"
        if name in found:
            reading.assume(
                "column_twice",
                N_(
                    "{name} has the column “{column}” twice; the one in place {place} is called “{other}”."
                ),
                name=file,
                column=name,
                place=i,
                other=f"{name} #{i}",
            )
            name = f"{name} #{i}"
        found[name] = None
    return list(found)


def _width(cells: Cells) -> int:
    """Cells of the heading, without empty ones at its end that no row fills."""
    first = cells.rows[0]
    width = len(first)
    while width > 1 and not first[width - 1].strip():
        if any(len(row) >= width and row[width - 1].strip() for row in cells.rows):
            break
        width -= 1
    return width


def _has_heading(cells: Cells, name: str, reading: Reading) -> bool:
    """Whether the first row holds names: surely with a usual one among them; hardly where one of its values, as a
    label, comes again below."""
    first = [cell.strip() for cell in cells.rows[0]]
    sure = any(cell.lower() in NAMES for cell in first)
    data = not sure and len(cells.rows) > 2 and _is_data(first, cells.rows[1:])
    wordy = any(
        len(cell) > HEADING_CHARS or cell.endswith((".", "!", "。", "！")) for cell in first
    )
    if sure and "header" not in reading.choices:
        return True
    taken = reading.choose(
        "header",
        "no" if data else "yes",
        N_("The first line of {name} (“{start}”) holds the names of the columns: {taken}."),
        options=("yes", "no"),
        guessed=data or wordy,
        name=name,
        start=" | ".join(first)[:60],
    )
    return taken == "yes"


def _is_data(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    for place, cell in enumerate(first):
        column = [row[place].strip() for row in below if len(row) == len(first)]
        few = 0 < len(set(column)) <= min(FEW, max(2, len(column) // 2))
        if cell and few and cell in column:
            return True
        if NUMBER.fullmatch(cell) and column and all(map(NUMBER.fullmatch, column)):
            return True
    return False


def _fitting(
    cells: Cells, width: int, start: int, name: str, reading: Reading
) -> tuple[list[list[str]], list[int]]:
    """The rows that have as many cells as there are columns; of the others, which are told, those that can be put
    together in one way only."""
    rows, lines = [], []
    closed: list[Fits | None] | None = None
    for row, line in zip(cells.rows[start:], cells.lines[start:], strict=True):
        if start and row == cells.rows[0]:
            reading.trouble(
                "heading_again",
                N_("{origin} holds the names of the columns again; it is left out."),
                origin=f"{name}:{line}",
            )
            continue
        if len(row) == width:
            rows.append(row)
            lines.append(line)
            continue
        if closed is None:
            closed = _closed(r for r in cells.rows[start:] if len(r) == width)
        whole = _joined(row, width, cells.separator, closed) if cells.separator else None
        _tell(row, whole, width, f"{name}:{line}", reading)
        if whole:
            rows.append(whole)
            lines.append(line)
    return rows, lines


def _closed(rows: Iterable[Sequence[str]]) -> list[Fits | None]:
    """For each column what its cells are like, where they are numbers, or few values that come again, as labels do;
    None where they are anything else."""
    found: list[Fits | None] = []
    for column in zip(*rows, strict=True):
        values = set(column)
        if len(values) <= FEW and len(values) * 2 <= len(column):
            found.append(values.__contains__)
        else:
            found.append(_is_number if all(map(_is_number, values)) else None)
    return found


def _is_number(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell.strip()))


def _joined(
    row: Sequence[str], width: int, separator: str, closed: Sequence[Fits | None]
) -> list[str] | None:
    """A row that was cut at separators within one of its texts, put together; None where that could be several."""
    extra = len(row) - width
    if extra < 1 or not any(closed):
        return None
    found = []
    for place in range(width):
        if closed[place] is not None:
            continue
        text = separator.join(row[place : place + extra + 1])
        whole = [*row[:place], text, *row[place + extra + 1 :]]
        if all(fits is None or fits(cell) for cell, fits in zip(whole, closed, strict=True)):
            found.append(whole)
    return found[0] if len(found) == 1 else None


def _tell(
    row: Sequence[str], whole: Sequence[str] | None, width: int, origin: str, reading: Reading
) -> None:
    if whole:
        text = next((cell for cell in whole if cell not in row), " | ".join(whole))
        reading.trouble(
            "joined",
            N_(
                "{origin} has {count} cells for {width} columns: the separator stands in “{text}”, "
                "which was taken as one."
            ),
            text=text[:60],
            origin=origin,
            count=len(row),
            width=width,
        )
        return
    reading.trouble(
        "ragged",
        N_("{origin} has {count} cells for {width} columns (“{text}”); it is left out."),
        text=" | ".join(row)[:60],
        origin=origin,
        count=len(row),
        width=width,
    )


def _without_empty_columns(grid: Grid, heading: Sequence[str]) -> Grid:
    """Without the columns that have neither a name nor a value."""
    filled = [
        place
        for place in range(len(grid.columns))
        if (place < len(heading) and heading[place].strip())
        or any(row[place].strip() for row in grid.rows)
    ]
    if len(filled) == len(grid.columns):
        return grid
    rows = [[row[place] for place in filled] for row in grid.rows]
    return Grid([grid.columns[place] for place in filled], rows, grid.lines)
