"""Who may write into a run's folder: the group of processes that holds its lease.

The lease is a lock on the file `lease` of the folder, which the operating system frees when a process ends
however it ends. Whoever starts a group takes the lock alone, which works only when nobody of an earlier group
lives, writes the group's token into the file and hands the lock on to the first process; every further process
joins by sharing the lock, and leaves at once where the file names another group by then. No clock is asked.

Where the operating system has no such lock (Windows), or the disk does not know it, a launcher's handle alone
says who lives.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import N_, JobError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TOKEN = "PORTAL_RUN_TOKEN"
"""Environment variable with the token of the group that a process belongs to."""


@contextmanager
def claimed(file: Path) -> Iterator[tuple[str, int]]:
    """The token of a new group and the descriptor that its first process inherits, by which it holds the lease.

    Raises:
        JobError: somebody of an earlier group still lives. DiskError, OSError: the file cannot be written.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _lock(descriptor, alone=True):
            raise _taken(file)
        token = uuid.uuid4().hex
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, token.encode(), 0)
        _lock(descriptor, alone=False)  # the others of the group share it
        yield token, descriptor
    finally:
        os.close(descriptor)


def join(file: Path) -> None:
    """Hold the lease, until this process and all that it forks have ended, as one of the group whose token stands
    in the environment; a process that nobody gave one begins a group of its own.

    Raises:
        JobError: another group holds it, or has taken over since this process was started.
    """
    mine = os.environ.get(TOKEN)
    if mine is None:
        with claimed(file) as (mine, descriptor):
            os.environ[TOKEN] = mine
            os.dup(descriptor)  # shares the lock, and is never closed
        return
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    if not _lock(descriptor, alone=False) or holder(file) != mine:
        os.close(descriptor)
        raise _taken(file)


def holder(file: Path) -> str | None:
    """The token of the last group; None where there was none."""
    with suppress(OSError):
        return file.read_text("ascii", "replace").strip() or None
    return None


def _taken(file: Path) -> JobError:
    return JobError(
        N_("An earlier worker of this run is still at work in {folder}. End it, then resume."),
        folder=str(file.parent),
    )


def _lock(descriptor: int, *, alone: bool) -> bool:
    """Take the lock without waiting; False where somebody has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a disk without locks: `files.probe` tells of it
        return True
    return True
