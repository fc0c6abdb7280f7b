"""What trainees that read share: they are measured by what they would answer on the page."""

from __future__ import annotations

import copy
import json
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch
from torch.utils.data import Dataset

from core import tasks
from core.data.splits import parts, some
from core.errors import N_, MemoryBudgetError, NotReadyError
from core.plain import Row
from core.progress import Progress
from core.serving.sentence_encoder import SentenceEncoder
from core.tasks.input_kinds import PassageInput, Question
from core.tasks.question_answering.dataset import StoredQuestion
from core.tasks.question_answering.options import ReadingOptions
from core.tasks.question_answering.passages import Passage
from core.tasks.question_answering.predictor import AnswerResult, Reader
from core.tasks.question_answering.scores import score
from core.tasks.question_answering.search import similarities
from core.training.events import Baseline
from core.training.metrics import Metric
from core.training.run import Run
from core.training.trainee import Evaluation, Part, Trainee

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from core.models.catalog import FamilyConfig, ModelEntry
    from core.tasks.question_answering.options import ReadingTrainOptions

W = TypeVar("W")


def own_copy(base: ModelEntry) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A network to train, on the CPU, where decoders are float32, and its tokenizer.

    Raises:
        NotReadyError, MemoryBudgetError, IntegrityError: the base cannot be loaded.
    """
    with tasks.pool.borrow(base.id, device_name="cpu", progress=Progress()) as borrowed:
        assert isinstance(borrowed, Reader | SentenceEncoder)
        model, tokenizer = copy.deepcopy(borrowed.model), borrowed.tokenizer
    tasks.pool.drop(base.id)  # the run needs it no more, and a decoder takes a gigabyte
    return model, tokenizer


class Windows(Dataset[W]):
    """Questions with windows of their passages, as a network reads them; some for each row."""

    def __init__(self, by_row: Iterable[list[W]]) -> None:
        self.windows = [window for found in by_row for window in found]

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, i: int) -> W:
        return self.windows[i]


class ReadingTrainee(Trainee):
    """A reader. It is measured by what it would answer on the page with the usual settings."""

    metrics = (
        Metric("F1", "F1", unit="percent"),
        Metric("exact match", N_("exact match"), unit="percent"),
    )

    def __init__(self, run: Run[ReadingTrainOptions]) -> None:
        assert run.base is not None  # see `training.check`
        self.given, self.options, self.data, self.base = run, run.options, run.dataset, run.base
        torch.manual_seed(run.options.seed)
        self.parts = parts(self.data.rows, run.options)
        self.compared = False

    @abstractmethod
    def reader(self) -> Reader:
        """The page's reader with the network as it is now."""

    @abstractmethod
    def config(self) -> FamilyConfig:
        """What `families.load` has to know of the network as it is now."""

    def evaluate(self, part: Part) -> Evaluation:
        indices = some(self.parts[part], self.options.questions, self.options.seed)
        questions = self._questions(indices)
        if part == "validation" and not self.compared:
            self.compared = True
            self._tell_baseline(questions)
        asked = [Question(one.passage, one.question) for one in questions]
        answers = [result.answer for result in self._read(asked)]
        found = [score(a, one.answers) for a, one in zip(answers, questions, strict=True)]
        samples: list[Row] = [
            {
                "question": one.question,
                "passage": one.passage,
                "answer": one.answers[0] if one.answers else None,
                "found": answer,
                "right": round(value, 4),
            }
            for one, answer, (value, _) in zip(questions, answers, found, strict=True)
        ]
        return Evaluation(_percent(found), samples)

    def track(self, inputs: Sequence[str]) -> list[Row]:
        kind = PassageInput()
        results = self._read([kind.tracked_value(one) for one in inputs])
        return [{"answer": r.answer, "score": round(r.score, 4)} for r in results]

    def training_questions(self) -> list[StoredQuestion]:
        return self._questions(self.parts.train)

    def entry(self) -> ModelEntry:
        """The base, described as what has become of it."""
        return replace(self.base, config=self.config())

    def describe(self, folder: Path, **more: object) -> None:
        """Write `model.json`; see `core.models.finetuned`."""
        language = self.data.language
        about = {
            "family": self.base.family,
            "languages": [language] if language else [],
            "config": self.config().model_dump(mode="json"),
            **more,
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def _questions(self, indices: Sequence[int]) -> list[StoredQuestion]:
        return [StoredQuestion.model_validate(self.data.rows[i]) for i in indices]

    def _read(self, asked: Sequence[Question]) -> list[AnswerResult]:
        return self.reader().predict(asked, ReadingOptions(), Progress())

    def _tell_baseline(self, questions: Sequence[StoredQuestion]) -> None:
        """How good it would be to answer with the sentence that is most like the question."""
        try:
            sentences = [self._most_similar(one.passage, one.question) for one in questions]
        except (NotReadyError, MemoryBudgetError):
            return  # without MiniLM there is nothing to compare with, and the run goes on
        found = [score(s, one.answers) for s, one in zip(sentences, questions, strict=True)]
        self.given.emit(Baseline("most similar sentence", _percent(found)))

    def _most_similar(self, passage: str, question: str) -> str:
        """The sentence of the passage that means most nearly the same as the question."""
        spans = Passage(passage).sentences or [(0, len(passage))]
        sentences = [passage[start:end] for start, end in spans]
        (alike,) = similarities([question], sentences, self.given.device, Progress())
        return sentences[alike.index(max(alike))]


def _percent(found: Sequence[tuple[float, bool]]) -> dict[str, float]:
    return {
        "F1": 100 * sum(value for value, _ in found) / len(found),
        "exact match": 100 * sum(same for _, same in found) / len(found),
    }
