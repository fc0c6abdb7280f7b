"""Files with faces in them carry the mark of what they are."""

from __future__ import annotations

import zipfile
from io import BytesIO
from xml.etree import ElementTree

import pytest
from PIL import Image

from core.tasks.face_generation import media


@pytest.fixture
def faces() -> list[bytes]:
    return [media.png(Image.new("RGB", (64, 64), (40 * i, 90, 120)), "m", "1") for i in range(5)]


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_png_says_in_xmp_that_a_model_made_it(faces):
    marks = ElementTree.fromstring(opened(faces[0]).info["xmp"]).iter()
    attributes = {name.rpartition("}")[2]: value for mark in marks for name, value in mark.items()}
    assert attributes["DigitalSourceType"] == media.SOURCE_TYPE


def test_png_says_in_plain_text_what_made_it():
    text = opened(media.png(Image.new("RGB", (8, 8)), "some-model", "12")).text
    assert "AI-generated" in text["Comment"]
    assert (text["Model"], text["Seed"]) == ("some-model", "12")


def test_strip_lays_the_faces_side_by_side_and_is_marked(faces):
    strip = opened(media.strip(faces, "m", "1"))
    assert strip.size == (5 * 64, 64)
    assert strip.getpixel((3 * 64, 0)) == (120, 90, 120)
    assert "AI-generated" in strip.text["Comment"]


def test_gif_holds_every_face_and_is_marked(faces):
    gif = opened(media.gif(faces, "m", "1"))
    assert gif.n_frames == 5
    assert b"AI-generated" in gif.info["comment"]


def test_gif_runs_there_and_back_without_repeating_the_ends(faces):
    assert opened(media.gif(faces, "m", "1", back=True)).n_frames == 8


def test_archive_holds_the_files(faces):
    with zipfile.ZipFile(BytesIO(media.archive({"a.png": faces[0]}))) as bundle:
        assert bundle.read("a.png") == faces[0]


def test_pixels_are_clamped_to_what_an_image_can_hold():
    import torch

    levels = torch.tensor([-2.0, 0.0, 2.0]).reshape(1, 3, 1, 1)
    (image,) = media.images(levels)
    assert image.getpixel((0, 0)) == (0, 128, 255)
