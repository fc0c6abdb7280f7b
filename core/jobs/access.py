"""Reading and writing the SQLite file of the jobs. One that is damaged, empty or gone is rebuilt on the way (see
`core.jobs.recovery`); one that lies where nothing can be written is read all the same.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from core.errors import DiskError
from core.jobs import database, recovery
from core.jobs.database import DamagedStoreError

T = TypeVar("T")


@contextmanager
def connected() -> Iterator[sqlite3.Connection]:
    """A connection for one transaction: committed when the block ends well, rolled back otherwise.

    Raises:
        DamagedStoreError: the file is damaged. DiskError: it cannot be read or written. JobError: it is of a later
        version, or another process is writing all the time.
    """
    with database.telling():
        if not database.file().exists() or database.file().stat().st_size == 0:
            recovery.rebuild()
        with closing(sqlite3.connect(database.file(), timeout=database.BUSY_S)) as connection:
            database.prepare(connection)
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
        with database.telling():
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

    if not database.is_there():
        return []
    try:
        return transaction(ask)
    except DiskError:  # even to read, SQLite writes files beside its own
        if not database.file().exists():
            raise
    with database.telling(), _snapshot() as db:
        return ask(db)


@contextmanager
def _snapshot() -> Iterator[sqlite3.Connection]:
    """A copy of the file with the log of what was written last; the file alone where there is no room for one."""
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / database.file().name
        try:
            for suffix in ("", "-wal"):
                if Path(f"{database.file()}{suffix}").exists():
                    shutil.copyfile(f"{database.file()}{suffix}", f"{target}{suffix}")
            where = target.as_uri()
        except OSError:
            where = f"{database.file().as_uri()}?immutable=1"
        with closing(sqlite3.connect(where, uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            database.refuse_later(database.version_of(connection))
            yield connection
