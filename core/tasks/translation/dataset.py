"""Pairs of sentences to learn a translation from: a table, TMX, XLIFF, PO, or aligned text files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO

from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import tables, uploads
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
    data = uploads.contents(source, name)
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
