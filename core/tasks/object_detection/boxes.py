"""Boxes and what the sliders do to them: thresholds, classes, suppression. No network runs here.

A detector returns every box above `options.FLOOR`; `select` picks those to show. Moving a slider calls
`select` again on the same boxes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.tasks.object_detection.options import DetectionOptions

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Fractions = list[float]
"""Class index, then centre x, centre y, width, height as fractions of the image."""

MOST_CANDIDATES = 500
MOST_CLASSES = 10_000
"""More than any detector has: a number beyond it comes from a broken or hostile file."""


@dataclass(frozen=True, slots=True)
class Box:
    """`score` in [0, 1]; `xyxy`: left, top, right, bottom in pixels of the original image, origin top left."""

    label: str
    score: float
    xyxy: Corners


def stored(row: Mapping[str, object]) -> list[Fractions]:
    """The boxes of an image in a data set."""
    found = row["boxes"]
    assert isinstance(found, list)
    return found


def make(label: str, score: float, corners: Sequence[float], size: tuple[int, int]) -> Box | None:
    """A box clipped to an image of `size` (width, height); None if nothing of it is inside."""
    width, height = size
    x1, x2 = (round(min(max(float(x), 0.0), width), 2) for x in (corners[0], corners[2]))
    y1, y2 = (round(min(max(float(y), 0.0), height), 2) for y in (corners[1], corners[3]))
    if not label or x2 <= x1 or y2 <= y1:
        return None
    return Box(label, round(float(score), 4), (x1, y1, x2, y2))


def corners(x: float, y: float, width: float, height: float, size: tuple[int, int]) -> Corners:
    """The corners, in pixels of an image of `size`, of a box given by its centre and its own size as fractions of
    the image, as label files have it."""
    across, down = size
    return (
        (x - width / 2) * across,
        (y - height / 2) * down,
        (x + width / 2) * across,
        (y + height / 2) * down,
    )


def select(candidates: Sequence[Box], options: DetectionOptions, suppresses: bool) -> list[Box]:
    """The candidates that pass, most confident first: score, class, then, where the model needs it,
    suppression within each class."""
    wanted = set(options.classes)
    boxes = [
        box
        for box in candidates
        if box.score >= options.confidence and (not wanted or box.label in wanted)
    ]
    boxes.sort(key=lambda box: -box.score)
    if suppresses:
        boxes = suppress(boxes, options.iou)
    return boxes[: options.max_boxes]


def suppress(boxes: Sequence[Box], iou: float) -> list[Box]:
    """Greedy non-maximum suppression per class: of two boxes overlapping by more than `iou`
    (intersection over union) the lower score goes. `boxes` and the answer are most confident first."""
    import cv2

    labels = {label: i for i, label in enumerate(dict.fromkeys(box.label for box in boxes))}
    kept = cv2.dnn.NMSBoxesBatched(
        [(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2 in (box.xyxy for box in boxes)],
        [box.score for box in boxes],
        [labels[box.label] for box in boxes],
        score_threshold=0.0,
        nms_threshold=iou,
    )
    return [boxes[i] for i in sorted(kept)]
