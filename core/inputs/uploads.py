"""How large an upload may be, and how one is read no further than that."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from core.errors import N_, DocumentError, InputError
from core.settings import settings


def check_size(data: bytes, name: str, kind: type[InputError] = DocumentError) -> None:
    """Refuse what is over PORTAL_UPLOAD_MB.

    Raises:
        `kind`: it is; names size and limit.
    """
    limit = settings().upload_mb
    if len(data) > limit * 1_000_000:
        raise kind(
            N_("{name} has {size:.0f} MB; the limit is {limit} MB (PORTAL_UPLOAD_MB)."),
            name=name,
            size=len(data) / 1e6,
            limit=limit,
        )


def start(source: Path | IO[bytes]) -> bytes:
    """The file, or as much of it as shows that it is over PORTAL_UPLOAD_MB."""
    limit = settings().upload_mb * 1_000_000 + 1
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(limit)
    source.seek(0)
    return source.read(limit)


def contents(source: Path | IO[bytes], name: str) -> bytes:
    """The file.

    Raises:
        DocumentError: it is over PORTAL_UPLOAD_MB.
    """
    data = start(source)
    if len(data) > settings().upload_mb * 1_000_000:
        raise DocumentError(
            N_("{name} has more than {limit} MB (PORTAL_UPLOAD_MB). Split it into parts."),
            name=name,
            limit=settings().upload_mb,
        )
    return data
