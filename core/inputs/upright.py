"""How a decoded video frame is to be shown: turned, mirrored, and with square pixels."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

from PIL import Image
from PIL.Image import Transpose

from core.errors import N_
from core.inputs.reading import Reading

PLACEMENTS: dict[Transpose | None, tuple[int, int, int, int]] = {
    None: (1, 0, 0, 1),
    Transpose.FLIP_LEFT_RIGHT: (-1, 0, 0, 1),
    Transpose.FLIP_TOP_BOTTOM: (1, 0, 0, -1),
    Transpose.ROTATE_180: (-1, 0, 0, -1),
    Transpose.ROTATE_270: (0, 1, -1, 0),
    Transpose.ROTATE_90: (0, -1, 1, 0),
    Transpose.TRANSPOSE: (0, 1, 1, 0),
    Transpose.TRANSVERSE: (0, -1, -1, 0),
}
"""The eight ways to lay an image on a screen: (a, b, c, d) with x' = a x + c y and y' = b x + d y, y pointing down."""
EXACT = 0.999
"""Cosine from which a matrix is one of these and not near it (2.5 degrees)."""
STRETCH = 10
"""Most times that a pixel may be wider than high, or higher than wide."""


def placement(matrix: bytes, name: str, reading: Reading) -> Transpose | None:
    """The nearest of PLACEMENTS to a display matrix: nine 32-bit numbers, fixed-point with 16 bits behind the point,
    row by row (ISO/IEC 14496-12, 8.2.2). None: as it is."""
    if len(matrix) < 36:
        return None
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    length = math.sqrt(a * a + b * b + c * c + d * d) * math.sqrt(2)

    def likeness(one: Transpose | None) -> float:
        return float(sum(x * y for x, y in zip(PLACEMENTS[one], (a, b, c, d), strict=True)))

    best = max(PLACEMENTS, key=likeness)
    if likeness(best) < EXACT * length or not length:
        reading.assume(
            "turned askew",
            N_(
                "{name} is to be shown turned by {degrees:.0f}°; it is turned to the nearest quarter."
            ),
            name=name,
            degrees=math.degrees(math.atan2(b, a)),
        )
    return best if length else None


def shape(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Size with square pixels of a frame whose pixels are `aspect` times as wide as high. Nothing is lost: the short
    side of the pixels is stretched."""
    if not aspect or aspect == 1 or not Fraction(1, STRETCH) <= aspect <= STRETCH:
        return width, height
    if aspect > 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def upright(image: Image.Image, size: tuple[int, int], turn: Transpose | None) -> Image.Image:
    """The frame as it is shown: stretched to `size`, then turned."""
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    return image if turn is None else image.transpose(turn)
