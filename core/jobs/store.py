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
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal

from pydantic import TypeAdapter, ValidationError

from core.errors import N_, Failure, JobError
from core.jobs import access, database, mirror
from core.jobs.access import connected as connected
from core.jobs.request import Request
from core.plain import Json, Row
from core.training.events import E, Event, from_json, to_json
from core.training.run_folder import RunFolder

State = Literal[
    "queued", "preparing", "running", "stopping", "done", "stopped", "failed", "interrupted"
]
ACTIVE: tuple[State, ...] = ("preparing", "running", "stopping")
"""States that need a living worker."""
BY_NUMBER = "#"
"""What the id of a damaged row begins with that has no usable one: its number follows."""
ENDED: tuple[State, ...] = ("done", "stopped", "failed", "interrupted")


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
        return folder(self.id)

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


@dataclass(frozen=True)
class Damaged:
    """A row that cannot be read. `id` names it for `queue.delete`; `why` is what is wrong, in English."""

    id: str
    why: str


def folder(job_id: str) -> Path:
    """Where a job keeps its files."""
    return database.folder() / job_id


def create(task: str, name: str, device: str, request: Request) -> Job:
    job_id = uuid.uuid4().hex[:8]

    def insert(db: sqlite3.Connection) -> None:
        db.execute(
            "INSERT INTO jobs (id, task, name, state, device, request, created, metrics) "
            "VALUES (?, ?, ?, 'queued', ?, ?, ?, '{}')",
            (job_id, task, name, device, _dumps(request.to_json()), time.time()),
        )
        folder(job_id).mkdir(parents=True, exist_ok=True)
        mirror.row(db, job_id)

    access.transaction(insert)
    return find(job_id)


def find(job_id: str) -> Job:
    """The job called `job_id`.

    Raises:
        JobError: there is none, or its row is damaged.
    """
    found = access.rows("SELECT rowid, * FROM jobs WHERE id = ?", (job_id,))
    if not found:
        raise JobError(N_("There is no job “{id}”. It may have been deleted."), id=job_id)
    try:
        return _job(found[0])
    except (ValueError, TypeError) as error:
        raise JobError(
            N_("What is stored of the job “{id}” is damaged ({why}). It can only be deleted."),
            id=job_id,
            why=_first_line(error),
        ) from error


def jobs(task: str | None = None) -> list[Job]:
    """The jobs of one task (or all), newest first. Looking creates nothing. For those that cannot be read see
    `damaged`."""
    return [one for one in _everything() if isinstance(one, Job) and task in (None, one.task)]


def damaged() -> list[Damaged]:
    """The rows that cannot be read."""
    return [one for one in _everything() if isinstance(one, Damaged)]


def _everything() -> list[Job | Damaged]:
    """In the order in which they were submitted, the last first: clocks may be set back, row numbers only grow."""
    return [_read(row) for row in access.rows("SELECT rowid, * FROM jobs ORDER BY rowid DESC")]


def _read(row: sqlite3.Row) -> Job | Damaged:
    try:
        return _job(row)
    except (ValueError, TypeError) as error:
        known = row["id"]
        return Damaged(
            known if _is_a_name(known) else f"{BY_NUMBER}{row['rowid']}", _first_line(error)
        )


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

    def update(db: sqlite3.Connection) -> bool:
        done = db.execute(
            f"UPDATE jobs SET {names} WHERE {where}", (*columns.values(), job_id, *states)
        )
        if done.rowcount:
            mirror.row(db, job_id)
        return done.rowcount > 0

    return access.transaction(update)


def remove(job_id: str) -> None:
    """Forget a job, or a damaged row."""

    def delete(db: sqlite3.Connection) -> None:
        if job_id.startswith(BY_NUMBER):
            db.execute("DELETE FROM jobs WHERE rowid = ?", (job_id.removeprefix(BY_NUMBER),))
        db.execute("DELETE FROM events WHERE job = ?", (job_id,))
        db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    access.transaction(delete)


def append(job_id: str, events: Iterable[tuple[float, Event]]) -> None:
    """Write events down, each with its time in seconds since 1970."""
    rows = []
    for at, event in events:
        kind, data = to_json(event)
        text = json.dumps(data, ensure_ascii=False)
        rows.append((job_id, kind, data.get("step", 0), at, text))

    def insert(db: sqlite3.Connection) -> None:
        db.executemany(
            "INSERT INTO events (job, kind, step, time, data) VALUES (?, ?, ?, ?, ?)", rows
        )
        mirror.events(db, job_id, rows)

    access.transaction(insert)


def forget_after(job_id: str, step: int) -> None:
    """Drop the events of steps that a resumed training will take again."""
    access.transaction(
        lambda db: db.execute(
            "DELETE FROM events WHERE job = ? AND step > ? AND kind IN ('step', 'epoch')",
            (job_id, step),
        )
    )


def events(job_id: str, after: int = 0) -> list[Logged[Event]]:
    """What happened after event number `after`, in order. A row that is damaged, or of a kind that
    this version does not know, is left out: it costs only itself."""
    rows = access.rows("SELECT * FROM events WHERE job = ? AND n > ? ORDER BY n", (job_id, after))
    return [one for row in rows if (one := _logged(row))]


def events_of(kind: type[E], job_id: str) -> list[Logged[E]]:
    """All events of one kind, in order."""
    rows = access.rows(
        "SELECT * FROM events WHERE job = ? AND kind = ? ORDER BY n", (job_id, kind.kind)
    )
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
    rows = access.rows(query, (job_id, kind.kind))
    found = _logged(rows[0]) if rows else None
    return found.event if found and isinstance(found.event, kind) else None


def _logged(row: sqlite3.Row) -> Logged[Event] | None:
    try:
        data = json.loads(row["data"])
        event = from_json(row["kind"], data if isinstance(data, dict) else {})
    except ValueError:
        return None
    return Logged(row["n"], row["time"], event)


def _job(row: sqlite3.Row) -> Job:
    """Raises ValueError, TypeError where the row is damaged. Columns of later versions are passed over."""
    known = _COLUMNS.validate_python(dict(row))
    if not _is_a_name(known.id):
        raise ValueError("the id is no name")
    request, error = _object(row["request"]), _object(row["error"])
    metrics = {name: float(value) for name, value in _object(row["metrics"]).items()}  # type: ignore[arg-type]
    return Job(
        **vars(known),
        request=Request.from_json(request),
        handle=_handle(row["pid"], row["born"]),
        error=Failure.from_json(error) if error else None,
        metrics=metrics,
    )


@dataclass(frozen=True)
class _Columns:
    """What stands in a row as it is."""

    id: str
    task: str
    name: str
    state: State
    device: str
    created: float
    started: float | None
    ended: float | None
    model: str | None


_COLUMNS = TypeAdapter(_Columns)


def _object(text: str | None) -> Row:
    found = json.loads(text) if text else {}
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _is_a_name(job_id: object) -> bool:
    """Whether it can be part of a path: whoever damages a row must not have other folders deleted."""
    return isinstance(job_id, str) and Path(job_id).name == job_id and job_id not in ("", "..")


def _first_line(error: Exception) -> str:
    """A library's own words, short."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error).partition("\n")[0]


def _handle(pid: str | int | None, born: float | None) -> str | None:
    """A worker's handle; of a row of the first version, which had a process's number and start, the one
    that `launcher.LocalProcesses` would have given it."""
    return f"{pid} {born or 0}" if isinstance(pid, int) else pid


def _dumps(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)
