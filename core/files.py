"""Files and folders that are replaced atomically, and what a full disk looks like."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import N_, DiskFullError


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A folder to write into that takes the place of `target` once the block has ended well.

    Raises:
        DiskFullError: there was no room; `target` is as it was.
    """
    temporary = beside(target)
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        temporary.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if out_of_space(error):
            raise disk_full(target.name) from error
        raise


@contextmanager
def placing(target: Path) -> Iterator[Path]:
    """A file to write that takes the place of `target` once the block has ended well.

    Raises:
        DiskFullError: there was no room; `target` is as it was.
    """
    temporary = beside(target)
    try:
        yield temporary
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if out_of_space(error):
            raise disk_full(target.name) from error
        raise


def write(target: Path, text: str) -> None:
    """Put `text` into the place of `target` once all of it is written."""
    with placing(target) as new:
        new.write_text(text, "utf-8")


def beside(target: Path) -> Path:
    """Where `replacing` writes before it renames."""
    return target.with_name(f".{target.name}.new")


def slug(name: str) -> str:
    """`name` as part of a folder name and an address: ASCII letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "data"


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
    # torch and safetensors report it as text
    return "No space left on device" in str(error) or "unexpected pos" in str(error)
