"""Boxes as files."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from core.serving.predictor import Timing
from core.tasks.object_detection.boxes import Box, DetectionResult
from core.tasks.object_detection.coco import CLASSES
from core.tasks.object_detection.export import to_csv, to_yolo, to_yolo_zip


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


def test_csv_has_a_line_a_box(result):
    assert to_csv({"a.jpg": result}).split() == [
        "input,label,score,x1,y1,x2,y2",
        "a.jpg,dog,0.9,10.0,20.0,30.0,60.0",
    ]


def test_yolo_lines_are_class_centre_and_size_as_fractions(result):
    number = CLASSES.index("dog")
    assert to_yolo(result) == f"{number} 0.200000 0.200000 0.200000 0.200000\n"


def test_the_yolo_archive_names_its_classes(result):
    with zipfile.ZipFile(BytesIO(to_yolo_zip({"a.jpg": result}))) as bundle:
        assert bundle.read("classes.txt").decode().split("\n")[16] == "dog"


def test_pictures_of_one_name_get_files_of_their_own(result):
    with zipfile.ZipFile(BytesIO(to_yolo_zip({"a.jpg": result, "b/a.png": result}))) as bundle:
        assert sorted(bundle.namelist()) == ["a.txt", "a_.txt", "classes.txt"]
