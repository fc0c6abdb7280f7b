"""Pictures from strangers."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from core.errors import ImageError
from core.inputs import images
from core.settings import settings


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "RGBA", "LA", "1"])
def test_every_colour_mode_becomes_rgb(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    picture = images.decode(encoded(Image.new("RGB", (9, 7), "red").convert(mode), kind), "a")
    assert (picture.mode, picture.size) == ("RGB", (9, 7))


def test_sixteen_bit_grey_is_scaled_and_not_clipped():
    grey = Image.new("I;16", (2, 1))
    grey.putpixel((0, 0), 65535)
    grey.putpixel((1, 0), 32768)
    picture = images.decode(encoded(grey), "a")
    assert picture.getpixel((0, 0)) == (255, 255, 255)
    assert 120 <= picture.getpixel((1, 0))[0] <= 135


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90°
    data = encoded(Image.new("RGB", (8, 4)), "JPEG", exif=exif.tobytes())
    assert images.decode(data, "a").size == (4, 8)


def test_transparency_is_laid_on_white():
    assert (
        images.decode(encoded(Image.new("RGBA", (1, 1), (0, 0, 0, 0))), "a").getpixel((0, 0))
        == (255,) * 3
    )


def test_the_first_frame_of_an_animation_is_taken():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert images.decode(data, "a").getpixel((0, 0)) == (255, 0, 0)


def test_one_pixel_is_a_picture():
    assert images.decode(encoded(Image.new("RGB", (1, 1))), "a").size == (1, 1)


def test_a_wrong_suffix_does_not_matter():
    assert images.decode(encoded(Image.new("RGB", (3, 3)), "JPEG"), "a.png").size == (3, 3)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"not an image at all", "is not an image"),
        (b"%PDF-1.7 nor this", "is not an image"),
        (encoded(Image.new("RGB", (64, 64), "red"), "JPEG")[:300], "is damaged"),
        (png_header(20_000, 20_000), "more than 50 million pixels"),
        (png_header(100_000, 100_000), "more than 50 million pixels"),
    ],
    ids=["empty", "text", "pdf", "truncated", "20000x20000", "bomb"],
)
def test_what_cannot_be_used_is_refused_with_the_reason(data, message):
    with pytest.raises(ImageError, match=message) as caught:
        images.decode(data, "holiday.jpg")
    assert "holiday.jpg" in str(caught.value)


def test_the_pixel_limit_is_a_setting(monkeypatch):
    monkeypatch.setenv("PORTAL_IMAGE_PIXELS", "15")
    settings.cache_clear()
    with pytest.raises(ImageError, match="PORTAL_IMAGE_PIXELS"):
        images.decode(encoded(Image.new("RGB", (4, 4))), "a")


def test_a_file_over_the_upload_limit_is_refused(monkeypatch):
    monkeypatch.setenv("PORTAL_UPLOAD_MB", "1")
    settings.cache_clear()
    with pytest.raises(ImageError, match="limit is 1 MB"):
        images.decode(b"x" * 1_000_001, "a")
