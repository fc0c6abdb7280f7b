"""Sentiment as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.drafts import Draft
from core.device import Device
from core.errors import N_
from core.inputs import tables
from core.inputs.tables import Table
from core.models import weights
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
from core.tasks.input_kinds import TextInput
from core.tasks.sentiment import dataset, public_texts
from core.tasks.sentiment.catalog import ENTRIES, TASK
from core.tasks.sentiment.explanation import EXPLANATION
from core.tasks.sentiment.families import adapted, finetuned, hub, wide_and_deep
from core.tasks.sentiment.labels import LABELS
from core.tasks.sentiment.options import SentimentOptions, SentimentTrainOptions
from core.tasks.sentiment.predictor import Network, SentimentPredictor, SentimentResult

if TYPE_CHECKING:
    from core.training.benchmark import Case
    from core.training.run import Run
    from core.training.trainee import Trainee

FOLDER = Path(__file__).parent
LONG = 40
"""Times that the examples, about a hundred tokens, are repeated for a trial: more than any network reads at once."""
MARKS = {"positive": "🟢", "negative": "🔴"}


class SentimentAnalysis(Prediction[str, SentimentOptions, SentimentResult]):
    options = SentimentOptions
    entries = ENTRIES
    routes = True
    thumbnail_inputs = 3

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        network = _network(entry, weights.require(entry))
        network.module.to(device.name)
        return SentimentPredictor(entry, device, network)

    def route(self, value: str, options: SentimentOptions, ready: Sequence[ModelEntry]) -> str:
        from core.tasks.sentiment import routing

        return routing.route(value, options, ready)

    def config(self, values: Mapping[str, object]) -> finetuned.FinetunedConfig:
        return finetuned.FinetunedConfig.model_validate(values)

    def recipe(self) -> Recipe:
        from core.tasks.sentiment import recipe

        return recipe

    def trial(self, entry: ModelEntry) -> tuple[str, SentimentOptions]:
        """A text of several windows: one that is longer than a network has positions for shows only there."""
        return " ".join(self.examples()) * LONG, SentimentOptions()

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

    def table(
        self, labels: Sequence[str], results: Sequence[SentimentResult], language: str
    ) -> Table:
        """Text, label, a probability for each label of the models that answered, and the model. The names are
        the models' own in every language: the table is for programs."""
        classes = list(dict.fromkeys(one for r in results for one in r.scores)) or list(LABELS)
        rows = tuple(
            (text, r.label, *(f"{r.scores.get(one, 0):.6f}" for one in classes), r.model)
            for text, r in zip(labels, results, strict=True)
        )
        return Table(("text", "label", *classes, "model"), rows)


class LabelledTexts(Data):
    formats = N_(
        "CSV, TSV, JSON, JSONL or an Excel workbook with a text and a label in each row, or a zip file "
        "with a text file or a folder of them for each label."
    )
    suffixes = (*tables.SUFFIXES, ".zip")
    samples = public_texts.SAMPLES

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        return dataset.read(source, name, choices)


class TextClassifierTraining(Training[SentimentTrainOptions]):
    options = SentimentTrainOptions
    standalone = FOLDER / "standalone.py"
    classifies = True

    def bases(self) -> list[ModelEntry]:
        from core.tasks.sentiment import training

        return training.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: SentimentTrainOptions
    ) -> None:
        from core.tasks.sentiment import training

        training.check(base, data, options)

    def trainee(self, run: Run[SentimentTrainOptions]) -> Trainee:
        from core.tasks.sentiment.training import SentimentTrainee

        return SentimentTrainee(run)

    def benchmarks(self) -> list[Case]:
        from core.tasks.sentiment import benchmark

        return benchmark.cases()


def _network(entry: ModelEntry, folders: Sequence[Path]) -> Network:
    """The network of an entry; the type of its config tells its family."""
    config = entry.config
    if isinstance(config, adapted.AdaptedConfig):
        return adapted.network(entry.id, folders)
    if isinstance(config, wide_and_deep.WideAndDeepConfig):
        return wide_and_deep.network(folders)
    if isinstance(config, hub.HubConfig):
        return hub.network(entry.id, config, folders)
    if isinstance(config, finetuned.FinetunedConfig):
        return finetuned.network(entry.id, config, folders)
    raise TypeError(f"{entry.id} is of no family of this application")


APPLICATION = Application(
    name=TASK,
    title=N_("Sentiment"),
    summary=N_("Tell whether a text is negative, neutral or positive."),
    icon="💬",
    group=N_("Language"),
    order=50,
    input=TextInput(),
    prediction=SentimentAnalysis(),
    data=LabelledTexts(),
    training=TextClassifierTraining(),
    class_names=ClassNames(FOLDER),
    explanations={"": EXPLANATION},
)
