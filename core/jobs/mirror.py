"""A job's row and events once more in its own folder, to rebuild a damaged store from: `row.json`, `events.jsonl`.

Written within the transaction that changes them, so that two processes cannot write one over the other. They are
a copy: where they cannot be written, the store alone has it.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from core import files
from core.errors import PortalError
from core.jobs import database
from core.plain import Row
from core.training.run_folder import RunFolder

EventRow = tuple[str, str, object, float, str]
"""Job, kind, step, time and data, as the store's columns."""


def row(db: sqlite3.Connection, job_id: str) -> None:
    """Write down the row as it is now."""
    found = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
    target = _folder(job_id)
    if found is None or not target.path.is_dir():
        return
    try:
        files.write(target.row, json.dumps(dict(found), indent=1, ensure_ascii=False))
    except (OSError, PortalError) as error:
        _complain(target.path, str(error))


def events(db: sqlite3.Connection, job_id: str, new: Sequence[EventRow]) -> None:
    """Write down events that were just stored; all of the job's where there are none yet."""
    target = _folder(job_id)
    if not target.path.is_dir():
        return
    if not target.events.exists():
        known = "SELECT job, kind, step, time, data FROM events WHERE job = ? ORDER BY n"
        new = [tuple(one) for one in db.execute(known, (job_id,))]
    try:
        with target.events.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(one[1:], ensure_ascii=False) + "\n" for one in new)
    except OSError as error:
        _complain(target.path, str(error))


def read_row(path: Path) -> Row | None:
    """The row of the job in the folder `path`; None where there is none or it is damaged."""
    try:
        found = json.loads(RunFolder(path).row.read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("id") == path.name else None


def read_events(path: Path) -> Iterator[EventRow]:
    """The events of the job in the folder `path`, without those that a resume made void."""
    kept: list[EventRow] = []
    for one in _lines(RunFolder(path).events, path.name):
        at = _voids_after(one)
        if at is not None:
            kept = [e for e in kept if e[1] not in ("step", "epoch") or not _is_after(e[2], at)]
        kept.append(one)
    return iter(kept)


def _lines(file: Path, job_id: str) -> Iterator[EventRow]:
    """A line that was cut off or damaged costs only itself."""
    try:
        content = file.read_bytes()
    except OSError:
        return
    for line in content.split(b"\n"):
        try:
            kind, step, time, data = json.loads(line)
            if isinstance(json.loads(data), dict):
                yield str(job_id), str(kind), step, float(time), data
        except (ValueError, TypeError):
            continue


def _voids_after(event: EventRow) -> int | None:
    """The step after which what came before counts no more: of a resume, and of a run that begins anew."""
    _job, kind, step, _time, data = event
    if kind == "resumed":
        return step if isinstance(step, int) else 0
    if kind == "epoch" and step == 0 and json.loads(data).get("epoch") == 0:
        return -1
    return None


def _is_after(step: object, at: int) -> bool:
    return isinstance(step, int) and step > at


def _folder(job_id: str) -> RunFolder:
    return RunFolder(database.folder() / job_id)


@lru_cache(maxsize=64)
def _complain(folder: Path, why: str) -> None:
    """Once, however often it happens."""
    logging.getLogger(__name__).warning(
        "The copy of the row in %s is not up to date: %s", folder, why
    )
