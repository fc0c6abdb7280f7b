"""The SQLite file of the jobs: opened, brought to this version's schema, read where nothing can be written, and every
failure of it told in words. One that is damaged is set aside and rebuilt; see `core.jobs.recovery`.

Schema versions go forwards: `MIGRATIONS[n]` leads from version n to n + 1. A file of a later version is refused and
left as it is.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from core import files
from core.errors import N_, DiskError, JobError
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


@contextmanager
def connected() -> Iterator[sqlite3.Connection]:
    """A connection for one transaction: committed when the block ends well, rolled back otherwise.

    Raises:
        DamagedStoreError: the file is damaged. DiskError: it cannot be read or written. JobError: it is of a later
        version, or another process is writing all the time.
    """
    with _telling():
        if not file().exists() or file().stat().st_size == 0:
            from core.jobs import recovery

            recovery.rebuild()
        with closing(sqlite3.connect(file(), timeout=BUSY_S)) as connection:
            prepare(connection)
            with connection:
                yield connection


def transaction(work: Callable[[sqlite3.Connection], T]) -> T:
    """What `work` gives, done in a transaction; once more where the file was damaged and had to be rebuilt.

    Raises:
        as `connected`.
    """
    try:
        with connected() as db:
            return work(db)
    except DamagedStoreError:
        from core.jobs import recovery

        with _telling():
            recovery.rebuild()
    with connected() as db:
        return work(db)


def rows(sql: str, parameters: Sequence[object] = ()) -> list[sqlite3.Row]:
    """What a question gives, also from a folder in which nothing can be written.

    Raises:
        as `connected`.
    """

    def ask(db: sqlite3.Connection) -> list[sqlite3.Row]:
        return db.execute(sql, tuple(parameters)).fetchall()

    if not is_there():
        return []
    try:
        return transaction(ask)
    except DiskError:  # even to read, SQLite writes files beside its own
        if not file().exists():
            raise
    with _telling(), _snapshot() as db:
        return ask(db)


@contextmanager
def _snapshot() -> Iterator[sqlite3.Connection]:
    """A copy of the file with the log of what was written last; the file alone where there is no room for one."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / file().name
        try:
            for suffix in ("", "-wal"):
                if Path(f"{file()}{suffix}").exists():
                    shutil.copyfile(f"{file()}{suffix}", f"{target}{suffix}")
            where = target.as_uri()
        except OSError:
            where = f"{file().as_uri()}?immutable=1"
        with closing(sqlite3.connect(where, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            _refuse_later(_version(connection))
            yield connection


def prepare(connection: sqlite3.Connection) -> None:
    """Set a connection up and bring its file to this version's schema.

    Raises:
        JobError: it is of a later version.
    """
    connection.row_factory = sqlite3.Row
    # With the write-ahead log a power cut may lose the last events but never breaks the file, and
    # a run need not wait for the disk at each of them.
    connection.execute("PRAGMA synchronous=NORMAL")
    version = _version(connection)
    _refuse_later(version)
    if version < VERSION:  # every page asks, so what lasts is done once
        with rebuilding():
            connection.execute("PRAGMA journal_mode=WAL")
            for known in range(_version(connection), VERSION):
                steps = f"{MIGRATIONS[known]} PRAGMA user_version = {known + 1};"
                connection.executescript(f"BEGIN IMMEDIATE; {steps} COMMIT;")


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a file, and it has what its version promises."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if 0 < _version(connection) <= VERSION:
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


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _refuse_later(version: int) -> None:
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
def _telling() -> Iterator[None]:
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
