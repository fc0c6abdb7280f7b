"""Boxes as files."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from PIL import Image

from core.inputs import tables
from core.serving.predictor import Timing
from core.tasks import find
from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.families.coco import CLASSES
from core.tasks.object_detection.formats import yolo
from core.tasks.object_detection.predictor import DetectionResult


@pytest.fixture
def result() -> DetectionResult:
    return DetectionResult(
        boxes=[Box("dog", 0.9, (10.0, 20.0, 30.0, 60.0))],
        width=100,
        height=200,
        model="m",
        device="cpu",
        timing=Timing(preprocess=0, forward=0, postprocess=0),
    )


def files(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(BytesIO(packed)) as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


def test_csv_has_a_line_a_box(result):
    table = find("object_detection").predicting().table(["a.jpg"], [result], "zh")
    assert tables.write(table.columns, table.rows) == (
        "input,label,score,x1,y1,x2,y2\r\na.jpg,dog,0.9,10.0,20.0,30.0,60.0\r\n"
    )


def test_yolo_lines_are_class_centre_and_size_as_fractions(result):
    lines = files(yolo.write({"a.jpg": result}, CLASSES))["a.txt"]
    assert lines == f"{CLASSES.index('dog')} 0.200000 0.200000 0.200000 0.200000\n"


def test_the_yolo_archive_names_its_classes(result):
    names = files(yolo.write({"a.jpg": result}, CLASSES))["classes.txt"]
    assert names == "".join(f"{name}\n" for name in CLASSES)


def test_the_numbers_of_a_model_with_classes_of_its_own_are_its_own(result):
    found = files(yolo.write({"a.jpg": result}, ["猫\n咪", "dog", "dog"]))
    assert found["classes.txt"] == "猫 咪\ndog\ndog\n"
    assert found["a.txt"].startswith("1 ")


def test_images_of_one_name_get_files_of_their_own(result):
    found = files(yolo.write({"a.jpg": result, "b/a.png": result}, CLASSES))
    assert sorted(found) == ["a.txt", "a_.txt", "classes.txt"]


def test_what_is_written_is_read_again(result):
    """As labels of a data set, with a description that names the classes."""
    out = BytesIO(yolo.write({"a.png": result}, ["cat", "dog"]))
    with zipfile.ZipFile(out, "a") as bundle:
        image = BytesIO()
        Image.new("RGB", (100, 200)).save(image, "PNG")
        bundle.writestr("a.png", image.getvalue())
        bundle.writestr("data.yaml", "names: [cat, dog]")
    draft = find("object_detection").stored().read(out, "a.zip")
    assert draft.samples[0].row["boxes"] == [[1, 0.2, 0.2, 0.2, 0.2]]
