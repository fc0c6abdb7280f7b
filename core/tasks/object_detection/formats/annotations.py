"""What annotations say, whatever their format: boxes as they were given, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.errors import N_, DataSetError

MOST_BOXES = 10_000
"""Boxes in one image, and lines in one label file."""
MOST_TOTAL = 500_000
"""Boxes in one archive."""

Numbers = tuple[float, float, float, float]
Size = tuple[float, float]
"""Width, height."""


@dataclass(slots=True)
class Mark:
    """A box as it was given: the number of its class, and four numbers whose meaning the `Layout` of the archive says;
    of an outline they are left, top, right and bottom in any case. `place`: the line, or the annotation's id."""

    index: int
    numbers: Numbers
    place: int | str
    outline: bool = False


@dataclass
class Described:
    """What an archive says about one image. `source` and a mark's place name where it says so; `size` is the image's
    as the annotations give it, in pixels."""

    path: PurePosixPath
    source: str
    size: Size | None = None
    marks: list[Mark] = field(default_factory=list)
    name: str = ""
    """What the annotations call the image, and how many names at the end of that agree with `path` (`fit`)."""
    fit: int = 0
    left_out: int = 0
    """Boxes, or whole files, that were told and left out."""

    def origin(self, mark: Mark) -> str:
        return f"{self.source}{mark.place}"


def check_total(count: int) -> None:
    """Raises DataSetError: more boxes than are read at all."""
    if count > MOST_TOTAL:
        raise DataSetError(
            N_("The archive has more than {most} boxes. Give it in parts."), most=MOST_TOTAL
        )
