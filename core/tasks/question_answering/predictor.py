"""What all readers share: passages are cut into windows, the likely ones read, the best span taken."""

from __future__ import annotations

import math
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import MemoryBudgetError, NotReadyError
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch, Timing
from core.tasks.question_answering.passages import Passage, Span
from core.tasks.question_answering.search import knows, likely, similarities

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from core.tasks.input_kinds import Question
    from core.tasks.question_answering.options import ReadingOptions


class AnswerResult(Result):
    """`answer` stands in characters `start` to `end` of the passage as it was given, `evidence` is the sentence
    around it; None where there is no answer.

    Both are what reading leaves of a passage (`core.inputs.texts.cleaned`): control characters that stand
    between `start` and `end` are not in `answer`, and its line ends are "\\n". `score` is the probability of the best
    span among all that were read and, where the model knows it, the possibility of no answer (0 to 1).
    """

    question: str
    answer: str | None
    score: float
    start: int | None
    end: int | None
    evidence: str | None


@dataclass(frozen=True)
class Job:
    """One question to be read for in characters `start` to `end` of a (cleaned) passage.

    `alike` has a value for every sentence of the passage, None where it was not searched.
    """

    question: str
    passage: Passage
    start: int
    end: int
    alike: Sequence[float] | None = None

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    def alike_at(self, at: int) -> float:
        """How much the sentence with character `at` means the same as the question, -1 to 1.

        Where that cannot be told, what it usually is for the sentence with the answer.
        """
        if self.alike is None:
            return 0.5
        number = bisect_right(self.passage.sentences, at, key=lambda sentence: sentence[0])
        return self.alike[max(0, number - 1)]


@dataclass(frozen=True)
class Reading:
    """What a model makes of one job: the best spans (start, end, log score), first the best.

    `total` is the logarithm of the sum over all spans of the window, `none` the log score of there
    being no answer, None where the model has no such notion.
    """

    spans: list[tuple[int, int, float]]
    total: float
    none: float | None = None


class Reader(Predictor):
    """A model that finds answers in windows of `window` tokens.

    One that `searches` also wants to know how much each sentence is like the question.
    """

    window: int
    searches = False

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    """A fast one, which knows where in a text its tokens stand."""

    @abstractmethod
    def tokens(self, text: str) -> list[Span]:
        """The character span of each token of `text`."""

    @abstractmethod
    def read(
        self, jobs: Sequence[Job], options: ReadingOptions, progress: Progress, watch: Stopwatch
    ) -> list[Reading]:
        """One reading per job."""

    def predict(
        self, inputs: Sequence[Question], options: ReadingOptions, progress: Progress
    ) -> list[AnswerResult]:
        watch = Stopwatch()
        with watch.phase("preprocess"):
            passages = {q.passage: Passage(q.passage) for q in inputs}
            jobs, owners = self._jobs(inputs, passages, options, progress)
        readings = self.read(jobs, options, progress, watch)
        progress.step(len(jobs), len(jobs))
        with watch.phase("postprocess"):
            found = [
                _best([r for r, owner in zip(readings, owners, strict=True) if owner == i])
                for i in range(len(inputs))
            ]
        timing = watch.timing(len(inputs))
        return [
            self._result(
                question.text, passages[question.passage], *best, options.threshold, timing
            )
            for question, best in zip(inputs, found, strict=True)
        ]

    def _jobs(
        self,
        inputs: Sequence[Question],
        passages: Mapping[str, Passage],
        options: ReadingOptions,
        progress: Progress,
    ) -> tuple[list[Job], list[int]]:
        """What is to be read, and for which input; a passage is cut once for all its questions."""
        jobs, owners = [], []
        for given, passage in passages.items():
            asking = [i for i, question in enumerate(inputs) if question.passage == given]
            windows = passage.windows(self.window, self.window // 4, self.tokens)
            alike: list[list[float]] | list[None] = [None] * len(asking)
            if self.searches or len(windows) > options.windows:
                alike = self._alike(passage, [inputs[i].text for i in asking], progress)
            for i, values in zip(asking, alike, strict=True):
                for start, end in likely(windows, passage.sentences, values, options.windows):
                    jobs.append(Job(inputs[i].text, passage, start, end, values))
                    owners.append(i)
        return jobs, owners

    def _result(
        self,
        question: str,
        passage: Passage,
        span: Span | None,
        score: float,
        threshold: float,
        timing: Timing,
    ) -> AnswerResult:
        """Without a span good enough, there is no answer."""
        start = end = answer = evidence = None
        if span is not None and score >= threshold:
            start, end = passage.given(*span)
            answer = passage.text[slice(*span)]
            evidence = passage.evidence(*span)
        return AnswerResult(
            question=question,
            answer=answer,
            score=score,
            start=start,
            end=end,
            evidence=evidence,
            model=self.entry.id,
            device=self.device.name,
            timing=timing,
        )

    def _alike(
        self, passage: Passage, questions: Sequence[str], progress: Progress
    ) -> list[list[float]] | list[None]:
        """For each question how much each sentence is like it (cosine); None where that cannot be told."""
        unknown: list[None] = [None] * len(questions)
        if not passage.sentences or not knows(passage.text):
            return unknown
        sentences = [passage.text[start:end] for start, end in passage.sentences]
        try:
            return similarities(questions, sentences, self.device, progress)
        except (NotReadyError, MemoryBudgetError):
            # only one that searches answers worse without: the others read all windows, which takes longer
            if self.searches:
                raise
            return unknown


def _best(readings: Sequence[Reading]) -> tuple[Span | None, float]:
    """The best span of all windows and its probability, from 0 to 1.

    A window without the answer says “none” loudly, so the quietest one counts (as in the official
    evaluation of SQuAD 2.0).
    """
    spans = [span for reading in readings for span in reading.spans]
    if not spans:
        return None, 0.0
    start, end, score = max(spans, key=lambda span: span[2])
    logs = [reading.total for reading in readings]
    nones = [reading.none for reading in readings if reading.none is not None]
    logs += [min(nones)] if nones else []
    peak = max(logs)
    total = peak + math.log(sum(math.exp(value - peak) for value in logs))
    return (start, end), math.exp(score - total)
