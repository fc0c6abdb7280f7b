"""The label files of YOLO's format: which image each belongs to, and what stands on its lines.

A line is the class, then centre x, centre y, width and height as fractions of the image; `columns` says what else it
may be. https://docs.ultralytics.com/datasets/detect/
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_, DataSetError, PortalError
from core.inputs import texts
from core.inputs.archives import Archive
from core.inputs.reading import Reading
from core.tasks.object_detection.boxes import MOST_CLASSES
from core.tasks.object_detection.formats.annotations import MOST_BOXES, check_total
from core.tasks.object_detection.formats.paths import Ends, folded

MOST_BYTES = 8_000_000
"""Of one label file."""
MOST_TEXT = 200_000_000
"""Bytes of all label files."""
BREAK = re.compile(r"\r\n?|\n")
OCCLUDED = (-1, 0, 1, 2, 3)
"""KITTI's second number: its lines (14 or 15 numbers behind a name) are no outlines."""
NOT_FINITE = ("nan", "inf", "infinity")
SEPARATOR = re.compile(r"\s*[,;]\s*|\s+")


@dataclass(slots=True)
class Line:
    """A line of a label file: its number from 1, the class as a number from 0 or as a word, and what follows."""

    number: int
    index: int | None
    word: str
    numbers: tuple[float, ...]


def pair(
    images: Sequence[PurePosixPath], labels: Sequence[PurePosixPath]
) -> dict[PurePosixPath, PurePosixPath]:
    """The label file of each image that has one: beside it, under `labels` where the image is under `images`, or the
    one whose path ends most like its own, if that is clear. Case does not matter."""
    there = {folded(path): path for path in labels}
    found = {}
    for image in images:
        place = next((there[one] for one in _places(image) if one in there), None)
        if place:
            found[image] = place
    taken = set(found.values())
    left = {path.with_suffix(""): path for path in labels if path not in taken}
    ends = Ends(left)
    claims: dict[PurePosixPath, list[PurePosixPath]] = {}
    for image in images:
        hits = ends.find(str(image.with_suffix(""))) if image not in found else []
        if len(hits) == 1:
            claims.setdefault(left[hits[0]], []).append(image)
    return found | {some[0]: label for label, some in claims.items() if len(some) == 1}


def _places(image: PurePosixPath) -> Iterator[str]:
    """Where the label file of an image may be, folded, the likeliest first."""
    for beside in (image.with_suffix(".txt"), image.with_name(image.name + ".txt")):
        parts = folded(beside).split("/")
        for i in reversed(range(len(parts) - 1)):
            if parts[i] == "images":
                yield "/".join([*parts[:i], "labels", *parts[i + 1 :]])
        yield "/".join(parts)


class LabelFiles:
    """The label files of an archive, read one by one; what cannot be read is told and empty."""

    def __init__(self, draft: Draft, archive: Archive) -> None:
        self._draft, self._archive = draft, archive
        self.refused: set[str] = set()
        """Those that could not be read."""
        self._lines = self._bytes = 0
        self._odd = False

    def lines(self, member: str, *, first: bool) -> Iterator[tuple[Line | None, int, str]]:
        """Each line that is not empty, parsed if it can be, with its number and text. `first`: what is wrong with
        the file is told, and counted against the limits.

        Raises:
            DataSetError: the label files of the archive are beyond the limits.
        """
        draft = self._draft if first else Draft(self._draft.choices)
        for number, text in enumerate(BREAK.split(self._text(draft, member, first)), 1):
            if text.strip():
                yield parse(number, text), number, text

    def _text(self, draft: Draft, member: str, first: bool) -> str:
        try:
            data = self._archive.read(member)
            count = max(data.count(b"\n"), data.count(b"\r"))
            if count > MOST_BOXES or len(data) > MOST_BYTES:
                draft.trouble(
                    "long_file",
                    N_(
                        "{origin} has {count} lines ({size:.1f} MB); at most {most} lines and {limit} MB are "
                        "read. It is left out."
                    ),
                    origin=member,
                    count=count,
                    size=len(data) / 1e6,
                    most=MOST_BOXES,
                    limit=MOST_BYTES // 1_000_000,
                )
                self.refused.add(member)
                return ""
            if first:
                self._count(count, len(data))
            if not data.strip():
                return ""
            if data.isascii() and b"\0" not in data:
                return data.decode("ascii")
            return texts.decode(data, member, self._once(draft))
        except PortalError as error:
            if isinstance(error, DataSetError):
                raise
            draft.unreadable(error)
            self.refused.add(member)
            return ""

    def _once(self, draft: Draft) -> Reading:
        """Where the encoding of a file is noted: that of thousands of files only once."""
        told, self._odd = self._odd, True
        return Reading(draft.choices) if told else draft

    def _count(self, lines: int, size: int) -> None:
        self._lines += lines + 1
        self._bytes += size
        check_total(self._lines)
        if self._bytes > MOST_TEXT:
            raise DataSetError(
                N_("The label files have more than {most} MB. Give them in parts."),
                most=MOST_TEXT // 1_000_000,
            )


def parse(number: int, text: str) -> Line | None:
    """What stands on a line; None where it is no class with at least four finite numbers."""
    parts = _parts(text.strip().lstrip("\ufeff").rstrip(",; \t"))
    start = 1
    try:
        numbers = tuple(map(float, parts[1:]))
    except ValueError:  # a word, or a class of several words
        start = next(i for i in range(len(parts), 0, -1) if not _is_number(parts[i - 1]))
        numbers = tuple(map(float, parts[start:]))
    if "_" in text and any("_" in part for part in parts[start:]):
        return None  # Python's own way of writing numbers
    if not all(map(math.isfinite, numbers)):
        return None
    if len(numbers) < 4:
        return None
    word = " ".join(parts[:start]).strip("\"'")
    if any(part.lower().lstrip("+-") in NOT_FINITE for part in parts[:start]):
        return None
    if start > 1 or not _is_number(word):
        kitti = len(numbers) in (14, 15) and numbers[1] in OCCLUDED
        return None if kitti or not word else Line(number, None, word, numbers)
    value = float(word)
    known = value.is_integer() and 0 <= value < MOST_CLASSES
    return Line(number, int(value) if known else -1, word, numbers)


def _parts(text: str) -> list[str]:
    """The columns, separated by blanks, tabs, commas or semicolons; or with commas in the numbers."""
    if "," not in text and ";" not in text:
        return text.split()
    columns = [part for part in re.split(r"[\s;]+", text) if part]
    if "." not in text and len(columns) >= 5 and all(part.count(",") < 2 for part in columns):
        return [part.replace(",", ".") for part in columns]
    return SEPARATOR.split(text)


def _is_number(text: str) -> bool:
    try:
        return "_" not in text and math.isfinite(float(text))
    except (ValueError, OverflowError):
        return False


def belongs_to_none(
    labels: Sequence[PurePosixPath], used: Mapping[PurePosixPath, PurePosixPath]
) -> list[PurePosixPath]:
    """Text files that are neither an image's nor a note of the exporting tool."""
    taken = set(used.values())
    return [
        path
        for path in labels
        if path not in taken and not path.name.lower().startswith(("readme", "license", "licence"))
    ]
