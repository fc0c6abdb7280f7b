"""Untrusted images: decoded within limits, turned upright, always RGB."""

from __future__ import annotations

import base64
import warnings
from io import BytesIO
from typing import cast

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import N_, ImageError
from core.settings import settings

TRACKED = 320
"""Pixels along the longer side of a tracked example."""

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")


def decode(data: bytes, name: str) -> Image.Image:
    """The image in `data` as RGB, EXIF orientation applied, first frame of an animation.

    CMYK, palette, grey and 16-bit images are converted; transparency is laid on white. The size
    is checked before any pixel is decoded, which stops decompression bombs.

    Raises:
        ImageError: it is empty, not one of `FORMATS`, damaged, or over `PORTAL_IMAGE_PIXELS`.
    """
    if not data:
        raise ImageError(N_("{name} is empty (0 bytes). Choose another image."), name=name)
    if len(data) > settings().upload_mb * 1_000_000:
        raise ImageError(
            N_("{name} has {size:.0f} MB; the limit is {limit} MB (PORTAL_UPLOAD_MB)."),
            name=name,
            size=len(data) / 1e6,
            limit=settings().upload_mb,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning; ours is an error
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                _refuse_large(image, name)
                image.load()
                return _rgb(ImageOps.exif_transpose(image))
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(
            N_("{name} is not an image this portal reads. Use JPEG, PNG, WebP, BMP, GIF or TIFF."),
            name=name,
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(name) from error
    except Exception as error:  # Pillow's decoders raise almost anything on damaged files
        raise ImageError(
            N_("{name} is damaged and cannot be read ({why}). Save it again or choose another."),
            name=name,
            why=error,
        ) from error


def thumbnail(image: Image.Image, size: tuple[int, int] = (480, 270)) -> Image.Image:
    """The image's middle, cut and scaled to `size` (width, height)."""
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS)


def jpeg(image: Image.Image) -> bytes:
    """The image as a JPEG file, for showing."""
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def as_text(image: Image.Image) -> str:
    """A small copy as a base64 JPEG: how a tracked example is stored with a job."""
    small = image.copy()
    small.thumbnail((TRACKED, TRACKED), Image.Resampling.LANCZOS)
    return base64.b64encode(jpeg(small)).decode()


def _refuse_large(image: Image.Image, name: str) -> None:
    if image.width * image.height > settings().image_pixels:
        raise _too_large(name, f" ({image.width} × {image.height})")


def _too_large(name: str, size: str = "") -> ImageError:
    return ImageError(
        N_(
            "{name}{size} has more than {limit:.0f} million pixels. Scale it down, or raise "
            "PORTAL_IMAGE_PIXELS."
        ),
        name=name,
        size=size,
        limit=settings().image_pixels / 1e6,
    )


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        low, high = cast("tuple[float, float]", image.getextrema())  # of its one band
        top = 65535 if 255 < high <= 65535 and low >= 0 else max(high, 1)
        image = image.convert("F").point(lambda value: value * (255 / top)).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")
