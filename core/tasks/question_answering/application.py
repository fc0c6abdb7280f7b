"""Question answering as the portal sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.drafts import Draft
from core.device import Device
from core.errors import N_
from core.inputs.tables import Table
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
from core.tasks.input_kinds import PassageInput, Question
from core.tasks.question_answering import dataset
from core.tasks.question_answering.catalog import ENTRIES
from core.tasks.question_answering.explanation import EXPLANATION
from core.tasks.question_answering.options import ReadingOptions, ReadingTrainOptions

if TYPE_CHECKING:
    from core.tasks.question_answering.predictor import AnswerResult
    from core.training.run import Run
    from core.training.trainee import Trainee

NAME = "question_answering"
FOLDER = Path(__file__).parent
COLUMNS = ("question", "answer", "score", "start", "end", "evidence", "model")
"""Of a CSV file with answers."""


class Reading(Prediction[Question, ReadingOptions, "AnswerResult"]):
    options = ReadingOptions
    entries = ENTRIES
    routes = True

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        from core.tasks.question_answering import families

        return families.load(entry, device)

    def route(self, value: Question, options: ReadingOptions, ready: Sequence[ModelEntry]) -> str:
        from core.tasks.question_answering import routing

        return routing.choose(value, options, ready)

    def config(self, values: Mapping[str, object]) -> FamilyConfig:
        from core.tasks.question_answering import families

        return families.parse(values)

    def recipe(self) -> Recipe:
        from core.tasks.question_answering import recipe

        return recipe

    def examples(self) -> list[Question]:
        from core.tasks.question_answering.examples import EXAMPLES

        return [Question(e.passage, text) for e in EXAMPLES[:2] for text in e.questions]

    def thumbnail(
        self, inputs: Sequence[Question], results: Sequence[AnswerResult], language: str
    ) -> Thumbnail:
        answer = Words(before="→ ", strong=results[0].answer or "–")
        return Thumbnail(words=(Words(before=inputs[0].text), answer))

    def table(self, labels: Sequence[str], results: Sequence[AnswerResult], language: str) -> Table:
        """The questions name themselves."""
        rows = [result.as_json() for result in results]
        cells = [["" if row[name] is None else str(row[name]) for name in COLUMNS] for row in rows]
        return Table(COLUMNS, tuple(map(tuple, cells)))


class Questions(Data):
    formats = N_(
        "JSON or JSON lines in SQuAD's or Hugging Face's format, or a table (CSV, …) with the columns "
        "context, question, answers."
    )
    suffixes = dataset.SUFFIXES
    samples = dataset.SAMPLES

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        return dataset.read(source, name, choices)


class ReaderTraining(Training[ReadingTrainOptions]):
    options = ReadingTrainOptions
    standalone = FOLDER / "standalone.py"

    def bases(self) -> list[ModelEntry]:
        from core.tasks.question_answering import training

        return training.bases()

    def check(
        self, base: ModelEntry | None, data: DataSet | None, options: ReadingTrainOptions
    ) -> None:
        from core.tasks.question_answering import training

        assert data is not None  # jobs refuse a run without, where an application has data
        training.check(base, data, options)

    def trainee(self, run: Run[ReadingTrainOptions]) -> Trainee:
        from core.tasks.question_answering import training

        return training.trainee(run)

    def admit(self, entry: ModelEntry) -> None:
        from core.tasks.question_answering import training

        training.admit(entry)


APPLICATION = Application(
    name=NAME,
    title=N_("Question answering"),
    summary=N_("Ask about a passage; the answer is marked in it."),
    icon="❓",
    group=N_("Language"),
    order=60,
    input=PassageInput(),
    prediction=Reading(),
    data=Questions(),
    training=ReaderTraining(),
    explanations={"": EXPLANATION},
)
