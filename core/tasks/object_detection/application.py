"""Object detection as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from core.data import samples
from core.data.datasets import DataSet, Draft
from core.device import Device
from core.errors import N_
from core.inputs import images
from core.models.catalog import ModelEntry
from core.serving.predictor import Predictor
from core.tasks.application import (
    Application,
    Data,
    Prediction,
    Recipe,
    Thumbnail,
    Training,
    Words,
)
from core.tasks.class_names import ClassNames
from core.tasks.input_kinds import ImageInput
from core.tasks.object_detection import data
from core.tasks.object_detection.boxes import DetectionResult
from core.tasks.object_detection.explanation import EXPLANATION
from core.tasks.object_detection.models import ENTRIES
from core.tasks.object_detection.options import DetectionOptions, DetectionTrainOptions

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import nn

    from core.training.benchmark import Case
    from core.training.run import Outcome, Run

NAME = "object_detection"
FOLDER = Path(__file__).parent
CLASS_NAMES = ClassNames(FOLDER)


class Detection(Prediction["Image.Image", DetectionOptions, DetectionResult]):
    options = DetectionOptions
    entries = ENTRIES

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        from core.tasks.object_detection import predict

        return predict.load(entry, device)

    def recipe(self) -> Recipe:
        from core.tasks.object_detection import recipe

        return recipe

    def examples(self) -> list[Image.Image]:
        return samples.decoded(
            samples.ZIDANE, *(s for s in samples.SAMPLES if s is not samples.ZIDANE)
        )

    def examples_ready(self) -> bool:
        return bool(samples.ready(samples.CHELSEA))

    def thumbnail(
        self, inputs: Sequence[Image.Image], results: Sequence[DetectionResult], language: str
    ) -> Thumbnail:
        from core.tasks.object_detection.draw import draw

        names = CLASS_NAMES.mapping(language)
        boxed = draw(inputs[0], results[0].boxes, names)
        found = sorted({names.get(box.label, box.label) for box in results[0].boxes})
        words = (Words(strong="** · **".join(found)),)
        return Thumbnail((images.jpeg(images.thumbnail(boxed)),), words=words)


class BoxedImages(Data):
    formats = N_(
        "A zip file in YOLO format (images and labels, data.yaml) or with a COCO JSON file."
    )
    suffixes = (".zip",)
    samples = data.SAMPLES

    def read(
        self, source: Path | IO[bytes], name: str, columns: Mapping[str, str] | None = None
    ) -> Draft:
        return data.read(source, name)

    def draw(self, image: Image.Image, row: Mapping[str, Any]) -> Image.Image:
        from core.tasks.object_detection.draw import of_row

        return of_row(image, row)


class DetectorTraining(Training[DetectionTrainOptions]):
    options = DetectionTrainOptions
    standalone = FOLDER / "standalone.py"
    several_processes = False  # ultralytics starts the processes of a training itself
    augments = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.object_detection import finetune

        return finetune.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: DetectionTrainOptions
    ) -> None:
        from core.tasks.object_detection import finetune

        finetune.check(base, data, options)

    def train(self, run: Run[DetectionTrainOptions]) -> Outcome:
        from core.tasks.object_detection import finetune

        return finetune.finetune(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.object_detection import finetune

        finetune.admit(entry)

    def example(self, entry: ModelEntry) -> tuple[nn.Module, torch.Tensor]:
        from core.tasks.object_detection import finetune

        return finetune.example(entry)

    def augmented(
        self,
        data: DataSet,
        rows: Sequence[dict[str, Any]],
        options: DetectionTrainOptions,
        count: int,
    ) -> list[list[Image.Image]]:
        from core.tasks.object_detection import augment

        return augment.shown(data, rows, options, count)

    def benchmarks(self) -> list[Case]:
        from core.tasks.object_detection import benchmark

        return benchmark.cases()


APPLICATION = Application(
    name=NAME,
    title=N_("Object detection"),
    summary=N_("Find 80 kinds of things in a picture or a video and box each one."),
    icon="🎯",
    group=N_("Pictures"),
    order=20,
    input=ImageInput(),
    prediction=Detection(),
    data=BoxedImages(),
    training=DetectorTraining(),
    class_names=CLASS_NAMES,
    explanations={"": EXPLANATION},
)
