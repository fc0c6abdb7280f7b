"""Pictures from strangers."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from core.errors import ImageError
from core.inputs import images
from core.inputs.reading import Reading
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


def read(picture: Image.Image, kind: str = "PNG", **options: object) -> tuple[Image.Image, Reading]:
    reading = Reading()
    return images.decode(encoded(picture, kind, **options), "a", reading), reading


def told(reading: Reading) -> list[str]:
    return [one.kind for one in reading.assumptions]


def numbers(top: int) -> Image.Image:
    """A grey image of 16 bits from 0 to `top`."""
    return Image.fromarray(np.linspace(0, top, 64).reshape(8, 8).astype(np.uint16))


@pytest.mark.parametrize(("top", "kinds"), [(1000, ["bits"]), (4000, ["bits"]), (60000, [])])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_ten_and_twelve_bits_in_sixteen_are_bright_and_told(top, kinds, kind):
    picture, reading = read(numbers(top), kind)
    assert 225 < picture.getextrema()[0][1] <= 255
    assert told(reading) == kinds


def test_transparent_grey_of_sixteen_bits_is_white():
    data = encoded(numbers(60000), transparency=0)
    assert images.decode(data, "a").getpixel((0, 0)) == (255, 255, 255)


def test_numbers_that_are_none_are_told_and_do_not_spoil_the_others():
    values = np.full((4, 4), 0.5, np.float32)
    values[0, :2] = np.nan, np.inf
    picture, reading = read(Image.fromarray(values), "TIFF")
    assert [picture.getpixel((x, 0))[0] for x in (0, 3)] == [0, 128]
    assert told(reading) == ["gaps", "values"]


@pytest.mark.parametrize(
    "options", [{"quality": 90}, {"exif": b"Exif\0\0\0\x08\0\x02\x01\x12garbage"}]
)
def test_a_damaged_exif_does_not_cost_the_image(options):
    picture, reading = read(Image.new("RGB", (8, 4), "red"), "JPEG", **options)
    assert picture.size == (8, 4)
    assert told(reading) == (["orientation"] if "exif" in options else [])


def test_the_first_of_several_frames_is_taken_and_told():
    red, blue = (Image.new("RGB", (4, 4), colour) for colour in ("red", "blue"))
    picture, reading = read(red, "GIF", save_all=True, append_images=[blue])
    assert (picture.getpixel((0, 0)), told(reading)) == ((255, 0, 0), ["frames"])


def test_a_damaged_profile_is_told():
    assert told(read(Image.new("RGB", (4, 4)), icc_profile=b"garbage")[1]) == ["profile"]


@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "JPEG2000", "TGA", "PPM", "ICO"])
def test_formats_of_telephones_and_old_programs_are_read(kind):
    pillow_heif.register_heif_opener()
    assert read(Image.new("RGB", (32, 32), "red"), kind)[0].getpixel((9, 9))[0] > 240


def test_every_format_of_pillow_is_read_or_left_out_on_purpose():
    Image.init()
    known = {s for s, kind in Image.registered_extensions().items() if kind in images.KINDS}
    assert known - {".mpo"} <= set(images.SUFFIXES)


def test_many_pixels_in_few_bytes_are_bounded_over_a_whole_file():
    data = encoded(Image.new("1", (7000, 7000)))
    reading = Reading()
    reading.give(len(data))
    for _ in range(10):  # 49 million each
        images.decode(data, "a", reading)
    with pytest.raises(ImageError, match="far more pixels"):
        images.decode(data, "a", reading)


def test_a_large_jpeg_is_decoded_no_larger_than_needed():
    data = encoded(Image.new("RGB", (4000, 2000)), "JPEG")
    assert images.decode(data, "a", longest=400).size == (1000, 500)
