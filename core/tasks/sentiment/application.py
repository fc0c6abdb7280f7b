"""Sentiment as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data.datasets import DataSet, Draft
from core.device import Device
from core.errors import N_
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
from core.tasks.input_kinds import TextInput
from core.tasks.sentiment import data
from core.tasks.sentiment.explanation import EXPLANATION
from core.tasks.sentiment.models import ENTRIES
from core.tasks.sentiment.options import SentimentOptions, SentimentTrainOptions

if TYPE_CHECKING:
    from core.tasks.sentiment.predict import SentimentResult
    from core.training.benchmark import Case
    from core.training.run import Run
    from core.training.trainee import Trainee

NAME = "sentiment"
FOLDER = Path(__file__).parent
MARKS = {"positive": "🟢", "negative": "🔴"}


class SentimentAnalysis(Prediction[str, SentimentOptions, "SentimentResult"]):
    options = SentimentOptions
    entries = ENTRIES
    routes = True
    thumbnail_inputs = 3

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        from core.tasks.sentiment import predict

        return predict.load(entry, device)

    def route(self, value: str, options: SentimentOptions, ready: Sequence[ModelEntry]) -> str:
        from core.tasks.sentiment import routing

        return routing.route(value, options, ready)

    def recipe(self) -> Recipe:
        from core.tasks.sentiment import recipe

        return recipe

    def examples(self) -> list[str]:
        """English sentences: the model of the recipe reads no Chinese."""
        from core.tasks.sentiment.examples import MANY

        return list(MANY[:8])

    def thumbnail(
        self, inputs: Sequence[str], results: Sequence[SentimentResult], language: str
    ) -> Thumbnail:
        lines = zip(inputs, results, strict=True)
        words = (Words(before=f"{MARKS.get(r.label, '⚪')} {text}") for text, r in lines)
        return Thumbnail(words=tuple(words))


class LabelledTexts(Data):
    formats = N_("CSV, TSV or JSONL with a text and a label on each line.")
    suffixes = (".csv", ".tsv", ".jsonl", ".zip")
    columns = (N_("text"), N_("label"))
    samples = data.SAMPLES

    def read(
        self, source: Path | IO[bytes], name: str, columns: Mapping[str, str] | None = None
    ) -> Draft:
        from core.tasks.sentiment import labelled

        return labelled.read(source, name, **(columns or {}))

    def table_columns(self, source: Path | IO[bytes], name: str) -> list[str]:
        from core.tasks.sentiment import labelled

        return labelled.columns(source, name)


class TextClassifierTraining(Training[SentimentTrainOptions]):
    options = SentimentTrainOptions
    standalone = FOLDER / "standalone.py"
    classifies = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.sentiment import finetune

        return finetune.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: SentimentTrainOptions
    ) -> None:
        from core.tasks.sentiment import finetune

        finetune.check(base, data, options)

    def trainee(self, run: Run[SentimentTrainOptions]) -> Trainee:
        from core.tasks.sentiment.finetune import SentimentTrainee

        return SentimentTrainee(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.sentiment import finetune

        finetune.admit(entry)

    def benchmarks(self) -> list[Case]:
        from core.tasks.sentiment import benchmark

        return benchmark.cases()


APPLICATION = Application(
    name=NAME,
    title=N_("Sentiment"),
    summary=N_("Tell whether a text is negative, neutral or positive."),
    icon="💬",
    group=N_("Language"),
    order=50,
    input=TextInput(),
    prediction=SentimentAnalysis(),
    data=LabelledTexts(),
    training=TextClassifierTraining(),
    explanations={"": EXPLANATION},
)
