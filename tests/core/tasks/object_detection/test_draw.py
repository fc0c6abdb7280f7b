"""Boxes and labels on images of every size."""

from __future__ import annotations

import pytest
from PIL import Image

from core.tasks.object_detection import draw as drawing
from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.draw import SMALLEST_SIDE, colour, draw
from core.tasks.object_detection.families.coco import CLASSES


def pixels_of(image: Image.Image, label: str) -> int:
    """How many pixels have the colour of a class."""
    wanted = colour(label)
    return sum(count for count, value in image.getcolors(1 << 24) if value == wanted)


def test_the_original_stays_as_it_was():
    grey = Image.new("RGB", (700, 500), "grey")
    draw(grey, [Box("dog", 0.9, (100, 100, 300, 300))])
    assert grey.getcolors() == [(350_000, (128, 128, 128))]


def test_a_large_image_keeps_its_size():
    assert draw(Image.new("RGB", (2000, 1000)), []).size == (2000, 1000)


def test_a_small_image_is_enlarged_so_that_labels_fit():
    assert max(draw(Image.new("RGB", (50, 40)), []).size) >= SMALLEST_SIDE


@pytest.mark.parametrize("side", [1, 60, 640, 6000])
def test_the_label_takes_a_readable_share_of_any_image(side):
    image = draw(Image.new("RGB", (side, side)), [Box("dog", 0.9, (0, 0, side, side))])
    share = pixels_of(image, "dog") / (image.width * image.height)
    assert 0.01 < share < 0.1


def test_the_label_of_a_box_at_the_top_edge_is_inside_the_image():
    image = draw(Image.new("RGB", (700, 500)), [Box("dog", 0.9, (600, 0, 700, 40))])
    assert pixels_of(image, "dog") > 1500  # more than the frame alone


def test_labels_of_boxes_at_one_place_do_not_cover_each_other():
    boxes = [Box("cup", 0.9, (100, 100, 300, 300)), Box("bowl", 0.8, (100, 100, 300, 300))]
    image = draw(Image.new("RGB", (700, 500)), boxes)
    assert pixels_of(image, "bowl") > 500


def test_every_class_has_a_colour_of_its_own():
    assert len({colour(name) for name in CLASSES}) == len(CLASSES)


def test_without_a_font_for_it_the_english_name_is_written(monkeypatch):
    monkeypatch.setattr(drawing, "CJK_FONTS", ())
    drawing._font.cache_clear()
    box = Box("dog", 0.9, (100, 100, 300, 300))
    image = Image.new("RGB", (700, 500))
    assert draw(image, [box], {"dog": "狗"}).tobytes() == draw(image, [box]).tobytes()
    drawing._font.cache_clear()


@pytest.mark.parametrize(
    ("row", "shade"),
    [
        ({"boxes": [[0, 0.5, 0.5, 0.4, 0.2]]}, drawing.FOUND),
        ({"found": [{"label": "a", "score": 1, "xyxy": [30, 40, 70, 60]}]}, drawing.FOUND),
        ({"wanted": [{"label": "a", "score": 1, "xyxy": [30, 40, 70, 60]}]}, drawing.WANTED),
    ],
)
def test_a_row_is_drawn_where_its_boxes_are(row, shade):
    image = Image.new("RGB", (100, 100))
    boxed = drawing.of_row(image, row)
    assert boxed.getpixel((30, 40)) == boxed.getpixel((70, 60)) == shade
    assert boxed.getpixel((50, 50)) == image.getpixel((30, 40)) == (0, 0, 0)
