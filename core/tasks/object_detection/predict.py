"""Runs a detector: pictures -> every box above the floor -> the boxes the options let through."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from PIL import Image

from core.device import Device
from core.imports import resolve
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Stopwatch
from core.tasks.object_detection.boxes import Box, DetectionResult, select

if TYPE_CHECKING:
    from core.tasks.object_detection.options import DetectionOptions

KINDS = {
    "ssd": "core.tasks.object_detection.ssd:load",
    "yolo": "core.tasks.object_detection.yolo:load",
    "tuned": "core.tasks.object_detection.tuned:load",
    "faster_rcnn": "core.tasks.object_detection.faster_rcnn:load",
}


class Detector(Predictor):
    """What the families have in common. `batch`: pictures of one size that go through at once."""

    batch = 1

    @abstractmethod
    def detect(self, pictures: Sequence[Image.Image], watch: Stopwatch) -> list[list[Box]]:
        """All boxes above the floor for each of a few RGB pictures of equal size."""

    def predict(
        self, inputs: Sequence[Image.Image], options: DetectionOptions, progress: Progress
    ) -> list[DetectionResult]:
        results: list[DetectionResult] = []
        for pictures in self._batches(inputs):
            progress.step(len(results), len(inputs))
            watch = Stopwatch()
            found = self.detect(pictures, watch)
            with watch.phase("postprocess"):
                chosen = [select(boxes, options, self.entry.id) for boxes in found]
            timing = watch.timing(len(pictures))
            results += [
                DetectionResult(
                    boxes=shown,
                    candidates=boxes,
                    width=picture.width,
                    height=picture.height,
                    model=self.entry.id,
                    device=self.device.name,
                    timing=timing,
                )
                for picture, shown, boxes in zip(pictures, chosen, found, strict=True)
            ]
        progress.step(len(inputs), len(inputs))
        return results

    def _batches(self, inputs: Sequence[Image.Image]) -> Iterator[list[Image.Image]]:
        """Neighbours of equal size, as in a video: padding a picture to another's size would make
        its boxes depend on its company."""
        for _, same in groupby(inputs, key=lambda picture: picture.size):
            pictures = list(same)
            for start in range(0, len(pictures), self.batch):
                yield pictures[start : start + self.batch]


def load(entry: ModelEntry, device: Device) -> Detector:
    """Build the detector of `entry` from the files on disk.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they are not such a detector.
    """
    return resolve(KINDS[str(entry.config["kind"])])(entry, device)
