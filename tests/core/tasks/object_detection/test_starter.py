"""Our own YOLO of digits, as committed."""

from __future__ import annotations

import json

import pytest
from PIL import Image, ImageDraw, ImageFont

from core import tasks
from core.errors import NotReadyError
from core.models import catalog, weights
from core.tasks.object_detection.catalog import DIGITS


def folder():
    return weights.folder(DIGITS.weights[0])


def test_it_is_small():
    assert sum(path.stat().st_size for path in folder().iterdir()) < 6_000_000


def test_the_catalogue_says_what_the_card_says():
    card = json.loads((folder() / "card.json").read_text("utf-8"))
    assert (
        abs(catalog.find("yolo11n-digits").measured.value - 100 * card["metrics"]["mAP50-95"]) < 0.1
    )
    assert card["metrics"]["mAP50"] >= 0.9


def test_it_reads_a_digit_that_nobody_wrote_by_hand():
    image = Image.new("RGB", (160, 160), (30, 30, 40))
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((50, 50), "7", "white", font=font, stroke_width=1)
    options = tasks.find("object_detection").parse({})
    (result,) = tasks.predict("object_detection", [image], options, model="yolo11n-digits")
    assert [box.label for box in result.boxes] == ["7"]


def test_it_is_never_chosen_for_a_visitor():
    with pytest.raises(NotReadyError):
        tasks.default_model("object_detection")  # nothing else is on disk
