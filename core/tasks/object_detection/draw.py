"""Boxes and labels on a picture, legible whether it has 100 or 10,000 pixels a side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from colorsys import hls_to_rgb
from functools import cache
from types import MappingProxyType
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.coco import CLASSES

SMALLEST_SIDE = 640  # a smaller picture is enlarged first, or its labels would cover it
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
English: Mapping[str, str] = MappingProxyType({})
Corners = tuple[float, float, float, float]


def draw(
    picture: Image.Image,
    boxes: Sequence[Box],
    names: Mapping[str, str] = English,
    side: int | None = None,
) -> Image.Image:
    """A copy of `picture` with `boxes` on it, the surest on top.

    `side`: pixels of the copy's longer side; its own size, but not below `SMALLEST_SIDE`, if not
    given. Lines and letters fit the copy. `names` translates class names; where no font on this
    computer has the letters, the English name is written.
    """
    scale = (side or max(SMALLEST_SIDE, *picture.size)) / max(picture.size)
    canvas = picture.resize([max(1, round(length * scale)) for length in picture.size])
    pen = ImageDraw.Draw(canvas)
    area = (canvas.width * canvas.height) ** 0.5
    line, letters = max(2, round(area / 220)), max(16, round(area / 30))
    taken: list[Corners] = []
    for box in reversed(boxes):
        pen.rectangle([scale * v for v in box.xyxy], outline=colour(box.label), width=line)
    for box in boxes:
        text, font = _text(names.get(box.label, box.label), box, letters)
        spot = _place(pen.textbbox((0, 0), text, font=font), box, scale, line, canvas.size, taken)
        taken.append(spot)
        fill = colour(box.label)
        pen.rectangle(spot, fill=fill)
        middle = ((spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2)
        pen.text(middle, text, font=font, anchor="mm", fill=_ink(fill))
    return canvas


@cache
def colour(label: str) -> tuple[int, int, int]:
    """A colour of its own for each class, the same in every picture; neighbours differ most."""
    number = CLASSES.index(label) if label in CLASSES else sum(label.encode())
    hue = number * 0.618034 % 1  # golden ratio: never comes back near a used hue soon
    return tuple(round(255 * part) for part in hls_to_rgb(hue, 0.5, 0.85))


def _ink(fill: tuple[int, int, int]) -> str:
    """Black or white, whichever stands out from `fill` (relative luminance, ITU-R BT.601)."""
    red, green, blue = fill
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"


def _text(name: str, box: Box, letters: int) -> tuple[str, ImageFont.FreeTypeFont]:
    font = _font(letters, not name.isascii())
    if font is None:
        name, font = box.label, _font(letters, False)
    return f"{name} {box.score:.0%}", font


@cache
def _font(letters: int, chinese: bool) -> ImageFont.FreeTypeFont | None:
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
    extent: Corners,
    box: Box,
    scale: float,
    line: int,
    canvas: tuple[int, int],
    taken: Sequence[Corners],
) -> Corners:
    """Where the label goes: above the box, else inside its top, else below, else inside its
    bottom; the first place that is in the picture and free, or else in the picture."""
    width = extent[2] - extent[0] + 4 * line
    height = extent[3] + 3 * line
    x1, y1, _, y2 = (scale * value for value in box.xyxy)
    left = max(0.0, min(x1, canvas[0] - width))
    tops = [top for top in (y1 - height, y1, y2, y2 - height) if 0 <= top <= canvas[1] - height]
    areas = [(left, top, left + width, top + height) for top in tops or [0.0]]
    return next((area for area in areas if not any(_touch(area, t) for t in taken)), areas[0])


def _touch(a: Corners, b: Corners) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def of_row(picture: Image.Image, row: Mapping[str, Any]) -> Image.Image:
    """The picture with the boxes of its row: a data set's (class, centre and size as shares) or an
    answer's (`wanted` in white, `found` in orange, corners in pixels)."""
    from PIL import ImageDraw

    picture = picture.convert("RGB")
    pen = ImageDraw.Draw(picture)
    width = max(1, round(max(picture.size) / 160))
    for _class, x, y, wide, high in row.get("boxes", []):
        shares = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        corners = [share * picture.size[i % 2] for i, share in enumerate(shares)]
        pen.rectangle(corners, outline="#f59e0b", width=width)
    for kind, colour in (("wanted", "#ffffff"), ("found", "#f59e0b")):
        for box in row.get(kind, []):
            pen.rectangle(box["xyxy"], outline=colour, width=width)
    return picture
