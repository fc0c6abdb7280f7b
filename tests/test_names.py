"""No application is named outside its own folder and its own page: what others need to know of it, it says itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import tasks

ROOT = Path(__file__).parents[1]
NAMES = frozenset(tasks.names())
PARTS = re.compile(r"[./:]")
FILES = sorted(path for part in ("core", "pages") for path in (ROOT / part).rglob("*.py"))


def owner(path: Path) -> str:
    """The application whose file this is; "" for a file of all."""
    parts = path.relative_to(ROOT).parts
    if parts[:2] == ("core", "tasks") and len(parts) > 3:
        return parts[2]
    return path.stem if parts[:-1] == ("pages",) else ""


def named(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, application) of every import of one, and of every text that is its name or a path with it. Docstrings
    and messages, which are sentences, may speak of it."""
    for node in ast.walk(tree):
        texts: list[str] = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts = [node.value]
        elif isinstance(node, ast.Import):
            texts = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom):
            texts = [node.module or "", *(one.name for one in node.names)]
        for name in {name for text in texts for name in NAMES.intersection(PARTS.split(text))}:
            yield node.lineno, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_names_no_application_but_its_own(path):
    found = set(named(ast.parse(path.read_text("utf-8"))))
    assert sorted(f"line {line}: {name}" for line, name in found if name != owner(path)) == []


def test_a_name_is_seen_as_a_text_and_in_an_import():
    name = min(NAMES)
    code = f'"""About {name}."""\nx = "{name}"\nimport core.tasks.{name}\nfrom core.tasks import {name}\n'
    code += f'y = "core/tasks/{name}:load"\n'
    assert sorted(named(ast.parse(code))) == [(2, name), (3, name), (4, name), (5, name)]
