"""Image classification as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data import samples
from core.data.datasets import DataSet, SampleSet
from core.data.drafts import Draft, Row
from core.device import Device
from core.errors import N_
from core.inputs import images
from core.inputs.tables import Table
from core.models import catalog
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
from core.tasks.image_classification import dataset, wording
from core.tasks.image_classification.catalog import ENTRIES
from core.tasks.image_classification.explanation import EXPLANATION
from core.tasks.image_classification.families import finetuned, timm, torchvision
from core.tasks.image_classification.families.finetuned import FinetunedConfig
from core.tasks.image_classification.families.timm import TimmConfig
from core.tasks.image_classification.families.torchvision import TorchvisionConfig
from core.tasks.image_classification.options import (
    ClassificationOptions,
    ClassificationTrainOptions,
)
from core.tasks.input_kinds import ImageInput

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import nn

    from core.tasks.image_classification.predictor import ClassificationResult
    from core.training.benchmark import Case
    from core.training.run import Run
    from core.training.trainee import Trainee

NAME = "image_classification"
FOLDER = Path(__file__).parent


class Classification(Prediction["Image.Image", ClassificationOptions, "ClassificationResult"]):
    options = ClassificationOptions
    entries = ENTRIES

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        match entry.config:
            case FinetunedConfig() as config:
                return finetuned.load(entry, config, device)
            case TimmConfig() as config:
                return timm.load(entry, config, device)
            case TorchvisionConfig() as config:
                return torchvision.load(entry, config, device)
        raise TypeError(f"{entry.id} is no image classifier")

    def config(self, values: Mapping[str, object]) -> FinetunedConfig:
        return FinetunedConfig.model_validate(values)

    def recipe(self) -> Recipe:
        from core.tasks.image_classification import recipe

        return recipe

    def trial(self, entry: ModelEntry) -> tuple[Image.Image, ClassificationOptions]:
        """A small image of our own: the photographs may not be there yet."""
        from PIL import Image

        return Image.linear_gradient("L").convert("RGB"), self.options()

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
        name = wording.class_name(top, catalog.find(results[0].model), language)
        words = Words(strong=name, after=f" · {top.score:.0%}")
        return Thumbnail((images.jpeg(images.thumbnail(inputs[0])),), words=(words,))

    def table(
        self, labels: Sequence[str], results: Sequence[ClassificationResult], language: str
    ) -> Table:
        return wording.table(labels, results, language)


class Photographs(Data):
    formats = N_(
        "A zip file with one folder of images for each class, in folders such as train and val if it is divided."
    )
    suffixes = (".zip",)
    samples: tuple[SampleSet, ...] = dataset.SAMPLES
    by_class = True

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        return dataset.read(source, name, choices)

    def read_classes(self, classes: Mapping[str, Sequence[tuple[str, bytes]]]) -> Draft:
        return dataset.read_classes(classes)


class ClassifierTraining(Training[ClassificationTrainOptions]):
    options = ClassificationTrainOptions
    standalone = FOLDER / "standalone.py"
    imported = (PIXELS,)
    classifies = True
    augments = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.image_classification import training

        return training.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: ClassificationTrainOptions
    ) -> None:
        from core.tasks.image_classification import training

        training.check(base, data, options)

    def trainee(self, run: Run[ClassificationTrainOptions]) -> Trainee:
        from core.tasks.image_classification.training import ClassifierTrainee

        return ClassifierTrainee(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.image_classification import training

        training.admit(entry)

    def example(self, entry: ModelEntry) -> tuple[nn.Module, torch.Tensor]:
        from core.tasks.image_classification import training

        return training.example(entry)

    def described(self, entry: ModelEntry) -> Mapping[str, object]:
        from core.tasks.image_classification import training

        return training.described(entry)

    def augmented(
        self,
        data: DataSet,
        rows: Sequence[Row],
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
    summary=N_("Name what an image shows, out of 1,000 classes."),
    icon="🖼️",
    group=N_("Images"),
    order=10,
    input=ImageInput(),
    prediction=Classification(),
    data=Photographs(),
    training=ClassifierTraining(),
    class_names=wording.CLASS_NAMES,
    explanations={"": EXPLANATION},
)
