"""Face generation as the portal sees it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.drafts import Draft, Row
from core.device import Device
from core.errors import N_, UsageError
from core.models.catalog import ModelEntry
from core.serving.predictor import Predictor
from core.tasks.application import (
    AT_ONCE,
    Application,
    Data,
    Prediction,
    Recipe,
    Thumbnail,
    Training,
)
from core.tasks.face_generation import dataset, explanation
from core.tasks.face_generation.catalog import ENTRIES
from core.tasks.face_generation.families import diffusion, finetuned, gan
from core.tasks.face_generation.families.diffusion import DiffusionConfig
from core.tasks.face_generation.families.finetuned import FinetunedConfig
from core.tasks.face_generation.families.gan import GanConfig
from core.tasks.face_generation.latent import LatentPoint
from core.tasks.face_generation.options import FaceOptions, FaceTrainOptions
from core.tasks.input_kinds import SeedInput

if TYPE_CHECKING:
    from PIL import Image

    from core.tasks.face_generation.predictor import FaceResult
    from core.training.run import Run
    from core.training.trainee import Trainee

NAME = "face_generation"
FOLDER = Path(__file__).parent


class Generation(Prediction[LatentPoint, FaceOptions, "FaceResult"]):
    options = FaceOptions
    entries = ENTRIES
    thumbnail_inputs = 8

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        match entry.config:
            case FinetunedConfig() as config:  # before the packaged GAN, whose kind it is
                return finetuned.load(entry, config, device)
            case GanConfig():
                return gan.load(entry, device)
            case DiffusionConfig():
                return diffusion.load(entry, device)
        raise TypeError(f"{entry.id} is no face generator")

    def config(self, values: Mapping[str, object]) -> FinetunedConfig:
        return FinetunedConfig.model_validate(values)

    def recipe(self) -> Recipe:
        from core.tasks.face_generation import recipe

        return recipe

    def examples(self) -> list[LatentPoint]:
        return [LatentPoint(seed) for seed in range(8)]

    def thumbnail(
        self, inputs: Sequence[LatentPoint], results: Sequence[FaceResult], language: str
    ) -> Thumbnail:
        from core.tasks.face_generation.media import strip

        rows = [[r.png for r in results[i : i + 4]] for i in (0, 4)]
        # as PNG: a JPEG would lose the mark that says a model made them
        return Thumbnail(tuple(strip(row, results[0].model, "") for row in rows), format="PNG")

    def batching(self, options: FaceOptions, entry: ModelEntry | None) -> tuple[FaceOptions, int]:
        """A model that narrows the count is slow: fewer images by default, each with the time limit to itself."""
        bounds = entry.option_bounds.get("count") if entry else None
        if not bounds:
            return options, AT_ONCE
        if "count" in options.model_fields_set:
            return options, 1
        return options.model_copy(update={"count": min(options.count, int(bounds[1]))}), 1

    def row(
        self, label: object, result: FaceResult, given: Namespace, key: str
    ) -> dict[str, object]:
        return {"output": _save(Path(given.out), result), **result.as_json()}


class Faces(Data):
    formats = N_("A zip file with at least 50 images, faces in the middle.")
    suffixes = (".zip",)
    samples = dataset.SAMPLES
    consent = N_(
        "Everybody who can be recognised in these images agreed to their being used for this."
    )

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        return dataset.read(source, name, choices)


class GanTraining(Training[FaceTrainOptions]):
    sample_titles = MappingProxyType(
        {"grid": N_("the same noise"), "nearest": N_("nearest training images")}
    )
    options = FaceTrainOptions
    standalone = FOLDER / "standalone.py"
    augments = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.face_generation import training

        return training.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: FaceTrainOptions
    ) -> None:
        from core.tasks.face_generation import training

        training.check(base, data, options)

    def trainee(self, run: Run[FaceTrainOptions]) -> Trainee:
        from core.tasks.face_generation.training import GanTrainee

        return GanTrainee(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.face_generation import training

        training.admit(entry)

    def augmented(
        self,
        data: DataSet,
        rows: Sequence[Row],
        options: FaceTrainOptions,
        count: int,
    ) -> list[list[Image.Image]]:
        from core.tasks.face_generation import augment

        return augment.shown(data, rows, options, count)


def _save(folder: Path, result: FaceResult) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{result.model}-{result.seed}.png"
        path.write_bytes(result.png)
    except OSError as error:
        raise UsageError(
            N_("{path} cannot be written: {why}."), path=folder, why=error.strerror
        ) from error
    return str(path)


APPLICATION = Application(
    name=NAME,
    title=N_("Face generation"),
    summary=N_("Generate faces of people who do not exist, and walk between them."),
    icon="🎭",
    group=N_("Images"),
    order=30,
    input=SeedInput(LatentPoint),
    prediction=Generation(),
    data=Faces(),
    training=GanTraining(),
    explanations={"": explanation.GAN, "DDPM": explanation.DIFFUSION},
)
