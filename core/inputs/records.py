"""Tables as JSON: an object on each line, or an array of objects."""

from __future__ import annotations

import json
from collections.abc import Sequence

from core.errors import N_, DocumentError
from core.inputs.grids import Grid, check_size
from core.inputs.reading import Reading
from core.inputs.structured import from_json
from core.inputs.texts import lines as lines_of
from core.plain import Json, Row

SUFFIXES = (".jsonl", ".ndjson", ".json")


def read(text: str, name: str, reading: Reading) -> Grid:
    """The objects of a JSON text as rows; columns in the order in which they first come. Lists and objects within
    them stay JSON. A line that is no object is told and left out.

    Raises:
        DocumentError: no object in it, not JSON, or over the limits of `grids`.
    """
    is_lines = name.lower().endswith((".jsonl", ".ndjson"))
    if text.lstrip()[:1] == "[" and not (is_lines and _is_row(text.split("\n", 1)[0])):
        return _grid(*_array(from_json(text, name), name, reading), name)
    if is_lines:
        return _grid(*_of_lines(text, name, reading), name)
    try:
        whole = from_json(text, name)
    except DocumentError:
        try:
            return _grid(*_of_lines(text, name, reading), name)
        except DocumentError:
            pass
        raise
    return _grid(*_array(whole, name, reading), name)


def _is_row(line: str) -> bool:
    """Whether a line by itself is whole JSON."""
    try:
        from_json(line, "")
    except DocumentError:
        return False
    return True


def _of_lines(text: str, name: str, reading: Reading) -> tuple[list[Row], list[int]]:
    found: list[Row] = []
    numbers: list[int] = []
    bad: list[int] = []
    for number, line in enumerate(lines_of(text), 1):
        if not line.strip():
            continue
        try:
            value = from_json(line, name)
        except DocumentError:
            value = None
        if isinstance(value, dict):
            found.append(value)
            numbers.append(number)
        else:
            bad.append(number)
    if not found and bad:
        raise DocumentError(
            N_("Line {line} of {name} is not a JSON object. Each line has to be one."),
            line=bad[0],
            name=name,
        )
    for number in bad:
        reading.trouble(
            "no_object",
            N_("{origin} is not a JSON object; it is left out."),
            origin=f"{name}:{number}",
        )
    return found, numbers


def _array(value: Json, name: str, reading: Reading) -> tuple[list[Row], list[int]]:
    """The objects of an array, or of the only array in an object, as in {"data": […]}."""
    if isinstance(value, dict):
        arrays = {key: len(_objects(one)) for key, one in value.items() if _objects(one)}
        chosen = max(arrays, key=arrays.__getitem__, default="")
        if len(arrays) > 1:
            chosen = reading.choose(
                "array",
                chosen,
                N_("The rows of {name} are the objects under “{taken}”."),
                options=tuple(arrays),
                guessed=True,
                name=name,
            )
        elif arrays:
            reading.assume(
                "array",
                N_("The rows of {name} are the objects under “{taken}”."),
                name=name,
                taken=chosen,
            )
        value = value[chosen] if arrays else [value]
    if not isinstance(value, list) or not _objects(value):
        raise DocumentError(
            N_(
                "{name} holds no objects. It should be a JSON array of objects, or one on each line."
            ),
            name=name,
        )
    for number, one in enumerate(value, 1):
        if not isinstance(one, dict):
            reading.trouble(
                "no_object",
                N_("{origin} is not a JSON object; it is left out."),
                origin=f"{name}:{number}",
            )
    numbers = [number for number, one in enumerate(value, 1) if isinstance(one, dict)]
    return _objects(value), numbers


def _objects(value: Json) -> list[Row]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _grid(objects: Sequence[Row], numbers: list[int], name: str) -> Grid:
    columns: dict[str, None] = {}
    for one in objects:
        columns.update(dict.fromkeys(one))
        check_size(len(columns), len(columns) * len(objects), name)
    rows = [[_cell(one.get(key)) for key in columns] for one in objects]
    filled = [i for i, row in enumerate(rows) if any(row)]
    return Grid(list(columns), [rows[i] for i in filled], [numbers[i] for i in filled])


def _cell(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
