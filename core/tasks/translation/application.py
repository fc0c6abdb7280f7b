"""Translation as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.drafts import Draft
from core.device import Device
from core.errors import N_
from core.models.catalog import FamilyConfig, ModelEntry
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
from core.tasks.input_kinds import TextInput
from core.tasks.translation import dataset, families
from core.tasks.translation.catalog import ENTRIES
from core.tasks.translation.explanation import EXPLANATION
from core.tasks.translation.options import TranslationOptions, TranslationTrainOptions
from core.tasks.translation.samples import SAMPLES

if TYPE_CHECKING:
    from core.inputs.tables import Table
    from core.tasks.translation.predictor import TranslationResult
    from core.training.run import Run
    from core.training.trainee import Trainee

NAME = "translation"
FOLDER = Path(__file__).parent


class Translation(Prediction[str, TranslationOptions, "TranslationResult"]):
    options = TranslationOptions
    entries = ENTRIES
    routes = True

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        from core.tasks.translation.predictor import Translator

        return Translator(entry, device, families.engine(entry, device))

    def route(self, value: str, options: TranslationOptions, ready: Sequence[ModelEntry]) -> str:
        from core.tasks.translation import routing

        return routing.route(value, options, ready)

    def config(self, values: Mapping[str, object]) -> FamilyConfig:
        return families.parse(values)

    def recipe(self) -> Recipe:
        from core.tasks.translation import recipe

        return recipe

    def trial(self, entry: ModelEntry) -> tuple[str, TranslationOptions]:
        """A sentence in its own direction, which `admit` has found to be one."""
        from core.tasks.translation.families.decoder import sentence

        source, target = entry.languages
        return sentence(source), TranslationOptions.model_validate(
            {"source": source, "target": target}
        )

    def examples(self) -> list[str]:
        from core.tasks.translation.families.decoder import parallel

        return [french for french, _english in parallel("fr", "en")]

    def thumbnail(
        self, inputs: Sequence[str], results: Sequence[TranslationResult], language: str
    ) -> Thumbnail:
        words = (Words(before=inputs[0]), Words(before="→ ", strong=results[0].output))
        return Thumbnail(words=words)

    def table(
        self, labels: Sequence[str], results: Sequence[TranslationResult], language: str
    ) -> Table:
        from core.tasks.translation import predictor

        return predictor.table(results)


class SentencePairs(Data):
    formats = N_(
        "A table (CSV, TSV, JSON lines, …) with a column for each language, TMX, XLIFF, PO, or text files "
        "with the same sentences line by line, two of them or in a zip file."
    )
    suffixes = dataset.SUFFIXES
    samples = SAMPLES
    aligned = True

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        return dataset.read(source, name, choices)

    def read_aligned(
        self,
        first: tuple[str, bytes],
        second: tuple[str, bytes],
        choices: Mapping[str, str] | None = None,
    ) -> Draft:
        return dataset.read_aligned(first, second, choices)


class TranslatorTraining(Training[TranslationTrainOptions]):
    options = TranslationTrainOptions
    standalone = FOLDER / "standalone.py"

    def bases(self) -> list[ModelEntry]:
        from core.tasks.translation import training

        return training.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: TranslationTrainOptions
    ) -> None:
        from core.tasks.translation import training

        training.check(base, data, options)

    def trainee(self, run: Run[TranslationTrainOptions]) -> Trainee:
        from core.tasks.translation.training import TranslationTrainee

        return TranslationTrainee(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.translation import training

        training.admit(entry)


APPLICATION = Application(
    name=NAME,
    title=N_("Translation"),
    summary=N_("Put a text into another language, sentence by sentence."),
    icon="🌍",
    group=N_("Language"),
    order=40,
    input=TextInput(),
    prediction=Translation(),
    data=SentencePairs(),
    training=TranslatorTraining(),
    explanations={"": EXPLANATION},
)
