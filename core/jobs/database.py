"""The SQLite file of the jobs: where it is, brought to this version's schema, looked through for damage, and every
failure of it told in words. `core.jobs.access` reads and writes through it.

Schema versions go forwards: `MIGRATIONS[n]` leads from version n to n + 1. A file of a later version is refused and
left as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from core import files
from core.errors import N_, JobError
from core.settings import settings

T = TypeVar("T")

MIGRATIONS = (
    """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, task TEXT, name TEXT, state TEXT, device TEXT, request TEXT,
    created REAL, started REAL, ended REAL, pid INTEGER, born REAL, stop INTEGER DEFAULT 0,
    error TEXT, model TEXT, metrics TEXT
);
CREATE TABLE IF NOT EXISTS events (
    n INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT, kind TEXT, step INTEGER, time REAL, data TEXT
);
CREATE INDEX IF NOT EXISTS events_of_a_job ON events (job, n);
""",
)
VERSION = len(MIGRATIONS)
"""The schema that this version of the portal reads and writes."""
BUSY_S = 10.0
"""Seconds to wait for another process that is writing."""
LACKS = ("no such table", "no such column", "has no column")
"""What SQLite says of a file whose schema is not what its version number promises."""


class DamagedStoreError(JobError):
    """The file cannot be read as a database of jobs."""


def folder() -> Path:
    return settings().data / "jobs"


def file() -> Path:
    return folder() / "jobs.sqlite"


def rebuilding() -> FileLock:
    """Held by whoever makes or replaces the file."""
    return FileLock(folder() / "rebuild.lock", timeout=60)


def is_there() -> bool:
    """Whether anything of jobs is on this computer: the file, or folders to rebuild it from. Looking creates
    nothing."""
    return file().exists() or any(folder().glob("*/job.json")) or any(folder().glob("*/row.json"))


def prepare(connection: sqlite3.Connection) -> None:
    """Set a connection up and bring its file to this version's schema.

    Raises:
        JobError: it is of a later version.
    """
    connection.row_factory = sqlite3.Row
    # With the write-ahead log a power cut may lose the last events but never breaks the file, and
    # a run need not wait for the disk at each of them.
    connection.execute("PRAGMA synchronous=NORMAL")
    version = version_of(connection)
    refuse_later(version)
    if version < VERSION:  # every page asks, so what lasts is done once
        with rebuilding():
            connection.execute("PRAGMA journal_mode=WAL")
            for known in range(version_of(connection), VERSION):
                steps = f"{MIGRATIONS[known]} PRAGMA user_version = {known + 1};"
                connection.executescript(f"BEGIN IMMEDIATE; {steps} COMMIT;")


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a file, and it has what its version promises."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if 0 < version_of(connection) <= VERSION:
                connection.execute("SELECT request, metrics FROM jobs LIMIT 1").fetchall()
                connection.execute("SELECT data FROM events LIMIT 1").fetchall()
            return bool(verdict == "ok")
    except sqlite3.DatabaseError as error:
        if damages(error):
            return False
        raise


def damages(error: sqlite3.Error) -> bool:
    """Whether an error means that the file itself is damaged."""
    code = getattr(error, "sqlite_errorname", "") or ""
    return code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or str(error).startswith(LACKS)


def version_of(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def refuse_later(version: int) -> None:
    if version > VERSION:
        raise JobError(
            N_(
                "The jobs in {file} were stored by a later version of the portal (schema {found}; this version "
                "knows {known}). Update the portal. Nothing was changed."
            ),
            file=str(file()),
            found=version,
            known=VERSION,
        )


@contextmanager
def telling() -> Iterator[None]:
    """SQLite's errors in words."""
    try:
        with files.telling(str(file())):
            yield
    except sqlite3.DatabaseError as error:
        if damages(error):
            raise DamagedStoreError(
                N_("The file of the jobs is damaged ({why})."), why=str(error)
            ) from error
        if str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise JobError(
                N_(
                    "Another process has been writing into {file} for {seconds:.0f} s. Try again; if it stays, "
                    "end that process."
                ),
                file=str(file()),
                seconds=BUSY_S,
            ) from error
        raise
