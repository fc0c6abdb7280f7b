"""Boxes and labels on an image, legible whether it has 100 or 10,000 pixels a side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from colorsys import hls_to_rgb
from functools import cache
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFont

from core.tasks.object_detection.boxes import Box, Corners, corners, stored
from core.tasks.object_detection.families.coco import CLASSES

SMALLEST_SIDE = 640  # a smaller image is enlarged first, or its labels would cover it
CJK_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "msyh.ttc",
    "simhei.ttf",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "DroidSansFallbackFull.ttf",
)
"""What Linux, Windows and macOS call the fonts in which they write Chinese."""
ENGLISH: Mapping[str, str] = MappingProxyType({})
Colour = tuple[int, int, int]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FOUND, WANTED = (245, 158, 11), (255, 255, 255)
"""Where classes do not matter: boxes of a data set and of a model in orange, those it should have found in white."""


def draw(
    image: Image.Image,
    boxes: Sequence[Box],
    names: Mapping[str, str] = ENGLISH,
    side: int | None = None,
) -> Image.Image:
    """A copy of `image` with `boxes` and their labels on it, the most confident on top.

    `side`: pixels of the copy's longer side; its own size, but not below `SMALLEST_SIDE`, if not
    given. Lines and letters fit the copy. `names` translates class names; where no font on this
    computer has the letters, the English name is written.
    """
    scale = (side or max(SMALLEST_SIDE, *image.size)) / max(image.size)
    scaled = [_scaled(box.xyxy, scale) for box in boxes]
    canvas = image.resize([max(1, round(length * scale)) for length in image.size])
    for box, at in reversed(list(zip(boxes, scaled, strict=True))):
        _outline(canvas, at, colour(box.label))
    pen, line, letters = ImageDraw.Draw(canvas), _line(canvas), max(16, round(_extent(canvas) / 30))
    taken: list[Corners] = []
    for box, at in zip(boxes, scaled, strict=True):
        text, font = _text(names.get(box.label, box.label), box, letters)
        spot = _place(pen.textbbox((0, 0), text, font=font), at, line, canvas.size, taken)
        taken.append(spot)
        fill = colour(box.label)
        pen.rectangle(spot, fill=fill)
        middle = ((spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2)
        pen.text(middle, text, font=font, anchor="mm", fill=_ink(fill))
    return canvas


def outlined(image: Image.Image, boxes: Iterable[tuple[Corners, Colour]]) -> Image.Image:
    """A copy of `image` with the outlines of `boxes` (corners in its pixels, colour), the last on top."""
    canvas = image.convert("RGB")
    for at, shade in boxes:
        _outline(canvas, at, shade)
    return canvas


def of_row(image: Image.Image, row: Mapping[str, object]) -> Image.Image:
    """A copy of `image` with the boxes of its row: those of a data set (`boxes`: class, then centre and size as
    fractions), or of a validation sample (`wanted` and `found`: corners in pixels)."""
    boxes = [
        (corners(x, y, width, height, image.size), FOUND)
        for _class, x, y, width, height in (stored(row) if "boxes" in row else [])
    ]
    for key, shade in (("wanted", WANTED), ("found", FOUND)):
        boxes += [(at, shade) for at in _answered(row, key)]
    return outlined(image, boxes)


def _answered(row: Mapping[str, object], key: str) -> list[Corners]:
    """The corners of the boxes that a validation sample has under `key`."""
    boxes = row.get(key, [])
    assert isinstance(boxes, list)
    return [tuple(box["xyxy"]) for box in boxes]


@cache
def colour(label: str) -> Colour:
    """A colour of its own for each class, the same in every image; neighbours differ most."""
    number = CLASSES.index(label) if label in CLASSES else sum(label.encode())
    hue = number * 0.618034 % 1  # golden ratio: never comes back near a used hue soon
    red, green, blue = (round(255 * part) for part in hls_to_rgb(hue, 0.5, 0.85))
    return red, green, blue


def _outline(canvas: Image.Image, at: Corners, shade: Colour) -> None:
    ImageDraw.Draw(canvas).rectangle(at, outline=shade, width=_line(canvas))


def _scaled(at: Corners, scale: float) -> Corners:
    return at[0] * scale, at[1] * scale, at[2] * scale, at[3] * scale


def _extent(canvas: Image.Image) -> float:
    """The side, in pixels, of a square as large as the canvas."""
    return math.sqrt(canvas.width * canvas.height)


def _line(canvas: Image.Image) -> int:
    """The width of an outline, in pixels."""
    return max(2, round(_extent(canvas) / 220))


def _ink(fill: Colour) -> str:
    """Black or white, whichever stands out from `fill` (relative luminance, ITU-R BT.601)."""
    red, green, blue = fill
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"


def _text(name: str, box: Box, letters: int) -> tuple[str, Font]:
    font = _font(letters, not name.isascii())
    if font is None:
        name, font = box.label, ImageFont.load_default(letters)
    return f"{name} {box.score:.0%}", font


@cache
def _font(letters: int, chinese: bool) -> Font | None:
    """A font of `letters` pixels; None if it has to have Chinese and there is none."""
    if not chinese:
        return ImageFont.load_default(letters)
    for name in CJK_FONTS:
        try:
            return ImageFont.truetype(name, letters)
        except OSError:
            continue
    return None


def _place(
    extent: Corners, at: Corners, line: int, canvas: tuple[int, int], taken: Sequence[Corners]
) -> Corners:
    """Where the label of a box goes: above it, else inside its top, else below, else inside its
    bottom; the first place that is in the image and free, or else in the image."""
    width = extent[2] - extent[0] + 4 * line
    height = extent[3] + 3 * line
    x1, y1, _, y2 = at
    left = max(0.0, min(x1, canvas[0] - width))
    tops = [top for top in (y1 - height, y1, y2, y2 - height) if 0 <= top <= canvas[1] - height]
    areas = [(left, top, left + width, top + height) for top in tops or [0.0]]
    return next((area for area in areas if not any(_touch(area, t) for t in taken)), areas[0])


def _touch(a: Corners, b: Corners) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
