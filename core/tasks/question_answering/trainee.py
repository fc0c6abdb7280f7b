"""What readers in training share: they are judged by what they would answer on the page."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import Dataset

from core import tasks
from core.data.splits import parts, some
from core.errors import N_
from core.models import weights
from core.models.starters import MINILM
from core.progress import Progress
from core.tasks.input_kinds import PassageInput, Question
from core.tasks.question_answering.evaluate import exact, f1
from core.tasks.question_answering.passages import Passage
from core.tasks.question_answering.reader import Reader
from core.tasks.question_answering.search import Searcher
from core.training.events import Baseline
from core.training.metrics import Metric
from core.training.run import Run
from core.training.trainee import Evaluation, Trainee

if TYPE_CHECKING:
    from core.models.catalog import ModelEntry
    from core.tasks.question_answering.options import ReadingTrainOptions


class Windows(Dataset):
    """Questions with windows of their passages, as a network reads them; some for each row."""

    def __init__(self, by_row: Iterable[list[Any]]) -> None:
        self.windows = [window for found in by_row for window in found]

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, i: int) -> Any:
        return self.windows[i]


class ReadingTrainee(Trainee):
    """A reader. It is measured by what it would answer on the page with the usual settings."""

    metrics = (
        Metric("F1", "F1", unit="percent"),
        Metric("exact match", N_("exact match"), unit="percent"),
    )

    def __init__(self, run: Run[ReadingTrainOptions]) -> None:
        assert run.base is not None  # see `finetune.check`
        self.given, self.options, self.data, self.base = run, run.options, run.data, run.base
        torch.manual_seed(run.options.seed)
        self.parts = parts(run.data.rows, run.options)
        self.compared = False

    @abstractmethod
    def reader(self) -> Reader:
        """The page's reader with the network as it is now."""

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """What `predict.load` has to know of the network as it is now."""

    def evaluate(self, part: str) -> Evaluation:
        indices = some(getattr(self.parts, part), self.options.questions, self.options.seed)
        rows = [self.data.rows[i] for i in indices]
        if not self.compared:
            self.compared = True
            self._tell_baseline(rows)
        asked = [Question(row["passage"], row["question"]) for row in rows]
        answers = [result.answer for result in self._read(asked)]
        found = [score(answer, row["answers"]) for answer, row in zip(answers, rows, strict=True)]
        items = [
            {
                "question": row["question"],
                "passage": row["passage"],
                "answer": row["answers"][0] if row["answers"] else None,
                "found": answer,
                "right": round(value, 4),
            }
            for row, answer, (value, _) in zip(rows, answers, found, strict=True)
        ]
        return Evaluation(_percent(found), items)

    def track(self, inputs: Sequence[str]) -> list[dict[str, Any]]:
        kind = PassageInput()
        results = self._read([kind.tracked_value(one) for one in inputs])
        return [{"answer": r.answer, "score": round(r.score, 4)} for r in results]

    def rows_to_learn(self) -> list[dict[str, Any]]:
        return [self.data.rows[i] for i in self.parts.train]

    def entry(self) -> ModelEntry:
        """The base, described as what has become of it."""
        return replace(self.base, config=self.config())

    def describe(self, folder: Path, **more: Any) -> None:
        """Write `model.json`; see `core.models.finetuned`."""
        language = self.data.facts["language"]
        about = {
            "family": self.base.family,
            "languages": [language] if language else [],
            "config": self.config(),
            **more,
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def _read(self, asked: Sequence[Question]) -> list[Any]:
        usual = tasks.find("question_answering").parse({})
        return self.reader().predict(asked, usual, Progress())

    def _tell_baseline(self, rows: Sequence[dict[str, Any]]) -> None:
        """How good it would be to answer with the sentence that is most like the question."""
        if weights.is_ready(MINILM):
            searcher = Searcher(weights.folder(MINILM), self.given.device)
            sentences = [alike(searcher, row["passage"], row["question"]) for row in rows]
            found = [score(s, row["answers"]) for s, row in zip(sentences, rows, strict=True)]
            self.given.emit(Baseline("most similar sentence", _percent(found)))


def alike(searcher: Searcher, passage: str, question: str) -> str:
    """The sentence of the passage that means most nearly the same as the question."""
    spans = Passage(passage).sentences or [(0, len(passage))]
    sentences = [passage[start:end] for start, end in spans]
    vectors = searcher.vectors([question, *sentences], Progress())
    return sentences[int((vectors[1:] @ vectors[0]).argmax())]


def score(answer: str | None, truths: Sequence[str]) -> tuple[float, bool]:
    """(F1, exact match) as in SQuAD 2.0: where a passage has no answer, only none is right."""
    if not answer or not truths:
        right = not answer and not truths
        return float(right), right
    return f1(answer, truths), exact(answer, truths)


def _percent(found: Sequence[tuple[float, bool]]) -> dict[str, float]:
    return {
        "F1": 100 * sum(value for value, _ in found) / len(found),
        "exact match": 100 * sum(same for _, same in found) / len(found),
    }
