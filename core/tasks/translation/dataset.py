"""Pairs of sentences to learn a translation from: a table, TMX, XLIFF, PO, or aligned text files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO

from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import tables
from core.settings import settings
from core.tasks.translation.formats import aligned, memories, po, table

MEMORIES = (".tmx", ".xlf", ".xliff", ".sdlxliff")
SUFFIXES = (*tables.SUFFIXES, *MEMORIES, ".po", ".zip", ".txt")
"""Of files that `read` and `read_aligned` take."""


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A table with a column of sentences and one of translations, a TMX, XLIFF or PO file, or a zip with aligned text
    files. Languages are those that the file names (columns, tags, header, file names), and only where it names none
    what the sentences look like; in either case they must be two that the portal translates, or the draft has no
    samples.

    Raises:
        DataSetError: it is none of these, or without pairs. ArchiveError, DocumentError: it cannot be read.
    """
    draft = Draft(choices or {})
    suffix = Path(name).suffix.lower()
    if suffix == ".zip":
        return aligned.read_zip(draft, source, name)
    data = _contents(source, name)
    if suffix in MEMORIES:
        return memories.read(draft, data, name)
    if suffix == ".po":
        return po.read(draft, [(name, data)])
    if suffix in tables.SUFFIXES:
        return table.read(draft, data, name)
    raise DataSetError(
        N_("{name} is not one of the files that pairs of sentences are read from: {suffixes}."),
        name=name,
        suffixes=", ".join(SUFFIXES),
    )


def read_aligned(
    first: tuple[str, bytes],
    second: tuple[str, bytes],
    choices: Mapping[str, str] | None = None,
) -> Draft:
    """Two text files (name, contents) with a sentence on each line, the same on the same line.

    Raises:
        DataSetError: they have different numbers of lines.
    """
    return aligned.read(Draft(choices or {}), first, second)


def _contents(source: Path | IO[bytes], name: str) -> bytes:
    limit = settings().upload_mb * 1_000_000
    if isinstance(source, Path):
        with source.open("rb") as file:
            data = file.read(limit + 1)
    else:
        source.seek(0)
        data = source.read(limit + 1)
    if len(data) > limit:
        raise DataSetError(
            N_("{name} has more than {limit} MB (PORTAL_UPLOAD_MB). Split it into parts."),
            name=name,
            limit=settings().upload_mb,
        )
    return data
