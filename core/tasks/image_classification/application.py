"""Image classification as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from core.data import samples
from core.data.datasets import DataSet, Draft, SampleSet
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
from core.tasks.image_classification import data
from core.tasks.image_classification.explanation import EXPLANATION
from core.tasks.image_classification.models import ENTRIES
from core.tasks.image_classification.options import (
    ClassificationOptions,
    ClassificationTrainOptions,
)
from core.tasks.input_kinds import ImageInput

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import nn

    from core.tasks.image_classification.predict import ClassificationResult
    from core.training.benchmark import Case
    from core.training.run import Run, Trainee

NAME = "image_classification"
FOLDER = Path(__file__).parent
CLASS_NAMES = ClassNames(FOLDER)


class Classification(Prediction["Image.Image", ClassificationOptions, "ClassificationResult"]):
    options = ClassificationOptions
    entries = ENTRIES

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        from core.tasks.image_classification import predict

        return predict.load(entry, device)

    def recipe(self) -> Recipe:
        from core.tasks.image_classification import recipe

        return recipe

    def examples(self) -> list[Image.Image]:
        return samples.decoded(*samples.SAMPLES)

    def examples_ready(self) -> bool:
        return bool(samples.ready(samples.CHELSEA))

    def thumbnail(
        self,
        inputs: Sequence[Image.Image],
        results: Sequence[ClassificationResult],
        language: str,
    ) -> Thumbnail:
        top = results[0].labels[0]
        name = CLASS_NAMES.name(top.label, language, top.index)
        words = Words(strong=name, after=f" · {top.score:.0%}")
        return Thumbnail((images.jpeg(images.thumbnail(inputs[0])),), words=(words,))


class Photographs(Data):
    formats = N_("A zip file with one folder of pictures for each class.")
    suffixes = (".zip",)
    samples: tuple[SampleSet, ...] = data.SAMPLES
    by_class = True

    def read(
        self, source: Path | IO[bytes], name: str, columns: Mapping[str, str] | None = None
    ) -> Draft:
        return data.read(source, name)

    def read_classes(self, classes: Mapping[str, Sequence[tuple[str, bytes]]]) -> Draft:
        return data.read_classes(classes)


class ClassifierTraining(Training[ClassificationTrainOptions]):
    options = ClassificationTrainOptions
    standalone = FOLDER / "standalone.py"
    classifies = True
    augments = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.image_classification import finetune

        return finetune.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: ClassificationTrainOptions
    ) -> None:
        from core.tasks.image_classification import finetune

        finetune.check(base, data, options)

    def trainee(self, run: Run[ClassificationTrainOptions]) -> Trainee:
        from core.tasks.image_classification.finetune import ClassifierTrainee

        return ClassifierTrainee(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.image_classification import finetune

        finetune.admit(entry)

    def example(self, entry: ModelEntry) -> tuple[nn.Module, torch.Tensor]:
        from core.tasks.image_classification import finetune

        return finetune.example(entry)

    def augmented(
        self,
        data: DataSet,
        rows: Sequence[dict[str, Any]],
        options: ClassificationTrainOptions,
        count: int,
    ) -> list[list[Image.Image]]:
        from core.tasks.image_classification import augment

        return augment.shown(data, rows, options, count)

    def benchmarks(self) -> list[Case]:
        from core.tasks.image_classification import benchmark

        return benchmark.cases()


APPLICATION = Application(
    name=NAME,
    title=N_("Image classification"),
    summary=N_("Name what a picture shows, out of 1,000 classes."),
    icon="🖼️",
    group=N_("Pictures"),
    order=10,
    input=ImageInput(),
    prediction=Classification(),
    data=Photographs(),
    training=ClassifierTraining(),
    class_names=CLASS_NAMES,
    explanations={"": EXPLANATION},
)
