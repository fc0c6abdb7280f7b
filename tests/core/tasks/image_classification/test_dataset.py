"""Images to learn from: a zip with a folder per class."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core import tasks
from core.data import datasets, samples
from core.models import weights
from core.progress import Progress
from core.tasks.image_classification import dataset


def png(seed: int, size: tuple[int, int] = (40, 30)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def read(**files: bytes):
    """A draft from files given as folder__name=content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/") + ".png", content)
    return dataset.read(out, "mine.zip")


def kinds(draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


FOUR = {f"top__{c}__{i}": png(i + 10 * (c == "dog")) for c in ("cat", "dog") for i in range(4)}


def test_a_folder_names_the_class():
    draft = read(**FOUR)
    assert (draft.facts["classes"], draft.problems) == (["cat", "dog"], [])


def test_what_is_no_image_is_named_and_left_out():
    draft = read(**FOUR, top__cat__broken=b"no image")
    assert kinds(draft) == ["unreadable"]
    assert "cat/broken.png" in str(draft.problems[0])
    assert len(draft.samples) == 8


def test_an_image_outside_of_every_folder_has_no_class():
    assert kinds(read(**FOUR, lonely=png(99))) == ["no_class"]


def test_the_same_image_twice_is_kept_once():
    draft = read(**FOUR, top__cat__again=png(0))
    assert kinds(draft) == ["duplicate"]
    assert len(draft.kept(drop=False)) == 8


def test_the_same_image_in_two_classes_is_told():
    assert kinds(read(**FOUR, top__dog__again=png(0))) == ["conflict"]


def test_an_image_saved_again_shares_its_group():
    photo = Image.fromarray(
        np.kron(np.random.default_rng(5).integers(0, 255, (8, 8, 3)), np.ones((30, 30, 1))).astype(
            np.uint8
        )
    )
    groups = []
    for quality in (95, 70):
        out = io.BytesIO()
        photo.save(out, "JPEG", quality=quality)
        groups.append(dataset.sample(Image.open(out).convert("RGB"), "a", "x").row["group"])
    assert groups[0] == groups[1]


def test_small_classes_and_a_single_class_are_told():
    assert kinds(read(cat__1=png(1))) == ["small_class", "one_class"]


def test_large_images_are_stored_smaller():
    item = dataset.sample(Image.new("RGB", (2000, 1000)), "a", "x")
    assert Image.open(io.BytesIO(item.content)).size == (640, 320)


@pytest.fixture
def textures():
    """Three grey squares where the fetched photographs would be."""
    folder = weights.folder(samples.TEXTURES)
    folder.mkdir(parents=True)
    for i, name in enumerate(("brick", "grass", "gravel")):
        pixels = np.random.default_rng(i).integers(0, 255, (512, 512), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    weights.seal(samples.TEXTURES)


def test_texture_crops_to_check_on_are_from_another_region(textures):
    made = tasks.sample("image_classification", "textures", Progress())
    assert {row["part"] for row in made.rows} == {"train", "validation"}
    assert datasets.find(made.id).facts["classes"] == ["brick", "grass", "gravel"]
