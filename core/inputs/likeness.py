"""Which images look alike: copies, scaled or saved again, and shots of one burst share a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLAT = 3.0
"""Standard deviation of the levels (0 to 255) up to which an image shows nothing but its colour."""
TINTED = 48.0
"""Levels of chrominance (128 is grey) from the middle of one tint to the next."""


def group(image: Image.Image) -> str:
    """A key that images share which look alike.

    The perceptual hash of brightness (64 bits), and the tint where it is far from grey, for the hash knows no colour.
    The hash of an image without shapes is chance: there the colour itself, by levels, in four quarters, is the key.
    """
    import imagehash
    import numpy as np

    small = np.asarray(image.convert("RGB").resize((8, 8), Image.Resampling.BOX), np.float32)
    if small.std((0, 1)).max() < FLAT:
        return "flat-" + _hex(small.reshape(2, 4, 2, 4, 3).mean((1, 3)))
    blue, red = np.asarray(image.convert("YCbCr").resize((1, 1), Image.Resampling.BOX))[0, 0, 1:]
    tints = [round((float(value) - 128) / TINTED) for value in (blue, red)]
    hashed = str(imagehash.phash(image))
    return hashed if tints == [0, 0] else f"{hashed}{tints[0]:+d}{tints[1]:+d}"


def _hex(levels: NDArray[np.float32]) -> str:
    return levels.round().astype("uint8").tobytes().hex()
