"""Every hostile input gives a result or a PortalError, in bounded time and memory, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import cases

ROOT = Path(__file__).parents[2]
SECONDS = 900
"""For a whole group; a single case has its own limit."""


def run(group: str, home: Path, fast: str) -> dict[str, str]:
    """{name of a case: what it did}, only of those that broke the rule."""
    (home / "data").mkdir(parents=True, exist_ok=True)
    (home / "tmp").mkdir(exist_ok=True)
    wrong: dict[str, str] = {}
    first = 0
    while True:
        done = subprocess.run(
            [sys.executable, "-m", "tests.hostile.child", group, str(first), fast],
            cwd=ROOT,
            env={
                **os.environ,
                "PORTAL_DATA": str(home / "data"),
                "PORTAL_OFFLINE": "true",
                "TMPDIR": str(home / "tmp"),
                "PYTHONDONTWRITEBYTECODE": "1",
                "OMP_NUM_THREADS": "1",
                "MALLOC_ARENA_MAX": "2",
            },
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        rows = [json.loads(row) for row in done.stdout.splitlines() if row.startswith('{"')]
        names = {row["start"]: row["name"] for row in rows if "start" in row}
        ended = {row["end"]: row["said"] for row in rows if "end" in row}
        wrong |= {names[i]: said for i, said in ended.items() if said}
        stuck = [i for i in names if i not in ended]
        if not stuck:
            assert done.returncode == 0, done.stderr[-2000:]
            return wrong
        wrong[names[stuck[0]]] = f"ended the process ({done.returncode})"
        first = stuck[0] + 1


def test_there_are_many_cases_and_each_has_a_name():
    names = [one.name for group in cases.GROUPS for one in cases.group(group)]
    assert len(names) >= 250
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("group", cases.GROUPS)
def test_quick_cases_give_a_result_or_an_error(group, tmp_path):
    assert run(group, tmp_path, "fast") == {}


@pytest.mark.heavy
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("group", cases.GROUPS)
def test_all_cases_give_a_result_or_an_error(group, tmp_path):
    assert run(group, tmp_path, "all") == {}
