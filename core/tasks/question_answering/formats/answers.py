"""Answers as files spell them: SQuAD's list, Hugging Face's columns, JSON or Python in a cell of a table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from core.data.drafts import Draft
from core.errors import N_, DocumentError
from core.inputs import structured
from core.plain import Json
from core.tasks.question_answering.formats.asked import Said, offset

STRING = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
PLAIN = re.compile(r"(?:[\s\[\]{}(),:=.\w]|-\d)*")
"""What stands between the strings of a list or a dictionary, as Python and NumPy write them."""
DEEPEST = 8
CELL = 100_000
"""Characters of a cell that is looked into."""
CALLS = ("array", "int64", "int32", "float64", "str_")
"""What NumPy writes around values."""


def from_value(draft: Draft, value: Json, origin: str) -> list[Said]:
    """The answers in a value of JSON: a text, a list of texts, [{"text", "answer_start"}], {"text": […],
    "answer_start": […]}. What is none of these is told."""
    found = list(_each(draft, value, origin))
    blank = [one for one in found if not one.text.strip()]
    if blank:
        draft.trouble("blank_answer", N_("{origin} has an empty answer; it counts as none."), origin=origin)  # fmt: skip
    return [one for one in found if one.text.strip()]


def from_cell(draft: Draft, cell: str, start: str, origin: str) -> list[Said]:
    """The answers in a cell of a table, which may hold JSON or what Python prints; `start` is the cell with their
    offset, "" where there is none."""
    value = _parsed(cell)
    if value is None:
        return [Said(cell, offset(draft, start, origin))] if cell.strip() else []
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        starts = _parsed(start)
        value = {"text": value, "answer_start": starts if isinstance(starts, list) else [start]}
    return from_value(draft, value, origin)


def _each(draft: Draft, value: Json, origin: str) -> Iterator[Said]:
    if value is None:
        return
    if isinstance(value, str):
        yield Said(value)
    elif isinstance(value, list):
        for one in value:
            yield from _each(draft, one, origin)
    elif isinstance(value, dict) and "text" in value:
        yield from _pairs(draft, value["text"], value.get("answer_start"), origin)
    else:
        _odd(draft, value, origin)


def _pairs(draft: Draft, said: Json, starts: Json, origin: str) -> Iterator[Said]:
    given = said if isinstance(said, list) else [said]
    places: list[Json] = list(starts) if isinstance(starts, list) else [starts]
    if len(places) != len(given):
        if starts not in (None, [], [None], [""]):
            draft.trouble(
                "offset",
                N_(
                    "{origin} has {count} answers and {other} offsets; they are looked up in the passage."
                ),
                origin=origin,
                count=len(given),
                other=len(places),
            )
        places = [None for _ in given]
    for one, place in zip(given, places, strict=True):
        if isinstance(one, str):
            yield Said(one, offset(draft, place, origin))
        elif one is not None:
            _odd(draft, one, origin)


def _odd(draft: Draft, value: Json, origin: str) -> None:
    draft.trouble(
        "odd_answer",
        N_("{origin}: “{value}” is not an answer; it is left out."),
        origin=origin,
        value=str(value)[:80],
    )


def _parsed(cell: str) -> Json:
    """The list or dictionary in a cell, as JSON or as Python prints it; None where it is a plain text."""
    text = cell.strip()
    if text[:1] not in ("{", "[") or text[-1:] not in ("}", "]") or len(text) > CELL:
        return None
    try:
        value = structured.from_json(text, "")
    except DocumentError:
        value = _from_python(text)
    return value if isinstance(value, dict | list) else None


def _from_python(text: str) -> Json:
    """A literal of Python with NumPy's arrays in it. Read, never run: strings, numbers and containers are all that it
    may hold."""
    between = STRING.sub("\0", text)
    if re.search("\0\\s*\0", between) or not PLAIN.fullmatch(between.replace("\0", "")):
        return None
    if _depth(between) > DEEPEST:
        return None
    try:
        return _literal(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _depth(text: str) -> int:
    depth = deepest = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _literal(node: ast.expr) -> Json:
    """Raises ValueError for anything but data."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | None):
        return structured.SURROGATE.sub("\ufffd", node.value) if isinstance(node.value, str) else node.value  # fmt: skip
    if isinstance(node, ast.List | ast.Tuple):
        return [_literal(one) for one in node.elts]
    if isinstance(node, ast.Dict):
        keys = [_literal(key) if key else None for key in node.keys]
        return {str(k): _literal(v) for k, v in zip(keys, node.values, strict=True)}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _literal(node.operand)
        if isinstance(value, int | float):
            return -value
    if isinstance(node, ast.Name) and node.id == "nan":
        return None
    if isinstance(node, ast.Call) and len(node.args) == 1 and _called(node.func) in CALLS:
        return _literal(node.args[0])
    raise ValueError("not data")


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
