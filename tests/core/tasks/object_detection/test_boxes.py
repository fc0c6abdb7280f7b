"""What the sliders do to boxes."""

from __future__ import annotations

from core.models import catalog
from core.serving.predictor import Timing
from core.tasks import find
from core.tasks.object_detection.boxes import Box, corners, make, select
from core.tasks.object_detection.predictor import DetectionResult, refilter, suppresses

TASK = find("object_detection")
DOG = Box("dog", 0.9, (10, 10, 50, 50))
SAME_DOG = Box("dog", 0.6, (12, 10, 52, 50))  # IoU with DOG 0.905
CAT_THERE = Box("cat", 0.5, (10, 10, 50, 50))
FAINT = Box("dog", 0.1, (80, 80, 90, 90))
ALL = [SAME_DOG, DOG, FAINT, CAT_THERE]


def chosen(model: str = "yolo11n", **options: object) -> list[Box]:
    return select(ALL, TASK.parse(options), suppresses(catalog.find(model)))


def test_a_box_is_clipped_to_the_image():
    assert make("dog", 0.5, (-5, -5, 120, 70), (100, 60)).xyxy == (0, 0, 100, 60)


def test_a_box_outside_the_image_is_none():
    assert make("dog", 0.5, (110, 0, 120, 60), (100, 60)) is None


def test_an_unused_class_number_is_none():
    assert make("", 0.5, (0, 0, 10, 10), (100, 60)) is None


def test_confidence_hides_faint_boxes():
    assert FAINT not in chosen(confidence=0.35)
    assert FAINT in chosen(confidence=0.05)


def test_of_two_overlapping_boxes_of_a_class_the_more_confident_stays():
    boxes = chosen(iou=0.5)
    assert DOG in boxes
    assert SAME_DOG not in boxes


def test_boxes_of_different_classes_do_not_suppress_each_other():
    assert CAT_THERE in chosen(iou=0.1)


def test_a_higher_iou_keeps_what_overlaps_less():
    shifted = Box("dog", 0.6, (30, 10, 70, 50))  # IoU with DOG 1/3
    options = TASK.parse({"iou": 0.4})
    assert select([DOG, shifted], options, True) == [DOG, shifted]
    assert select([DOG, shifted], TASK.parse({"iou": 0.3}), True) == [DOG]


def test_a_family_without_suppression_keeps_all():
    assert SAME_DOG in chosen("yolo26n", iou=0.1)


def test_classes_are_filtered():
    assert chosen(classes=["cat"]) == [CAT_THERE]


def test_the_most_confident_come_first_and_the_number_is_limited():
    assert chosen(confidence=0.05) == [DOG, CAT_THERE, FAINT]
    assert chosen(confidence=0.05, max_boxes=2) == [DOG, CAT_THERE]


def test_blanks_around_a_class_are_left_out():
    assert chosen(classes=[" cat "]) == [CAT_THERE]


def test_centre_and_size_as_fractions_become_corners_in_pixels():
    assert corners(0.5, 0.25, 0.5, 0.5, (200, 100)) == (50, 0, 150, 50)


def test_a_result_answers_new_options_without_its_network():
    timing = Timing(preprocess=0, forward=0, postprocess=0)
    result = DetectionResult(
        boxes=[],
        candidates=ALL,
        width=100,
        height=100,
        model="yolo11n",
        device="cpu",
        timing=timing,
    )
    again = refilter(result, TASK.parse({"classes": ["cat"]}))
    assert again.boxes == [CAT_THERE]
    assert again.counts() == {"cat": 1}


def test_json_has_the_boxes_and_not_the_candidates():
    timing = Timing(preprocess=1, forward=2, postprocess=3)
    result = DetectionResult(
        boxes=[DOG], candidates=ALL, width=9, height=8, model="m", device="cpu", timing=timing
    )
    assert result.as_json() == {
        "boxes": [{"label": "dog", "score": 0.9, "xyxy": [10, 10, 50, 50]}],
        "width": 9,
        "height": 8,
        "model": "m",
        "device": "cpu",
        "ms": 6.0,
    }
