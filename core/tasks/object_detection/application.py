"""Object detection as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data import samples
from core.data.datasets import DataSet
from core.data.drafts import Draft, Row
from core.device import Device
from core.errors import N_
from core.inputs import images
from core.inputs.tables import Table
from core.models.catalog import ModelEntry
from core.serving.predictor import Predictor
from core.tasks.application import (
    PIXELS,
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
from core.tasks.object_detection import dataset, scenes
from core.tasks.object_detection.catalog import ENTRIES
from core.tasks.object_detection.explanation import EXPLANATION
from core.tasks.object_detection.families import faster_rcnn, finetuned, ssd, yolo
from core.tasks.object_detection.families.faster_rcnn import FasterRCNNConfig
from core.tasks.object_detection.families.finetuned import FinetunedConfig
from core.tasks.object_detection.families.ssd import SSDConfig
from core.tasks.object_detection.families.yolo import YOLOConfig
from core.tasks.object_detection.options import DetectionOptions, DetectionTrainOptions
from core.tasks.object_detection.predictor import DetectionResult

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
        match entry.config:
            case FinetunedConfig() as config:  # before YOLOConfig, of which it is one
                return finetuned.load(entry, config, device)
            case YOLOConfig():
                return yolo.load(entry, device)
            case FasterRCNNConfig() as config:
                return faster_rcnn.load(entry, config, device)
            case SSDConfig():
                return ssd.load(entry, device)
        raise TypeError(f"{entry.id} is no object detector")

    def config(self, values: Mapping[str, object]) -> FinetunedConfig:
        return FinetunedConfig.model_validate(values)

    def recipe(self) -> Recipe:
        from core.tasks.object_detection import recipe

        return recipe

    def trial(self, entry: ModelEntry) -> tuple[Image.Image, DetectionOptions]:
        """A small image of our own: the photographs may not be there yet."""
        from PIL import Image

        return Image.linear_gradient("L").convert("RGB"), self.options()

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
        words = (Words(strong=" · ".join(found)),)
        return Thumbnail((images.jpeg(images.thumbnail(boxed)),), words=words)

    def table(
        self, labels: Sequence[str], results: Sequence[DetectionResult], language: str
    ) -> Table:
        """A row a box: the class as the model says it, corners in pixels of the original image."""
        rows = [
            (name, box.label, str(box.score), *map(str, box.xyxy))
            for name, result in zip(labels, results, strict=True)
            for box in result.boxes
        ]
        return Table(("input", "label", "score", "x1", "y1", "x2", "y2"), tuple(rows))


class BoxedImages(Data):
    formats = N_(
        "A zip file in YOLO format (images and labels, data.yaml), with a COCO JSON file, or with Pascal VOC XML files."
    )
    suffixes = (".zip",)
    samples = scenes.SAMPLES

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        return dataset.read(source, name, choices)

    def draw(self, image: Image.Image, row: Mapping[str, object]) -> Image.Image:
        from core.tasks.object_detection.draw import of_row

        return of_row(image, row)


class DetectorTraining(Training[DetectionTrainOptions]):
    options = DetectionTrainOptions
    standalone = FOLDER / "standalone.py"
    imported = (PIXELS,)
    several_processes = False  # ultralytics starts the processes of a run itself
    augments = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.object_detection import training

        return training.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: DetectionTrainOptions
    ) -> None:
        from core.tasks.object_detection import training

        training.check(base, data, options)

    def train(self, run: Run[DetectionTrainOptions]) -> Outcome:
        from core.tasks.object_detection import finetune

        return finetune.finetune(run)

    def example(self, entry: ModelEntry) -> tuple[nn.Module, torch.Tensor]:
        from core.tasks.object_detection import training

        return training.example(entry)

    def augmented(
        self,
        data: DataSet,
        rows: Sequence[Row],
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
    summary=N_("Find 80 kinds of things in an image or a video and box each one."),
    icon="🎯",
    group=N_("Images"),
    order=20,
    input=ImageInput(),
    prediction=Detection(),
    data=BoxedImages(),
    training=DetectorTraining(),
    class_names=CLASS_NAMES,
    explanations={"": EXPLANATION},
)
