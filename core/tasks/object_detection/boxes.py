"""Boxes and what the sliders do to them: thresholds, classes, suppression. No network runs here.

A detector returns every box above `FLOOR`; `select` picks those to show. Moving a slider calls
`select` again on the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field

from core.models import catalog
from core.serving.predictor import Result

if TYPE_CHECKING:
    from core.tasks.object_detection.options import DetectionOptions

FLOOR = 0.05
"""Lowest score a detector reports; the confidence slider starts here."""
IOU_CEILING = 0.8
"""Detectors that leave suppression to `select` only merge boxes that overlap more than this."""
MOST_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class Box:
    """`xyxy`: left, top, right, bottom in pixels of the original picture, origin top left."""

    label: str
    score: float
    xyxy: tuple[float, float, float, float]


class DetectionResult(Result):
    """`boxes` are those the options let through, best first; `candidates` all above `FLOOR`."""

    boxes: list[Box]
    width: int
    height: int
    candidates: list[Box] = Field(default_factory=list, exclude=True, repr=False)

    def counts(self) -> dict[str, int]:
        """How many boxes of each class are shown, most frequent first."""
        return dict(Counter(box.label for box in self.boxes).most_common())


def make(label: str, score: float, corners: Sequence[float], size: tuple[int, int]) -> Box | None:
    """A box clipped to a picture of `size` (width, height); None if nothing of it is inside."""
    width, height = size
    x1, x2 = (round(min(max(float(x), 0.0), width), 2) for x in (corners[0], corners[2]))
    y1, y2 = (round(min(max(float(y), 0.0), height), 2) for y in (corners[1], corners[3]))
    if not label or x2 <= x1 or y2 <= y1:
        return None
    return Box(label, round(float(score), 4), (x1, y1, x2, y2))


def refilter(result: DetectionResult, options: DetectionOptions) -> DetectionResult:
    """The same result under other options."""
    return result.model_copy(update={"boxes": select(result.candidates, options, result.model)})


def select(candidates: Sequence[Box], options: DetectionOptions, model: str) -> list[Box]:
    """The candidates that pass, best first: score, class, then suppression within each class.

    A model that suppresses nothing by design (option_bounds["iou"] is None, as for YOLO26, whose
    head is trained to give one box per object) is left as it is.
    """
    wanted = set(options.classes)
    boxes = [
        box
        for box in candidates
        if box.score >= options.confidence and (not wanted or box.label in wanted)
    ]
    boxes.sort(key=lambda box: -box.score)
    if catalog.find(model).option_bounds.get("iou", ()) is not None:
        boxes = suppress(boxes, options.iou)
    return boxes[: options.max_boxes]


def suppress(boxes: Sequence[Box], iou: float) -> list[Box]:
    """Greedy non-maximum suppression per class: of two boxes overlapping by more than `iou`
    (intersection over union) the lower score goes. `boxes` and the answer are best first."""
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
