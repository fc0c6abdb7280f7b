"""What all object detectors do: images -> every box above the floor -> the boxes that the options let through."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from core.device import Device
from core.errors import N_, UsageError
from core.models import catalog
from core.models.catalog import MOST_LABELS, FamilyConfig, Label, ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.object_detection.boxes import Box, select

if TYPE_CHECKING:
    from PIL import Image

    from core.tasks.object_detection.options import DetectionOptions

Labels = Annotated[tuple[Label, ...], Field(min_length=1, max_length=MOST_LABELS)]


class DetectorConfig(FamilyConfig):
    """`labels`: the classes that the network knows, in the order of their numbers."""

    labels: Labels


class DetectionResult(Result):
    """`boxes` are those the options let through, most confident first; `candidates` all above the floor.
    `width` and `height` are the image's, in pixels."""

    boxes: list[Box]
    width: int
    height: int
    candidates: list[Box] = Field(default_factory=list, exclude=True, repr=False)

    def counts(self) -> dict[str, int]:
        """How many boxes of each class are shown, most frequent first."""
        return dict(Counter(box.label for box in self.boxes).most_common())


class Detector(Predictor):
    """What the families have in common. `labels` are the classes it can answer with; `batch` images of one
    size go through the network at once."""

    batch = 1

    def __init__(self, entry: ModelEntry, device: Device) -> None:
        super().__init__(entry, device)
        self.labels = labels(entry)

    @abstractmethod
    def detect(self, images: Sequence[Image.Image], watch: Stopwatch) -> list[list[Box]]:
        """All boxes above the floor for each of a few RGB images of equal size."""

    def predict(
        self, inputs: Sequence[Image.Image], options: DetectionOptions, progress: Progress
    ) -> list[DetectionResult]:
        """A result for each image.

        Raises:
            UsageError: the options ask for a class that this model does not know.
        """
        _refuse_unknown(options.classes, self.labels, self.entry.id)
        results: list[DetectionResult] = []
        for images in self._batches(inputs):
            progress.step(len(results), len(inputs))
            results += self._batch(images, options)
        progress.step(len(inputs), len(inputs))
        return results

    def _batch(
        self, images: Sequence[Image.Image], options: DetectionOptions
    ) -> list[DetectionResult]:
        watch = Stopwatch()
        found = self.detect(images, watch)
        with watch.phase("postprocess"):
            shown = [select(boxes, options, suppresses(self.entry)) for boxes in found]
        timing = watch.timing(len(images))
        return [
            DetectionResult(
                boxes=chosen,
                candidates=candidates,
                width=image.width,
                height=image.height,
                model=self.entry.id,
                device=self.device.name,
                timing=timing,
            )
            for image, chosen, candidates in zip(images, shown, found, strict=True)
        ]

    def _batches(self, inputs: Sequence[Image.Image]) -> Iterator[list[Image.Image]]:
        """Neighbours of equal size, as in a video: padding an image to another's size would make
        its boxes depend on its company."""
        for _, same in groupby(inputs, key=lambda image: image.size):
            images = list(same)
            for start in range(0, len(images), self.batch):
                yield images[start : start + self.batch]


def labels(entry: ModelEntry) -> tuple[str, ...]:
    """The classes that a detector of the catalogue knows, in the order of their numbers."""
    assert isinstance(entry.config, DetectorConfig), f"{entry.id} is no object detector"
    return entry.config.labels


def suppresses(entry: ModelEntry) -> bool:
    """Whether overlapping boxes of a model are suppressed: not where the model was trained to give one box an
    object, as YOLO26 was; it does without the option."""
    return entry.option_bounds.get("iou", ()) is not None


def refilter(result: DetectionResult, options: DetectionOptions) -> DetectionResult:
    """The same result under other options. No network runs."""
    one = suppresses(catalog.find(result.model))
    return result.model_copy(update={"boxes": select(result.candidates, options, one)})


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str], model: str) -> None:
    if unknown := [name for name in wanted if name not in known]:
        raise UsageError(
            N_("{model} does not know the class {unknown}. Its classes are: {known}."),
            model=model,
            unknown=", ".join(unknown),
            known=", ".join(known),
        )
