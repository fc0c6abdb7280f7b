"""Untrusted images: decoded within limits, turned upright, always RGB."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image, ImageOps, UnidentifiedImageError, features

from core.errors import N_, ImageError
from core.inputs import pixels
from core.inputs.reading import Reading
from core.inputs.uploads import check_size
from core.settings import settings

TRACKED = 320
"""Pixels along the longer side of a tracked example."""

KINDS = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
    "DIB": (".dib",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "AVIF": (".avif", ".avifs"),
    "JPEG2000": (".jp2", ".j2k", ".jpc", ".jpf", ".jpx", ".j2c"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
    "TGA": (".tga", ".icb", ".vda", ".vst"),
    "ICO": (".ico",),
    "PCX": (".pcx",),
    "QOI": (".qoi",),
    "SGI": (".sgi", ".rgb", ".rgba", ".bw"),
}
"""Pillow's formats that are decoded and their suffixes. Not among them: what starts another program (EPS, PS, WMF),
holds other things than an image (PDF, MPEG, FITS, HDF5), or is of a game or a program alone."""
HEIF = (".heic", ".heif", ".hif", ".heics", ".heifs")
"""Photographs of telephones, through pillow-heif."""
_OPTIONAL = {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}

FORMATS = tuple(
    kind for kind in KINDS if kind not in _OPTIONAL or features.check(_OPTIONAL[kind])
) + (("HEIF",) if find_spec("pillow_heif") else ())
SUFFIXES = tuple(suffix for kind in FORMATS for suffix in ({**KINDS, "HEIF": HEIF}[kind]))
"""Of all files that are read as images."""
NOTES = {
    "frames": N_("Of images with several frames or pages, such as {origin}, the first is taken."),
    "orientation": N_(
        "The EXIF data of images such as {origin} is damaged; they are taken as they are stored, not turned."
    ),
    "transparency": N_("Transparent parts of images, as of {origin}, are laid on white."),
    "bits": N_(
        "Images such as {origin} use {bits} of their 16 bits; they are scaled as {bits}-bit images."
    ),
    "values": N_(
        "The pixels of images such as {origin} are numbers without a usual range; {values} is taken as "
        "black to white."
    ),
    "gaps": N_("{gaps} pixels of {origin} are not numbers; they are taken as black."),
    "profile": N_(
        "The colour profile of images such as {origin} is damaged; their colours are taken as sRGB."
    ),
}
"""What is told of `pixels.Notes`."""


def decode(
    data: bytes, name: str, reading: Reading | None = None, *, longest: int | None = None
) -> Image.Image:
    """The image in `data` as RGB, EXIF orientation applied, first frame of an animation.

    CMYK, palette, grey and 16-bit images are converted to sRGB; transparency is laid on white. The size
    is checked before any pixel is decoded, which stops decompression bombs. `reading` is told what was assumed, each
    kind once, and bounds the pixels of all its images together. A caller who needs no more than `longest` pixels along
    a side may get fewer than the file has: JPEGs can be decoded at a half to an eighth.

    Raises:
        ImageError: it is empty, not one of `FORMATS`, damaged, or over `PORTAL_IMAGE_PIXELS`.
    """
    if not data:
        raise ImageError(N_("{name} is empty (0 bytes). Choose another image."), name=name)
    check_size(data, name, ImageError)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own size warning; ours is an error
            with Image.open(BytesIO(data), formats=_formats(data)) as image:
                _refuse_large(image, name)
                if longest:
                    scale = 2 * longest / max(image.size)  # what is scaled down stays sharp
                    image.draft(None, (round(image.width * scale), round(image.height * scale)))
                if reading:
                    _spend(reading, image, name)
                found, notes = pixels.upright_rgb(image)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError(
            N_(
                "{name} is not an image this portal reads. Use JPEG, PNG, WebP, AVIF, HEIC, BMP, GIF or "
                "TIFF."
            ),
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
    if reading:
        _tell(reading, notes, name)
    return found


def only(reading: Reading, members: Sequence[str]) -> list[str]:
    """The images among an archive's files, by their suffixes; the others are told."""
    found = []
    for member in members:
        suffix = PurePosixPath(member).suffix.lower()
        if suffix in SUFFIXES:
            found.append(member)
        else:
            reading.trouble(
                "not_a_picture",
                N_("{origin} is not an image of a kind that is read here ({suffix})."),
                origin=member,
                suffix=suffix or "–",
            )
    return found


def _formats(data: bytes) -> tuple[str, ...]:
    """The formats to try; telephones' photographs need a decoder of their own."""
    if "HEIF" not in FORMATS:
        return FORMATS
    if data[4:8] != b"ftyp":
        return FORMATS[:-1]
    import pillow_heif

    pillow_heif.register_heif_opener()
    return FORMATS


def _spend(reading: Reading, image: Image.Image, name: str) -> None:
    """Count the pixels that are about to be decoded: hundreds of one-coloured images are a few kilobytes each, and
    minutes of work."""
    reading.pixels_left -= image.width * image.height
    if reading.pixels_left < 0:
        raise ImageError(
            N_(
                "{name} is not opened: the images of this file have far more pixels than its bytes explain, "
                "as if of one colour. Scale them down."
            ),
            name=name,
        )


def _tell(reading: Reading, notes: pixels.Notes, name: str) -> None:
    told = {one.kind for one in reading.assumptions}
    for kind, value in notes.items():
        if kind not in told:
            reading.assume(kind, NOTES[kind], origin=name, **{kind: value})


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
