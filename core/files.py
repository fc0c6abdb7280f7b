"""Files and folders that are replaced atomically, what a failing disk looks like, and what a folder is fit for."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import N_, DiskError, DiskFullError, PortalError
from core.settings import settings


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `target` once the block has ended well.

    Raises:
        DiskError: there was no room, or the folder is read-only; `target` is as it was.
    """
    settle(target)
    temporary = beside(target)
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        yield temporary
        old = _aside(target)
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        temporary.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if (failure := disk_failure(error, target.name)) and failure is not error:
            raise failure from error
        raise


@contextmanager
def placing(target: Path) -> Iterator[Path]:
    """A file to write that takes the place of `target` once the block has ended well.

    Raises:
        DiskError: there was no room, or the folder is read-only; `target` is as it was.
    """
    temporary = beside(target)
    try:
        yield temporary
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if (failure := disk_failure(error, target.name)) and failure is not error:
            raise failure from error
        raise


def write(target: Path, text: str) -> None:
    """Put `text` into the place of `target` once all of it is written."""
    with placing(target) as new:
        new.write_text(text, "utf-8")


def beside(target: Path) -> Path:
    """Where `replacing` writes before it renames."""
    return target.with_name(f".{target.name}.new")


def settle(target: Path) -> None:
    """Put back the folder that `replacing` had moved aside when it was killed before the new one took its place."""
    old = _aside(target)
    if old.exists() and not target.exists():
        old.rename(target)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.old")


def slug(name: str) -> str:
    """`name` as part of a folder name and an address: ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "data"


def remove_tree(folder: Path) -> None:
    """Delete a folder with all that is in it; nothing happens where there is none.

    Raises:
        DiskError: some of it is still there, which a read-only disk or somebody else's file brings about.
    """
    kept: list[BaseException] = []
    shutil.rmtree(folder, onerror=lambda _call, _path, info: kept.append(info[1]))
    if folder.exists() and kept:
        raise disk_failure(kept[0], folder.name) or kept[0]


# --- what a failing disk looks like ---


def disk_full(what: str) -> DiskFullError:
    """There was no room to write `what`."""
    return DiskFullError(
        N_(
            "The disk is full: {folder} could not be written. Free some space, then resume; "
            "what was saved before is kept."
        ),
        folder=what,
    )


def out_of_space(error: BaseException) -> bool:
    """Whether a failed write means that the disk (or a quota) is full; libraries wrap the error."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    # torch, safetensors and SQLite report it as text
    return any(
        words in str(error)
        for words in ("No space left on device", "unexpected pos", "database or disk is full")
    )


def disk_failure(error: BaseException, what: str = "") -> DiskError | None:
    """The clear error for a failure of the disk, whichever library met it; None where it was something else.

    `what` names the file or folder where the error itself does not.
    """
    if isinstance(error, DiskError):
        return error
    if isinstance(error, PortalError):
        return None
    named = str(getattr(error, "filename", None) or what or settings().data)
    if out_of_space(error):
        return disk_full(named)
    known = error.errno if isinstance(error, OSError) else None
    sqlite = _of_sqlite(error)
    if (
        known == errno.EROFS
        or sqlite == "READONLY"
        or (sqlite == "CANTOPEN" and _is_read_only(Path(named)))
    ):
        return DiskError(
            N_("{file} cannot be written: the disk or the folder is read-only."), file=named
        )
    # a permission without a file's name is one for something else, such as ending a process
    if (known in (errno.EACCES, errno.EPERM) and getattr(error, "filename", None)) or (
        sqlite in ("CANTOPEN", "PERM")
    ):
        return DiskError(
            N_(
                "{file} cannot be opened: this account is not allowed to. Change the permissions of the "
                "folder, or choose another one with PORTAL_DATA."
            ),
            file=named,
        )
    if sqlite == "IOERR" and _is_full(
        Path(named)
    ):  # SQLite does not say why it cannot have more room
        return disk_full(named)
    if known in (errno.EIO, errno.ESTALE) or sqlite == "IOERR":
        return DiskError(
            N_("The disk fails: {file} cannot be read or written ({why})."), file=named, why=error
        )
    return None


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(_existing(path)).free < NOTHING
    except OSError:
        return False


def _is_read_only(path: Path) -> bool:
    try:
        return bool(os.statvfs(_existing(path)).f_flag & os.ST_RDONLY)
    except (OSError, AttributeError):  # Windows knows none of it
        return False


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that is there."""
    return next((one for one in (path, *path.parents) if one.exists()), path)


def _of_sqlite(error: BaseException) -> str:
    """The primary name of SQLite's own error code (READONLY, IOERR, …); "" for other errors."""
    name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_")
    return name.partition("_")[0]


NOTHING = 100_000
"""Bytes with which a disk counts as full where a library does not tell."""


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Turn a failure of the disk inside the block into the clear error about `what`."""
    try:
        yield
    except Exception as error:
        if (failure := disk_failure(error, what)) and failure is not error:
            raise failure from error
        raise


# --- the state of a folder ---


@dataclass(frozen=True)
class FolderState:
    """What a folder is fit for. `trouble` says in words what it lacks; None: nothing."""

    folder: Path
    free_mb: float
    trouble: PortalError | None = None


LITTLE_MB = 500.0
"""Less room than this is told: a checkpoint of a small model with its optimiser takes as much."""


def probe(folder: Path) -> FolderState:
    """Try in `folder` what the portal needs of it: room, writing, renaming over a file, locks."""
    try:
        free_mb = shutil.disk_usage(_existing(folder)).free / 1e6
    except OSError as error:
        return FolderState(
            folder, 0.0, disk_failure(error, str(folder)) or _unusable(folder, error)
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".probe", dir=folder) as place:
            _try_out(Path(place))
    except Exception as error:  # filelock has errors of its own
        trouble = disk_failure(error, str(folder)) or _unusable(folder, error)
        return FolderState(folder, free_mb, trouble)
    if free_mb < LITTLE_MB:
        little = N_("Only {free:.0f} MB are free in {folder}: a fine-tuning may fill the disk.")
        return FolderState(folder, free_mb, DiskError(little, free=free_mb, folder=folder))
    return FolderState(folder, free_mb)


def _try_out(place: Path) -> None:
    from filelock import FileLock

    old, new = place / "old", place / "new"
    old.write_text("old", "utf-8")
    new.write_text("new", "utf-8")
    new.replace(old)
    if old.read_text("utf-8") != "new":
        raise OSError(errno.EIO, "a file that was replaced reads as before", str(old))
    with FileLock(place / "lock", timeout=1):
        pass


def _unusable(folder: Path, why: BaseException) -> DiskError:
    return DiskError(
        N_(
            "The folder {folder} cannot be used ({why}): it needs renames and locks. Choose another one "
            "with PORTAL_DATA, on a disk of this computer."
        ),
        folder=folder,
        why=why,
    )
