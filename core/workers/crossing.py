"""How results cross from a worker: as files in the call's folder, written here by the worker and read by its parent.

The parent trusts none of it: it is plain data (no pickles), names of files are made here and never taken from there,
and whatever is long is read line by line, so that other threads have their turn.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data.drafts import Draft, Sample
from core.errors import Failure, PortalError, kind_of
from core.inputs.reading import Assumption, Problem, Reading
from core.plain import Json, Row

if TYPE_CHECKING:
    from core.inputs.tables import Table

SAMPLES, NOTES, ROWS = "samples.jsonl", "notes.json", "rows.jsonl"
FAILURE = "$failure"
"""Key of an error among the values of a message: it has a translation of its own."""


def write_draft(draft: Draft, folder: Path) -> None:
    """All but the samples' contents, which lie in `folder` already (`drafts.spilling`), and their keys, which only
    the reader compares."""
    with (folder / SAMPLES).open("w", encoding="ascii") as lines:
        for one in draft.samples:
            lines.write(json.dumps([one.row, one.origin, one.suffix, one.path is not None]) + "\n")
    write_notes(draft, folder, facts=draft.facts, licence=draft.licence)


def read_draft(folder: Path) -> Draft:
    """What `write_draft` wrote. The samples' contents stay in `folder`."""
    notes = json.loads((folder / NOTES).read_bytes())
    draft = Draft(facts=notes["facts"], licence=notes["licence"])
    _take_notes(draft, notes)
    for i, (row, origin, suffix, has_file) in enumerate(_lines(folder / SAMPLES)):
        ending = suffix if re.fullmatch(r"(\.[a-z0-9]{1,8})?", suffix) else ""
        path = folder / str(i) if has_file else None
        draft.samples.append(Sample(row, origin, suffix=ending, path=path))
    return draft


def write_notes(reading: Reading, folder: Path, **more: object) -> None:
    """What was assumed and what is wrong."""
    notes = {
        "problems": [{**vars(one), "values": _values(one.values)} for one in reading.problems],
        "assumptions": [
            {**vars(one), "values": _values(one.values)} for one in reading.assumptions
        ],
        "counts": reading.counts,
        "concerning": reading.concerning,
        "fatal": sorted(reading.fatal),
        "doubtful": sorted(reading.doubtful),
        "choices": dict(reading.choices),
        **more,
    }
    (folder / NOTES).write_text(json.dumps(notes), "ascii")


def read_notes(folder: Path) -> Reading:
    """What `write_notes` wrote; nothing where it did not get so far."""
    reading = Reading()
    if (folder / NOTES).exists():
        _take_notes(reading, json.loads((folder / NOTES).read_bytes()))
    return reading


def _take_notes(reading: Reading, notes: dict[str, Any]) -> None:  # type: ignore[explicit-any]
    reading.choices = notes["choices"]
    reading.assumptions = [
        replace(
            Assumption(**{**one, "values": _valued(one["values"])}), options=tuple(one["options"])
        )
        for one in notes["assumptions"]
    ]
    reading.problems = [
        Problem(**{**one, "values": _valued(one["values"])}) for one in notes["problems"]
    ]
    reading.counts = Counter(notes["counts"])
    reading.concerning = Counter(notes["concerning"])
    reading.fatal = set(notes["fatal"])
    reading.doubtful = set(notes["doubtful"])


def write_table(table: Table, folder: Path) -> None:
    with (folder / ROWS).open("w", encoding="ascii") as lines:
        for row in (table.columns, (table.name, table.lines), *table.rows):
            lines.write(json.dumps(row) + "\n")


def read_table(folder: Path) -> Table:
    from core.inputs.tables import Table

    columns, (name, lines), *rows = _lines(folder / ROWS)
    return Table(tuple(columns), tuple(map(tuple, rows)), tuple(lines), name)


def _lines(path: Path) -> Iterator[list]:  # type: ignore[type-arg]
    with path.open(encoding="ascii") as lines:
        for line in lines:
            yield json.loads(line)


def pack(error: BaseException) -> Row:
    """An error as JSON, with the errors among its values."""
    failure = Failure.of(error).to_json()
    return (
        {**failure, "values": _values(error.values)} if isinstance(error, PortalError) else failure
    )


def unpack(row: Mapping[str, Json]) -> PortalError:
    """The error that `pack` packed."""
    known = Failure.from_json(row)
    return kind_of(known.code)(known.template, **_valued(known.values))


def _values(values: Mapping[str, object]) -> Row:
    """The values of a message as JSON: numbers and text as they are, errors so that they can be translated."""
    return {name: _value(value) for name, value in values.items()}


def _value(value: object) -> Json:
    if isinstance(value, PortalError):
        return {FAILURE: pack(value)}
    return value if isinstance(value, bool | int | float | str) else str(value)


def _valued(values: Mapping[str, Json]) -> dict[str, object]:
    return {name: _unpacked(value) for name, value in values.items()}


def _unpacked(value: Json) -> object:
    if isinstance(value, dict) and isinstance(row := value.get(FAILURE), dict):
        return unpack(row)
    return value
