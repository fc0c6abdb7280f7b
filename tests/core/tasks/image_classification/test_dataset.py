"""Images to learn from: a zip with a folder per class."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core import tasks
from core.data import datasets, drafts, samples, splits
from core.models import weights
from core.progress import Progress
from core.tasks.image_classification import dataset
from core.training.options import TrainOptions


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


def divided(**more: bytes):
    """Two classes in `train` and `val`, all images different."""
    numbers = iter(range(1000))
    files = {
        f"ds__{part}__{c}__{i}": png(next(numbers))
        for part in ("train", "val")
        for c in "ab"
        for i in range(4)
    }
    return read(**files, **more)


def test_a_given_division_is_kept_and_told():
    draft = divided()
    assert [one.row["part"] for one in draft.samples].count("validation") == 8
    assert draft.facts["classes"] == ["a", "b"]
    assert [one.kind for one in draft.assumptions] == ["division", "parts"]


def test_an_image_in_two_parts_is_left_out_of_the_training_part():
    draft = divided(ds__val__a__again=png(0))
    assert kinds(draft) == ["leak"]
    assert {one.origin for one in draft.samples if one not in draft.kept(drop=False)} == {
        "ds/train/a/0.png"
    }


def colours(*, noise: int) -> dict[str, bytes]:
    """Swatches of two classes that are told apart by colour alone."""
    random = np.random.default_rng(0)
    files = {}
    for name, base in (("red", (200, 40, 40)), ("blue", (40, 40, 200))):
        for i in range(30):
            pixels = np.clip(random.integers(0, 1 + noise, (32, 32, 3)) + base + i % 9, 0, 255)
            out = io.BytesIO()
            Image.fromarray(pixels.astype(np.uint8)).save(out, "PNG")
            files[f"{name}__{i}"] = out.getvalue()
    return files


def test_swatches_of_colour_are_grouped_by_colour_and_divided():
    draft = read(**colours(noise=3))
    groups = {name: set() for name in ("red", "blue")}
    for one in draft.samples:
        groups[one.row["label"]].add(one.row["group"])
    assert not groups["red"] & groups["blue"]
    rows = [one.row for one in draft.kept(drop=False)]
    found = splits.parts(rows, TrainOptions())
    assert {rows[i]["label"] for i in found.validation} == {"red", "blue"}


def test_a_class_of_one_burst_is_told():
    burst = Image.fromarray(
        np.kron(np.random.default_rng(5).integers(0, 255, (8, 8, 3)), np.ones((30, 30, 1))).astype(
            np.uint8
        )
    )
    shots = {}
    for i in range(6):
        out = io.BytesIO()
        burst.save(out, "PNG", comment=i)
        shots[f"top__burst__{i}"] = out.getvalue()
    draft = read(**{n: c for n, c in FOUR.items() if "cat" in n}, **shots)
    draft.fatal.clear()
    drafts.check_groups(draft)
    assert "one_group" in kinds(draft)


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
