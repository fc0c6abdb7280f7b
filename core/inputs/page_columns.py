"""Columns of a page that a PDF writes row by row, found in its layout and read one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

GAP = re.compile(r"(?<=\S) {3,}(?=\S)")
"""Blanks inside a line of the layout that may be the space between two columns."""
ROWS = 3
"""Fewest lines with text on both sides of the space."""
CROSSED = 4
"""The lines that keep the space free are that many times those that run across it (titles, footers)."""
WORDS = 3.0
"""Fewest words in the mean line of a column; a table's cells have fewer."""
SIGNS = 12
"""Characters that count as WORDS where words have no blanks between them."""
WIDEST = 2_000
"""Longest line of a layout that is looked at."""


def in_reading_order(layout: str) -> str | None:
    """The text of a page column by column, from its `layout`: lines in which blanks stand for the distances on the
    page. None: it has no columns."""
    lines = [line.rstrip() for line in layout.splitlines() if line.strip()]
    if max(map(len, lines), default=0) > WIDEST:
        return None
    cuts = _cuts(lines)
    if not cuts:
        return None
    text: list[str] = []
    for wide, block in groupby(lines, lambda line: _runs_across(line, cuts)):
        rows = [line if wide else _cells(line, cuts) for line in block]
        if wide:
            text += [" ".join(str(row).split()) for row in rows]
            continue
        columns = [[c for c in column if c] for column in zip(*rows, strict=True)]
        if len(rows) >= ROWS and not all(_is_prose(column) for column in columns):
            return None
        text += [cell for column in columns for cell in column]
    return "\n".join(text)


def _cuts(lines: Sequence[str]) -> list[int]:
    """Where the spaces between columns are, as places in a line."""
    width = max(map(len, lines), default=0)
    free, inside = [0] * (width + 1), [0] * (width + 1)
    for line in lines:
        for first, last in ((m.start(), m.end()) for m in GAP.finditer(line)):
            free[first] += 1
            free[last] -= 1
        inside[len(line) - len(line.lstrip())] += 1
        inside[len(line)] -= 1
    places, open_, lines_here = [], 0, 0
    for place in range(width):
        open_, lines_here = open_ + free[place], lines_here + inside[place]
        if open_ >= ROWS and open_ >= CROSSED * (lines_here - open_):
            places.append((place, open_))
    return list(_middles(places))


def _middles(places: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Of each run of neighbouring places, which come with the lines that are free there, the middle of the freest."""
    starts = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(places)) if b[0] > a[0] + 1)]
    for first, last in pairwise([*starts, len(places)]):
        run = places[first:last]
        if len(run) >= 2:
            most = max(free for _, free in run)
            best = [place for place, free in run if free == most]
            yield best[len(best) // 2]


def _runs_across(line: str, cuts: Sequence[int]) -> bool:
    return any(line[cut - 1 : cut + 1].strip() for cut in cuts)


def _cells(line: str, cuts: Sequence[int]) -> list[str]:
    return [" ".join(line[a:b].split()) for a, b in pairwise([0, *cuts, len(line) + 1])]


def _is_prose(column: Sequence[str]) -> bool:
    size = sum(
        max(len(cell.split()), WORDS * len(cell) / SIGNS * (" " not in cell)) for cell in column
    )
    return bool(column) and size / len(column) >= WORDS
