"""What the commands print: one JSON object on a line for programs, progress on stderr for people."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping


def line(row: Mapping[str, object]) -> None:
    """One JSON object on a line of its own, at once: whoever reads them need not wait for the end."""
    print(json.dumps(row, ensure_ascii=False), flush=True)


def damaged(one_id: str, why: str, remedy: str, *, as_json: bool, task: str | None = None) -> None:
    """One that cannot be used, among those that are listed; `remedy` is the command that removes it."""
    if as_json:
        line({"id": one_id, **({"task": task} if task else {}), "damaged": why})
        return
    print(f"{one_id} damaged: {why}")
    print(f"Remove it with: python -m core {remedy} {one_id}", file=sys.stderr)


def progress(name: str) -> Callable[[float, float | None, str], None]:
    """A report for `Progress`, on stderr so that stdout stays for results: a moving line on a terminal, in a
    log a line per file or every ten seconds."""
    moving = sys.stderr.isatty()
    pause = 0.1 if moving else 10.0
    last_note, last_time = "", 0.0

    def report(done: float, total: float | None, note: str) -> None:
        nonlocal last_note, last_time
        finished = total is not None and done >= total
        if note == last_note and not finished and time.monotonic() - last_time < pause:
            return
        last_note, last_time = note, time.monotonic()
        fraction = f"{done / total:4.0%} {done / 1e6:6.1f} MB" if total else "  …"
        text = f"{name:22} {fraction:15} {note[:60]}"
        shown, end = (f"\r{text:100}", "") if moving else (text, "\n")
        print(shown, end=end, file=sys.stderr, flush=True)

    return report
