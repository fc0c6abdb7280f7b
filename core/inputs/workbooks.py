"""Spreadsheets: Excel's (.xlsx, .xlsb, .xls) and LibreOffice's (.ods), by calamine. Cells are what was computed last."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from core.errors import N_, DocumentError, PortalError
from core.inputs import uploads
from core.inputs.archives import DAMAGE
from core.inputs.grids import Cells, check_size
from core.inputs.reading import Reading

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
ZIP = b"PK\x03\x04"
OLD = b"\xd0\xcf\x11\xe0"
"""What files of Excel 97 to 2003 begin with."""
UNPACKED_MB = 256
"""Most megabytes of XML: some 200,000 rows of 25 cells."""
PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
"""A cell of a sheet of .xlsx with its column and row."""
ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,7})"')
REPEATED_CELL = re.compile(rb'<table:table-cell\b[^>]*number-columns-repeated="(\d+)"[^>]*>')
REPEATED_ROW = re.compile(
    rb'<table:table-row\b[^>]*number-rows-repeated="(\d+)"[^>]*>(.*?)</table:table-row>', re.DOTALL
)
"""Cells and rows of .ods that stand for many; at the end of a sheet thousands of empty ones do."""
FILLED = b"value-type"


def is_workbook(data: bytes) -> bool:
    """By its content: a table that is called .csv may be a workbook, and one that is called .xls may be CSV."""
    return data.startswith((ZIP, OLD))


def read(data: bytes, name: str, reading: Reading) -> Cells:
    """The rows of a sheet (`sheet`) that are not empty, from the first one that looks like a heading.

    Raises:
        DocumentError: no workbook, encrypted, damaged, or over the limits of `grids`.
    """
    uploads.check_size(data, name)
    if data.startswith(ZIP):
        _check(data, name)
    try:
        rows = _sheet(_opened(data), name, reading)
    except PortalError:
        raise
    except BaseException as error:  # calamine's panics are no Exceptions
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise DocumentError(
            N_("{name} is not a workbook that can be read ({why}). Save it anew as .xlsx or .csv."),
            name=name,
            why=(str(error).partition("\n")[0] or type(error).__name__)[:200],
        ) from error
    return _below_title(rows, name, reading)


def _opened(data: bytes) -> CalamineWorkbook:
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(data))


def _sheet(book: CalamineWorkbook, name: str, reading: Reading) -> Cells:
    """The chosen sheet, else the first one that is not empty."""
    titles = list(book.sheet_names)
    first = next((t for t in titles if book.get_sheet_by_name(t).height), titles[0])
    if len(titles) > 1 or "sheet" in reading.choices:
        filled = sum(bool(book.get_sheet_by_name(title).height) for title in titles[:50])
        first = reading.choose(
            "sheet",
            first,
            N_("{name} was read from its sheet “{taken}”."),
            options=titles,
            guessed=filled > 1,
            name=name,
        )
    sheet = book.get_sheet_by_name(first)
    check_size(sheet.total_width, sheet.total_width * sheet.total_height, name)
    cells = Cells([], [])
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), 1):
        texts = [_text(value) for value in row]
        if any(text.strip() for text in texts):
            cells.rows.append(texts)
            cells.lines.append(number)
    return cells


def _below_title(cells: Cells, name: str, reading: Reading) -> Cells:
    """Without lines above the heading that have one cell only, such as a title."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in cells.rows]
    if not filled or sorted(filled)[len(filled) // 2] < 2:
        return cells
    start = next(i for i, count in enumerate(filled) if count > 1)
    for i in range(start):
        reading.trouble(
            "title",
            N_("{origin} stands above the table (“{text}”); it is left out."),
            origin=f"{name}:{cells.lines[i]}",
            text="".join(cells.rows[i]).strip()[:60],
        )
    return Cells(cells.rows[start:], cells.lines[start:])


def _text(value: object) -> str:
    """A cell as people see it: whole numbers without a fraction, dates in ISO's form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _check(data: bytes, name: str) -> None:
    """Refuse what would unpack or spread out to more than the limits: calamine allocates a cell for every place
    between the first and the last one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members) / 1e6
            if size > UNPACKED_MB:
                raise DocumentError(
                    N_(
                        "{name} unpacks to {size:.0f} MB; the limit is {limit} MB. Split it into parts."
                    ),
                    name=name,
                    size=size,
                    limit=UNPACKED_MB,
                )
            for member in members:
                for columns, rows in _spread(member.filename, archive, member):
                    check_size(columns, columns * rows, name)
    except (*DAMAGE, ValueError) as error:
        raise DocumentError(
            N_("{name} is not a workbook that can be read ({why}). Save it anew as .xlsx or .csv."),
            name=name,
            why=str(error)[:200],
        ) from error


def _spread(
    path: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo
) -> Iterator[tuple[int, int]]:
    """Columns and rows that the cells of a sheet lie in."""
    if path.startswith("xl/worksheets/") and path.endswith(".xml"):
        xml = archive.read(member)
        places = set(PLACE.findall(xml))
        unplaced = max(row.count(b"<c>") + row.count(b"<c ") for row in xml.split(b"<row"))
        columns = max((_number(letters) for letters, _row in places), default=0)
        yield max(columns, unplaced), max(map(int, ROW.findall(xml)), default=0)
        yield columns, max((int(row) for _letters, row in places), default=0)
    elif path == "content.xml":
        xml = archive.read(member)
        for cell in REPEATED_CELL.finditer(xml):
            if FILLED in cell.group():
                yield int(cell.group(1)), 1
        for times, cells in REPEATED_ROW.findall(xml):
            yield 1, int(times) * cells.count(FILLED)


def _number(letters: bytes) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
