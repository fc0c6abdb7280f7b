"""The jobs of this computer, in SQLite: one row a job, one row an event. Any process may look and write.

    queued → preparing → running → done
                            ├→ stopping → stopped     (the best model is kept)
                            ├→ failed
                            └→ interrupted            (killed, restarted, disk full) → queued again

A row in preparing, running or stopping belongs to a worker, named by its launcher's handle;
`queue.dispatch` turns it to interrupted once that worker is gone.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal

from core.errors import N_, Failure, JobError
from core.jobs.request import Request
from core.plain import Json
from core.settings import settings
from core.training.events import E, Event, from_json, to_json
from core.training.run_folder import RunFolder

State = Literal[
    "queued", "preparing", "running", "stopping", "done", "stopped", "failed", "interrupted"
]
ACTIVE: tuple[State, ...] = ("preparing", "running", "stopping")
"""States that need a living worker."""
ENDED: tuple[State, ...] = ("done", "stopped", "failed", "interrupted")

SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, task TEXT, name TEXT, state TEXT, device TEXT, request TEXT,
    created REAL, started REAL, ended REAL, pid INTEGER, born REAL, stop INTEGER DEFAULT 0,
    error TEXT, model TEXT, metrics TEXT
);
CREATE TABLE IF NOT EXISTS events (
    n INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT, kind TEXT, step INTEGER, time REAL, data TEXT
);
CREATE INDEX IF NOT EXISTS events_of_a_job ON events (job, n);
PRAGMA user_version = 1;
"""


@dataclass(frozen=True)
class Job:
    """One row. Times are seconds since 1970; `request` is what `queue.submit` was given, resolved;
    `handle` names the worker for its launcher."""

    id: str
    task: str
    name: str
    state: State
    device: str
    request: Request
    created: float
    started: float | None
    ended: float | None
    handle: str | None
    error: Failure | None
    model: str | None
    metrics: dict[str, float]

    @property
    def folder(self) -> Path:
        return settings().data / "jobs" / self.id

    @property
    def files(self) -> RunFolder:
        """The paths in `folder`."""
        return RunFolder(self.folder)

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def stop(self) -> bool:
        """Whether somebody asked for an early end; the state says it."""
        return self.state == "stopping"

    @property
    def under_way(self) -> bool:
        """It runs or waits."""
        return self.state not in ENDED


@dataclass(frozen=True)
class Logged(Generic[E]):
    """An event as it was written down. `n` grows with time over all jobs: ask for those after the last
    one seen. `time` is seconds since 1970."""

    n: int
    time: float
    event: E


def _file() -> Path:
    return settings().data / "jobs" / "jobs.sqlite"


@contextmanager
def connected() -> Iterator[sqlite3.Connection]:
    """A connection for one transaction: committed when the block ends well, rolled back otherwise."""
    _file().parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(_file(), timeout=30)
    try:
        connection.row_factory = sqlite3.Row
        # With the write-ahead log a power cut may lose the last events but never breaks the file, and
        # a run need not wait for the disk at each of them.
        connection.execute("PRAGMA synchronous=NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not version:  # a new file: every page asks, so what lasts is done once
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(SCHEMA)
        with connection:
            yield connection
    finally:
        connection.close()


def create(task: str, name: str, device: str, request: Request) -> Job:
    job_id = uuid.uuid4().hex[:8]
    with connected() as db:
        db.execute(
            "INSERT INTO jobs (id, task, name, state, device, request, created, metrics) "
            "VALUES (?, ?, ?, 'queued', ?, ?, ?, '{}')",
            (job_id, task, name, device, _dumps(request.to_json()), time.time()),
        )
    return find(job_id)


def find(job_id: str) -> Job:
    """The job called `job_id`.

    Raises:
        JobError: there is none.
    """
    with connected() as db:
        row = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
    if row is None:
        raise JobError(N_("There is no job “{id}”. It may have been deleted."), id=job_id)
    return _job(row)


def jobs(task: str | None = None) -> list[Job]:
    """The jobs of one task (or all), newest first. Looking creates nothing."""
    if not _file().exists():
        return []
    with connected() as db:
        rows = db.execute(
            "SELECT * FROM jobs WHERE ? IS NULL OR task = ? ORDER BY created DESC", (task, task)
        ).fetchall()
    return [_job(row) for row in rows]


def change(job_id: str, *, only: Iterable[State] = (), **columns: object) -> bool:
    """Set columns of a job; with `only`, if it is in one of those states. Whether it was.

    `handle` is kept in the column `pid`: the first version had process numbers there, and SQLite keeps
    text in a column of whole numbers. The column `stop` follows from the state; workers of the first
    version, which may still run, look there.
    """
    if "handle" in columns:
        columns |= {"pid": columns.pop("handle"), "born": None}
    if "state" in columns:
        columns["stop"] = columns["state"] == "stopping"
    for name, value in columns.items():
        if isinstance(value, Request | Failure):
            columns[name] = _dumps(value.to_json())
        elif isinstance(value, dict):
            columns[name] = _dumps(value)
    states = tuple(only)
    names = ", ".join(f"{name} = ?" for name in columns)
    marks = ", ".join("?" * len(states))
    where = f"id = ? AND state IN ({marks})" if states else "id = ?"
    with connected() as db:
        done = db.execute(
            f"UPDATE jobs SET {names} WHERE {where}", (*columns.values(), job_id, *states)
        )
    return done.rowcount > 0


def remove(job_id: str) -> None:
    with connected() as db:
        db.execute("DELETE FROM events WHERE job = ?", (job_id,))
        db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))


def append(job_id: str, events: Iterable[tuple[float, Event]]) -> None:
    """Write events down, each with its time in seconds since 1970."""
    rows = []
    for at, event in events:
        kind, data = to_json(event)
        text = json.dumps(data, ensure_ascii=False)
        rows.append((job_id, kind, data.get("step", 0), at, text))
    with connected() as db:
        db.executemany(
            "INSERT INTO events (job, kind, step, time, data) VALUES (?, ?, ?, ?, ?)", rows
        )


def forget_after(job_id: str, step: int) -> None:
    """Drop the events of steps that a resumed training will take again."""
    with connected() as db:
        db.execute(
            "DELETE FROM events WHERE job = ? AND step > ? AND kind IN ('step', 'epoch')",
            (job_id, step),
        )


def events(job_id: str, after: int = 0) -> list[Logged[Event]]:
    """What happened after event number `after`, in order. A row that is damaged, or of a kind that
    this version does not know, is left out: it costs only itself."""
    with connected() as db:
        rows = db.execute(
            "SELECT * FROM events WHERE job = ? AND n > ? ORDER BY n", (job_id, after)
        ).fetchall()
    return [one for row in rows if (one := _logged(row))]


def events_of(kind: type[E], job_id: str) -> list[Logged[E]]:
    """All events of one kind, in order."""
    with connected() as db:
        rows = db.execute(
            "SELECT * FROM events WHERE job = ? AND kind = ? ORDER BY n", (job_id, kind.kind)
        ).fetchall()
    return [
        Logged(one.n, one.time, one.event)
        for row in rows
        if (one := _logged(row)) and isinstance(one.event, kind)
    ]


def first(kind: type[E], job_id: str) -> E | None:
    """The first event of a kind. It reads one row and not the whole log."""
    return _one(kind, job_id, "SELECT * FROM events WHERE job = ? AND kind = ? ORDER BY n LIMIT 1")


def last(kind: type[E], job_id: str) -> E | None:
    """The last event of a kind, as `first`."""
    return _one(
        kind, job_id, "SELECT * FROM events WHERE job = ? AND kind = ? ORDER BY n DESC LIMIT 1"
    )


def _one(kind: type[E], job_id: str, query: str) -> E | None:
    with connected() as db:
        row = db.execute(query, (job_id, kind.kind)).fetchone()
    found = _logged(row) if row else None
    return found.event if found and isinstance(found.event, kind) else None


def _logged(row: sqlite3.Row) -> Logged[Event] | None:
    try:
        data = json.loads(row["data"])
        event = from_json(row["kind"], data if isinstance(data, dict) else {})
    except ValueError:
        return None
    return Logged(row["n"], row["time"], event)


def _job(row: sqlite3.Row) -> Job:
    values = dict(row)
    for name in ("request", "error", "metrics"):
        values[name] = json.loads(values[name]) if values[name] else None
    values["request"] = Request.from_json(values["request"] or {})
    values["error"] = Failure.from_json(values["error"]) if values["error"] else None
    values["metrics"] = values["metrics"] or {}
    values["handle"] = _handle(values.pop("pid"), values.pop("born"))
    del values["stop"]
    return Job(**values)


def _handle(pid: str | int | None, born: float | None) -> str | None:
    """A worker's handle; of a row of the first version, which had a process's number and start, the one
    that `launcher.LocalProcesses` would have given it."""
    return f"{pid} {born or 0}" if isinstance(pid, int) else pid


def _dumps(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
