"""Boxes of photos that are turned upright by their EXIF orientation, and of images that have another size than their
annotations say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image

from core.data.drafts import Draft
from core.errors import N_, ArchiveError
from core.inputs import images
from core.inputs.archives import Archive
from core.tasks.object_detection.formats.annotations import Described, Numbers, Size
from core.tasks.object_detection.formats.layout import Layout

ORIENTATION = 0x0112
"""EXIF's tag; 1 is upright, 2 to 8 are mirrored or turned, from 5 on width and height change places."""
COORDINATES = ("upright", "stored")
CERTAIN = N_(
    "{count} photos are turned by their EXIF orientation; width and height beside the boxes say that "
    "these are of the upright image."
)
UNCLEAR = N_(
    "{count} photos are turned by their EXIF orientation; their boxes are taken for coordinates of the "
    "{taken} image, unless the width and height beside them say otherwise."
)


@dataclass(frozen=True)
class Header:
    """What an image file says before it is decoded: pixels as stored, and how they are turned to be shown."""

    stored: Size
    orientation: int

    @property
    def upright(self) -> Size:
        return self.stored[::-1] if self.orientation > 4 else self.stored


class Headers:
    """The headers of an archive's images, each read once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._known: dict[PurePosixPath, Header | None] = {}

    def of(self, path: PurePosixPath) -> Header | None:
        """None where the file is no image that can be opened."""
        if path not in self._known:
            try:
                self._known[path] = header(self._archive.read(str(path)))
            except ArchiveError:
                self._known[path] = None
        return self._known[path]

    def certain_size(self, one: Described) -> Size | None:
        """The size that pixels of annotations are counted in: as they say, else the image's; None where it cannot be
        read, or may be turned."""
        found = self.of(one.path)
        if found is None or found.orientation > 4:
            return None
        return one.size or found.upright


def header(data: bytes) -> Header | None:
    """Size and orientation of an image file; no pixel is decoded."""
    try:
        with Image.open(BytesIO(data), formats=images.FORMATS) as image:
            # a PNG without this is decoded to look for it at the end
            known = image.format != "PNG" or "exif" in image.info
            orientation = image.getexif().get(ORIENTATION, 1) if known else 1
            stored = float(image.width), float(image.height)
    except Exception:  # Pillow's readers raise almost anything on damaged files
        return None
    return Header(stored, orientation if orientation in range(2, 9) else 1)


def coordinates(
    draft: Draft, layout: Layout, described: Iterable[Described], headers: Headers
) -> str:
    """Whether boxes of turned photos are counted in the image as it is shown or as it is stored, where the sizes of
    the annotations do not say: told, and a person's to change."""
    turned = certain = upright = stored = says_stored = 0
    for one in described:
        found = headers.of(one.path) if one.marks else None
        if not found or found.orientation == 1:
            continue
        turned += 1
        if not one.size or layout.units != "pixels":
            continue
        like_stored = is_like(one.size, found.stored)
        certain += is_like(one.size, found.upright) and not like_stored
        if like_stored and not is_like(one.size, found.upright):
            says_stored += 1
            for mark in one.marks:
                fits = (
                    _fits(layout.corners(mark, one.size)),
                    _fits(layout.corners(mark, one.size[::-1])),
                )
                stored += fits == (True, False)
                upright += fits == (False, True)
    if turned == certain:
        if turned:
            draft.assume("coordinates", CERTAIN, count=turned)
        return "upright"
    likely = "stored" if stored > upright or (stored == upright and says_stored) else "upright"
    return draft.choose(
        "coordinates",
        likely,
        UNCLEAR,
        options=COORDINATES,
        guessed=stored == upright,
        count=turned,
    )


def is_like(first: Size, second: Size) -> bool:
    """Whether two sizes have the same proportions, but for rounding."""
    return abs(first[0] * second[1] - first[1] * second[0]) <= sum(second)


def placed(
    layout: Layout, one: Described, found: Header, coordinates: str
) -> tuple[list[Numbers], bool]:
    """The boxes of an image as fractions (left, top, right, bottom) of it when upright; and whether the size that its
    annotations give has other proportions than the image."""
    size, kept = one.size or found.upright, True
    in_stored = found.orientation > 1 and coordinates == "stored"
    if one.size and layout.units == "pixels":
        upright, stored = is_like(size, found.upright), is_like(size, found.stored)
        kept = upright or stored
        if upright and not stored:
            in_stored = False
        elif stored and not upright and not in_stored:
            size = size[::-1]
    elif in_stored:
        size = found.stored
    boxes = [layout.corners(mark, size) for mark in one.marks]
    orientation = found.orientation if in_stored else 1
    return [turned(box, orientation) for box in boxes], kept


def turned(box: Numbers, orientation: int) -> Numbers:
    """A box of the stored image (left, top, right, bottom as fractions) in the upright one."""
    if orientation == 1:
        return box
    (x1, y1), (x2, y2) = (_point(x, y, orientation) for x, y in (box[:2], box[2:]))
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _point(x: float, y: float, orientation: int) -> tuple[float, float]:
    return {
        1: (x, y),
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (1 - y, x),
        7: (1 - y, 1 - x),
        8: (y, 1 - x),
    }[orientation]


def _fits(box: Numbers) -> bool:
    return min(box) >= -0.01 and max(box) <= 1.01
