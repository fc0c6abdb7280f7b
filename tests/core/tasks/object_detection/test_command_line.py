"""Classes that are asked for on the command line are those of the model that answers."""

from __future__ import annotations

import json

import pytest
from PIL import Image, ImageDraw, ImageFont

from core.__main__ import main


@pytest.fixture
def seven(tmp_path) -> str:
    """The path of an image with a 7."""
    image = Image.new("RGB", (160, 160), (30, 30, 40))
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((50, 50), "7", "white", font=font, stroke_width=1)
    image.save(tmp_path / "seven.png")
    return str(tmp_path / "seven.png")


def predict(path: str, classes: str, model: str = "yolo11n-digits") -> int:
    command = ["predict", "object_detection", "--json", "--model", model]
    return main([*command, "--classes", classes, path])


@pytest.mark.parametrize(("classes", "found"), [("7", ["7"]), ("3, 7", ["7"]), ("3", [])])
def test_only_the_classes_asked_for_are_printed(seven, capsys, classes, found):
    assert predict(seven, classes) == 0
    row = json.loads(capsys.readouterr().out)
    assert [box["label"] for box in row["boxes"]] == found
    assert list(row) == ["input", "boxes", "width", "height", "model", "device", "ms"]


def test_a_class_of_other_models_is_wrong_usage(seven, capsys):
    assert predict(seven, "person") == 2
    assert "does not know the class person. Its classes are: 0, 1, 2" in capsys.readouterr().err


def test_a_class_of_somebodys_own_model_is_wrong_usage_elsewhere(seven, capsys, tiny_yolo):
    """It was accepted, and nothing was found, as soon as any model of the catalogue knew it."""
    tiny_yolo("yolo11n")
    assert predict(seven, "7", model="yolo11n") == 2
    assert "Its classes are: person, bicycle" in capsys.readouterr().err
