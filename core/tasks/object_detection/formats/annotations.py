"""What an annotation says, whatever the format: a box as it was given, and where it was found."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import N_, ArchiveError
from core.inputs.archives import Archive


@dataclass(frozen=True)
class Target:
    """A box as it was given: centre and size as fractions of the image. `origin` names the file and
    the line, or the annotation, that says so."""

    index: int
    x: float
    y: float
    width: float
    height: float
    origin: str


def unreadable(archive: Archive, member: str, why: object) -> ArchiveError:
    """The error for a file that says something else than its format asks for."""
    return ArchiveError(
        N_("{member} in {name} cannot be read: {why}."), member=member, name=archive.name, why=why
    )
