"""From any kind of image to upright RGB, and on to what a network reads: the portal and the scripts of exported models
run this very file, so it knows nothing but the libraries.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Notes = dict[str, object]
"""What was assumed of an image, by kind: `frames` (the first of several was taken), `orientation` (what its damaged
EXIF says is unknown), `transparency` (laid on white), `bits` (used of 16), `values` (white, of numbers that have no
usual range), `gaps` (pixels that are no numbers), `profile` (damaged, so the colours are as stored)."""

HEADER, ORIENTATION = b"Exif\0\0", 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What EXIF's orientation asks for (1: nothing)."""
DEPTHS = (8, 10, 12)
"""Bits that cameras and scanners store in 16; others use all of them."""
LONGEST_PROFILE = 4_000_000
"""Bytes of a colour profile; printers' have one or two million."""


def load(path: str) -> Image.Image:
    """An image file as upright RGB; photographs of telephones (HEIC), where pillow-heif is installed."""
    try:
        from pillow_heif import register_heif_opener

        register_heif_opener()
    except ImportError:
        pass
    with Image.open(path) as image:
        return upright_rgb(image)[0]


def prepared(
    image: Image.Image, size: int, mean: Sequence[float], std: Sequence[float]
) -> NDArray[np.float32]:
    """(3, size, size): the whole RGB image squeezed into a square by bicubic interpolation, in [0, 1], less the mean,
    by the standard deviation of each channel."""
    import numpy as np

    small = image.resize((size, size), Image.Resampling.BICUBIC)
    scaled = np.asarray(small, np.float32) / 255
    normal = (scaled - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1))


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities (N,) of N classes from their logits."""
    import numpy as np

    powers: NDArray[np.float64] = np.exp(logits - logits.max())
    found: NDArray[np.float64] = powers / powers.sum()
    return found


def upright_rgb(image: Image.Image) -> tuple[Image.Image, Notes]:
    """The first frame of an opened image: turned upright, in sRGB, transparency on white, and what was assumed.

    Raises what Pillow raises where it is damaged.
    """
    notes: Notes = {}
    if _several(image):
        notes["frames"] = True
    deep = ";16" in str(
        getattr(image, "tile", "")
    )  # of which Pillow gives the upper eight bits in colour
    image.load()
    turn = _turn(image, notes)  # only now: loading a TIFF turns it
    found = _rgb(image, deep, notes)
    return (found.transpose(turn) if turn is not None else found), notes


def _several(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # a damaged later frame; the first may be good
        return True


def _turn(image: Image.Image, notes: Notes) -> Image.Transpose | None:
    """How EXIF asks to turn the image. Other fields of it may be damaged: nothing else is read."""
    block = image.info.get("exif") or b""
    while block.startswith(HEADER):  # some programs write it twice
        block = block[len(HEADER) :]
    try:
        fields = image.getexif()
        value = fields.get(ORIENTATION, 1)
        damaged = not fields and any(
            block[8:10]
        )  # it says that it has fields, and none can be read
    except Exception:  # whatever a malformed EXIF makes the parser raise
        value, damaged = 1, True
    if damaged:
        notes["orientation"] = True
    return TURNS.get(value) if isinstance(value, int) else None


def _rgb(image: Image.Image, deep: bool, notes: Notes) -> Image.Image:
    key = image.info.get("transparency")
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_numbers(image, key, notes)
    if image.mode == "RGB" and deep:
        image = _brightened(image, notes)
    image = _srgb(image, notes)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or key is not None:
        image = image.convert("RGBA")
        if image.getchannel("A").histogram()[255] < image.width * image.height:
            notes["transparency"] = True
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_numbers(image: Image.Image, key: object, notes: Notes) -> Image.Image:
    """Grey from numbers of 16 or 32 bits; those equal to `key` are transparent."""
    import numpy as np

    numbers = np.asarray(image)
    good = np.isfinite(numbers)
    if not good.all():
        notes["gaps"] = int(good.size - good.sum())
    low, high = (float(numbers[good].min()), float(numbers[good].max())) if good.any() else (0, 0)
    black, white = _levels(low, high, numbers.dtype.kind == "f", notes)
    grey = (np.where(good, numbers, black).astype(np.float32) - black) * (255 / (white - black))
    if isinstance(key, int) and (numbers == key).any():
        grey[numbers == key] = 255
        notes["transparency"] = True
    return Image.fromarray(np.clip(grey + 0.5, 0, 255).astype(np.uint8)).convert("RGB")


def _levels(low: float, high: float, real: bool, notes: Notes) -> tuple[float, float]:
    """The numbers that are black and white in an image whose pixels go from `low` to `high`."""
    if low >= 0 and not real:
        for bits in DEPTHS:
            if high < 2**bits:
                if high:
                    notes["bits"] = bits
                return 0, 2**bits - 1
        if high <= 65535:
            return 0, 65535
    usual = next((top for top in (1, 255, 65535) if real and low >= 0 and high <= top), None)
    black, white = (0.0, float(usual)) if usual else (low, high)
    notes["values"] = f"{black:g} … {white:g}"
    return black, white if white > black else black + 1


def _brightened(image: Image.Image, notes: Notes) -> Image.Image:
    """A colour image of 16 bits that uses 10 or 12: the upper eight hold two or four of them."""
    highest = max(int(high) for _low, high in image.getextrema())  # type: ignore[misc]
    bits = 10 if highest < 4 else 12
    if not 0 < highest < 16:
        return image
    notes["bits"] = bits
    factor = 255 / (2 ** (bits - 8) - 1)
    return image.point(lambda value: round(value * factor))


def _srgb(image: Image.Image, notes: Notes) -> Image.Image:
    """The image in sRGB, if it has a profile of another colour space."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK") or len(profile) > LONGEST_PROFILE:
        return image
    try:
        from PIL import ImageCms

        given = ImageCms.getOpenProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(given).lower():
            return image
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        made = ImageCms.profileToProfile(
            image, given, ImageCms.createProfile("sRGB"), outputMode=mode
        )
        return made if made is not None else image
    except Exception:  # a damaged profile, one for other channels, or Pillow without LittleCMS
        notes["profile"] = True
        return image
