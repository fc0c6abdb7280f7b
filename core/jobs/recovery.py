"""The store of the jobs, kept safe: checked and backed up by the server, rebuilt where it is damaged or gone.

A damaged file is set aside under another name. The new one is made of what can still be read in it, of the newest
good backup, and of the jobs' folders, which hold their rows and events once more (`core.jobs.mirror`). What a job
says of itself counts first.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from core import files
from core.errors import PortalError
from core.jobs import database, mirror
from core.jobs.mirror import EventRow
from core.models import finetuned, weights
from core.plain import Json, Row
from core.settings import settings
from core.training.run_folder import RunFolder

KEPT = 3
"""Backups."""
EVERY_S = 600.0
"""Seconds between two looks whether something has changed since the last backup."""
ASIDE = ".damaged-"
log = logging.getLogger("portal")


class Keeper:
    """Checks the store once and backs it up when it has changed; asked for every now and then by one thread."""

    def __init__(self) -> None:
        self._looked: float | None = None
        self._state: tuple[float, ...] = ()

    def look(self) -> None:
        """Do what is due.

        Raises:
            DiskError: there is no room for a backup.
        """
        if self._looked is not None and time.monotonic() - self._looked < EVERY_S:
            return
        first, self._looked = self._looked is None, time.monotonic()
        if not database.is_there():
            return
        if first and not database.is_sound(database.file()):
            rebuild()
        if (state := _state()) != self._state:
            back_up()
            self._state = state


def _state() -> tuple[float, ...]:
    """Changes whenever something was written."""
    paths = [Path(f"{database.file()}{suffix}") for suffix in ("", "-wal")]
    found = [path.stat() for path in paths if path.exists()]
    return tuple(value for one in found for value in (one.st_mtime_ns, one.st_size))


# --- backups ---


def back_up() -> Path | None:
    """Copy the store as it is now, whoever is writing; None where the copy is damaged, which is not kept.

    Raises:
        DiskError: it cannot be written.
    """
    place = _backups()
    found = backups()
    # numbered, since clocks may be set back
    number = int(found[0].stem.rpartition("-")[2]) + 1 if found else 1
    target = place / f"jobs-{number:06}.sqlite"
    with files.telling(str(target)):
        place.mkdir(parents=True, exist_ok=True)
        with files.placing(target) as new:
            new.unlink(missing_ok=True)
            with (
                closing(sqlite3.connect(database.file(), timeout=database.BUSY_S)) as source,
                closing(sqlite3.connect(new)) as copy,
            ):
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            sound = database.is_sound(new)
    if not sound:
        target.unlink()
        return None
    for old in backups()[KEPT:]:
        old.unlink(missing_ok=True)
    return target


def backups() -> list[Path]:
    """The backups there are, newest first."""
    return sorted(_backups().glob("jobs-[0-9]*.sqlite"), reverse=True)


def set_aside() -> list[Path]:
    """The damaged files that were kept, the last one first."""
    found = database.folder().glob(f"{database.file().name}{ASIDE}*")
    return sorted((one for one in found if not one.name.endswith("-wal")), reverse=True)


def forget_aside() -> None:
    """Delete the damaged files that were kept."""
    for path in database.folder().glob(f"{database.file().name}{ASIDE}*"):
        path.unlink(missing_ok=True)


def _backups() -> Path:
    return database.folder() / "backups"


# --- rebuilding ---


def rebuild() -> None:
    """Make the store anew where it is damaged, empty or gone; one that is sound stays.

    Raises:
        DiskError: the new file cannot be written; the damaged one is where it was.
    """
    with files.telling(str(database.file())):
        database.folder().mkdir(parents=True, exist_ok=True)
        with database.rebuilding():
            if database.is_sound(database.file()):  # somebody else was quicker
                return
            jobs, events = _collect()
            new = database.file().with_name(".jobs.sqlite.new")
            new.unlink(missing_ok=True)
            try:
                _write(new, jobs, events)
                _move_aside()
                new.replace(database.file())
            finally:
                new.unlink(missing_ok=True)
    if jobs:
        log.warning("the store of the jobs was rebuilt with %d jobs", len(jobs))


def _collect() -> tuple[dict[str, Row], dict[str, list[EventRow]]]:
    """Rows and events by job, each from the best source."""
    jobs: dict[str, Row] = {}
    events: dict[str, list[EventRow]] = {}
    folders = [one for one in database.folder().iterdir() if _is_a_run(one)]
    there = {one.name for one in folders}
    for source in (*reversed(backups()), database.file()):
        found = _readable(source, "jobs")
        # of a job that has left no folder only one that waits is known to be no deleted one
        jobs |= {
            str(one["id"]): one
            for one in found
            if str(one["id"]) in there or one.get("state") == "queued"
        }
        told: dict[str, list[EventRow]] = {}
        for one in _readable(source, "events"):
            event = (one["job"], one["kind"], one["step"], one["time"], one["data"])
            told.setdefault(str(one["job"]), []).append(event)  # type: ignore[arg-type]
        _take(events, told)
    for folder in folders:
        row = mirror.read_row(folder) or jobs.get(folder.name) or _of_first_version(folder)
        if row:
            jobs[folder.name] = row
        _take(events, {folder.name: list(mirror.read_events(folder))})
    return jobs, {job: told for job, told in events.items() if job in jobs}


def _take(events: dict[str, list[EventRow]], told: Mapping[str, list[EventRow]]) -> None:
    """Keep of each job the source that knows at least as much."""
    for job, found in told.items():
        if len(found) >= len(events.get(job, ())):
            events[job] = found


def _readable(path: Path, table: str) -> list[Row]:
    """The rows of a table up to the first place that cannot be read, without touching the file."""
    found: list[Row] = []
    if not path.exists():
        return found
    with suppress(sqlite3.Error, ValueError, OverflowError):
        where = f"{path.as_uri()}?mode=ro"
        with closing(sqlite3.connect(where, uri=True, timeout=database.BUSY_S)) as db:
            db.row_factory = sqlite3.Row
            for row in db.execute(f"SELECT * FROM {table} ORDER BY rowid"):
                found.append(dict(row))
    return found


def _is_a_run(path: Path) -> bool:
    run = RunFolder(path)
    return path.is_dir() and (run.row.exists() or run.description.exists())


def _of_first_version(folder: Path) -> Row | None:
    """The row of a job whose folder holds no copy of it, from what was written beside the training; None where
    even the application cannot be told."""
    try:
        request = json.loads(RunFolder(folder).description.read_bytes())
        environment = request.pop("environment", None)
    except (OSError, ValueError, AttributeError):
        return None
    del environment
    card = _card(folder.name)
    data = request.get("data")
    found = list(settings().data.glob(f"datasets/*/{data}")) if isinstance(data, str) else []
    task = card["task"] if card else found[0].parent.name if found else None
    if task is None:
        return None
    row: Row = {
        "id": folder.name,
        "task": task,
        "name": card["title"] if card else str(data),
        "state": "done" if card else "interrupted",
        "device": "cpu",
        "request": json.dumps(request, ensure_ascii=False),
        "created": folder.stat().st_mtime,
        "ended": folder.stat().st_mtime,
        "model": card["id"] if card else None,
        "metrics": json.dumps(card["metrics"] if card else {}),
    }
    return row


def _card(job_id: str) -> dict[str, Json] | None:
    """The card of the model that a job made."""
    for path in settings().data.glob(f"models/*/{weights.MANIFEST}"):
        with suppress(OSError, ValueError, PortalError):
            card = finetuned.read_card(path.parent / finetuned.CARD)
            if card.job == job_id:
                return {**card.model_dump(mode="json"), "id": path.parent.name}
    return None


def _write(target: Path, jobs: Mapping[str, Row], events: Mapping[str, list[EventRow]]) -> None:
    with closing(sqlite3.connect(target)) as db:
        for version, steps in enumerate(database.MIGRATIONS):
            db.executescript(f"{steps} PRAGMA user_version = {version + 1};")
        columns = [row[1] for row in db.execute("PRAGMA table_info(jobs)")]
        with db:
            for row in sorted(jobs.values(), key=_created):
                _insert(db, [name for name in columns if name in row], row)
            # Events go on with greater numbers than any that somebody has seen.
            db.execute(
                "INSERT INTO sqlite_sequence (name, seq) VALUES ('events', ?)", (_start(jobs),)
            )
            for told in events.values():
                db.executemany(
                    "INSERT INTO events (job, kind, step, time, data) VALUES (?, ?, ?, ?, ?)", told
                )
        db.execute("PRAGMA journal_mode=WAL")
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)


def _insert(db: sqlite3.Connection, names: Iterable[str], row: Row) -> None:
    names = list(names)
    with suppress(sqlite3.Error):  # a value that no column holds: of a damaged copy
        db.execute(
            f"INSERT INTO jobs ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            [row[name] for name in names],
        )


def _created(row: Row) -> float:
    created = row.get("created")
    return float(created) if isinstance(created, int | float) else 0.0


def _start(jobs: Mapping[str, Row]) -> int:
    """A greater number than any event was ever counted by; 0 for a store that has never been used."""
    return int(time.time()) if jobs else 0


def _move_aside() -> None:
    """Keep the damaged file for whoever wants to look into it. An empty one is nothing."""
    file = database.file()
    moved = f"{file}{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for suffix in ("-wal", "-shm"):  # first, so that no log is taken for one of the new file
        with suppress(FileNotFoundError):
            if suffix == "-shm":
                os.unlink(f"{file}{suffix}")
            else:
                os.replace(f"{file}{suffix}", f"{moved}{suffix}")
    if file.exists() and file.stat().st_size:
        os.replace(file, moved)
