"""What the page shows of ultralytics' augmentation."""

from __future__ import annotations

from core import tasks
from core.serving.options import parse
from core.tasks.object_detection import augment

MODEL = tasks.find("object_detection").trained().options
NONE = {"mosaic": 0.0, "flip": 0.0, "rotate": 0.0, "scale": 0.0, "colour": 0.0}


def test_images_are_changed_in_several_ways(scenes):
    options = parse(MODEL, {"image_size": 64, "mosaic": 1.0})
    first, second = augment.shown(scenes, scenes.rows[:2], options, 3)
    assert len(first) == len(second) == 4
    assert first[0] != second[0]
    assert all(way != first[0] for way in first[1:])


def test_without_augmentation_there_is_nothing_to_show(scenes):
    assert augment.shown(scenes, scenes.rows[:1], parse(MODEL, NONE), 3) == []
