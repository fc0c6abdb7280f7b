"""CSV and TSV as people have them: separators and quotation marks are told by the whole file, not by its first line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from core.errors import N_, DocumentError
from core.inputs.grids import COLUMNS, Cells, check_size
from core.inputs.reading import Reading

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
"""What cells are separated by, by the name that a person sees."""
LOOKED_AT = 200
"""Lines that the separator is told by."""
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
DECLARED = re.compile(r'"?sep=(\\t|.)"?', re.IGNORECASE)
"""The first line by which Excel names the separator."""
TOO_LONG = "field larger than"
UNENDED = "unexpected end of data"
"""What csv says of a cell that is too long, and of one whose quotation mark is not closed."""


def read(text: str, name: str, reading: Reading) -> Cells:
    """All rows of a CSV or TSV text that are not empty.

    Raises:
        DocumentError: a cell is longer than csv allows, or it is over the limits of `grids`.
    """
    lines = [match.group() for match in LINE.finditer(text)]
    first = 0
    declared = DECLARED.fullmatch(lines[0].strip("\r\n\ufeff ")) if lines else None
    if declared:
        first = 1
    separator = _separator(lines[first:], name, reading, declared.group(1) if declared else "")
    cells = Cells([], [], separator)
    count = widest = 0
    try:
        for number, row in _rows(lines, first, separator, name, reading):
            count += len(row)
            widest = max(widest, len(row))
            check_size(0 if cells.rows else len(row), count, name)
            if any(cell.strip() for cell in row):
                cells.rows.append(row)
                cells.lines.append(number)
    except csv.Error as error:
        raise DocumentError(
            N_("{name} is not a readable CSV file: {why}. Save it anew as CSV in UTF-8."),
            name=name,
            why=error,
        ) from error
    return cells


def _separator(lines: Sequence[str], name: str, reading: Reading, declared: str) -> str:
    """The one that cuts most lines into as many cells as the first; declared or chosen, that."""
    usual = "\t" if name.lower().endswith(".tsv") else ","
    some = [line for line in lines[:LOOKED_AT] if line.strip()]
    scores = {one: _evenness(some, one, name) for one in SEPARATORS.values()}
    several = [one for one, (width, _even) in scores.items() if width > 1]
    best = max(
        several or [usual], key=lambda one: (round(scores[one][1], 1), scores[one][0], one == usual)
    )
    best = declared.replace("\\t", "\t") or best
    titles = {sign: title for title, sign in SEPARATORS.items()}
    certain = len(several) < 2 and (best == usual or not declared)
    if certain and "separator" not in reading.choices:
        return best
    taken = reading.choose(
        "separator",
        titles.get(best, best),
        N_("The cells of {name} are separated by “{taken}”."),
        options=list(dict.fromkeys((*SEPARATORS, titles.get(best, best)))),
        guessed=not declared and sum(scores[one][1] > 0.9 for one in several) > 1,
        name=name,
    )
    return SEPARATORS.get(taken, taken)


def _evenness(lines: Sequence[str], separator: str, name: str) -> tuple[int, float]:
    """Cells of the first line, and the fraction of lines with as many."""
    if not lines:
        return 0, 0.0
    check_size(
        lines[0].count(separator) if lines[0].count(separator) > 100 * COLUMNS else 0, 0, name
    )
    widths = []
    try:
        for row in csv.reader(lines, delimiter=separator):
            widths.append(len(row))
    except csv.Error:
        widths = [len(_literal(line, separator)) for line in lines]
    return widths[0], Counter(widths)[widths[0]] / len(widths)


def _rows(
    lines: Sequence[str], first: int, separator: str, name: str, reading: Reading
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of the line that it begins in."""
    literal = _quotes_are_text(lines[first:], separator, name, reading)
    trusted = any(_is_marked(cell) for line in lines[first:] for cell in _marked(line, separator))
    width, at = 0, first
    while at < len(lines):
        line = lines[at]
        check_size(0 if width else line.count(separator) // 2, 0, name)
        if literal or '"' not in line:
            row, used = _literal(line, separator), 1
        else:
            over = _over_lines(lines, at, separator, width, trusted)
            row, used = over or _quoted(lines, at, separator, width, name, reading)
        yield at + 1, row
        width = width or (len(row) if any(row) else 0)
        at += used


def _quotes_are_text(lines: Sequence[str], separator: str, name: str, reading: Reading) -> bool:
    """In files separated by tabs quotation marks mostly are text: unless they hold a tab or a line end, are doubled,
    or stand around all cells of a column."""
    if "quotes" in reading.choices:
        taken = reading.choices["quotes"]
    elif separator != "\t":
        return False
    else:
        cells = [_literal(line, separator) for line in lines if line.strip()]
        marked = [[cell[:1] == '"' for cell in row] for row in cells if row]
        if not any(map(any, marked)):
            return False
        width = len(marked[0])
        columns = list(zip(*(row for row in marked[1:] if len(row) == width), strict=True))
        even = sum(len(row) == width for row in marked) == len(marked)
        doubled = any(
            '""' in cell and cell[:1] == cell[-1:] == '"' for row in cells for cell in row
        )
        taken = "text" if even and not doubled and not any(map(all, columns)) else "marks"
    taken = reading.choose(
        "quotes",
        taken,
        N_(
            "Quotation marks in {name} are taken as: {taken} (marks around cells, or part of the text)."
        ),
        options=("marks", "text"),
        name=name,
    )
    return taken == "text"


def _quoted(
    lines: Sequence[str], at: int, separator: str, width: int, name: str, reading: Reading
) -> tuple[list[str], int]:
    """The row in a line with quotation marks. Marks that are not those of a cell are part of the text, which is told:
    they would melt all rows to the next one into a single cell."""
    try:
        return next(csv.reader([lines[at]], delimiter=separator, strict=True)), 1
    except csv.Error as error:
        if TOO_LONG in str(error):
            raise
        open_ended = UNENDED in str(error)
    row = _literal(lines[at], separator)
    if not open_ended and len(row) != width:
        row = next(csv.reader([lines[at]], delimiter=separator))
    reading.trouble(
        "lone_quote",
        N_("{origin} has a lone quotation mark (“{text}”); it is taken as part of the text."),
        origin=f"{name}:{at + 1}",
        text=lines[at].strip()[:60],
    )
    return row, 1


def _over_lines(
    lines: Sequence[str], at: int, separator: str, width: int, trusted: bool
) -> tuple[list[str], int] | None:
    """A row with line ends in its cells, and how many lines it takes. None where the mark is not closed; and, unless
    the file quotes cells elsewhere (`trusted`), where every line is a row by itself."""
    marks = lines[at].count('"')
    if marks % 2 == 0:
        return None
    for end in range(at + 1, len(lines)):
        marks += lines[end].count('"')
        if marks % 2 == 0:
            break
    else:
        return None
    piece = lines[at : end + 1]
    try:
        rows = list(islice(csv.reader(piece, delimiter=separator, strict=True), 2))
    except csv.Error as error:
        if TOO_LONG in str(error):
            raise
        return None
    alone = width > 1 and all(len(_literal(line, separator)) == width for line in piece)
    if len(rows) != 1 or (alone and not trusted) or (width and len(rows[0]) != width):
        return None
    return rows[0], len(piece)


def _marked(line: str, separator: str) -> list[str]:
    return _literal(line, separator) if '"' in line else []


def _is_marked(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _literal(line: str, separator: str) -> list[str]:
    return line.rstrip("\r\n").split(separator)
