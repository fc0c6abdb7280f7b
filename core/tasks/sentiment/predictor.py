"""Asking a sentiment model: text -> windows -> logits -> a probability for each label.

Every family of networks stands behind one face, `Network`: texts in, logits over some of its labels out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import BaseModel

from core.device import Device
from core.errors import PortalError
from core.inputs import sentences
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.sentiment.labels import LABELS

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

    from core.tasks.sentiment.networks.text_classifier import TextClassifier
    from core.tasks.sentiment.options import SentimentOptions

BATCH = 16
Span = tuple[int, int]
Inputs = dict[str, "torch.Tensor"]


@dataclass(frozen=True)
class Network:
    """`columns` says which of `labels` each logit is for; `window` is in what `count` counts."""

    module: torch.nn.Module
    columns: list[int]
    window: int
    count: Callable[[str], int]
    inputs: Callable[[Sequence[str]], Inputs]
    labels: Sequence[str] = LABELS

    def logits(self, inputs: Inputs) -> torch.Tensor:
        """(B, len(columns)), on the device of the inputs."""
        answer = self.module(**inputs)
        logits: torch.Tensor = getattr(answer, "logits", answer)  # transformers wraps them
        return logits


def of_classifier(model: TextClassifier) -> Network:
    """A classifier of our own, whose logits are for its labels in their order."""
    window = model.window - model.tokenizer.num_special_tokens_to_add()
    columns, count = list(range(len(model.labels))), counter(model.tokenizer)
    return Network(model, columns, window, count, model.inputs, model.labels)


def counter(tokenizer: PreTrainedTokenizerBase) -> Callable[[str], int]:
    """Counts the tokens of a text, without start and end marks."""

    def count(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    return count


class SentenceScore(BaseModel):
    """One sentence of the text, [start, end) in characters, with the probability of its label."""

    start: int
    end: int
    label: str
    score: float


class SentimentResult(Result):
    """`scores` are probabilities of negative, neutral and positive (a model of two classes gives
    neutral 0), or of a fine-tuned model's own labels."""

    label: str
    score: float
    scores: dict[str, float]
    sentences: list[SentenceScore] | None = None

    def as_json(self) -> dict[str, object]:
        row = super().as_json()
        if self.sentences is None:
            del row["sentences"]
        return row


@dataclass
class _Judgement:
    """The fields of a result that do not depend on where and how fast it was made."""

    label: str
    score: float
    scores: dict[str, float]
    sentences: list[SentenceScore] | None


@dataclass
class _Plan:
    """What has to be read for one text: windows that cover it, and its sentences if asked for."""

    text: str
    windows: list[Span]
    sentences: list[Span] | None = None
    pieces: list[str] = field(init=False)

    def __post_init__(self) -> None:
        spans = self.windows + (self.sentences or [])
        self.pieces = [self.text[start:end] for start, end in spans]


class SentimentPredictor(Predictor):
    """A network that reads up to `network.window` tokens at once; longer texts in several windows."""

    def __init__(self, entry: ModelEntry, device: Device, network: Network) -> None:
        super().__init__(entry, device)
        self.network = network
        self.language = entry.languages[0] if len(entry.languages) == 1 else None

    @property
    def nbytes(self) -> int:
        state = self.network.module.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in state)

    def predict(
        self, inputs: Sequence[str], options: SentimentOptions, progress: Progress
    ) -> list[Result | PortalError]:
        watch = Stopwatch()
        with watch.phase("preprocess"):
            plans = [self._plan(text, options.sentences, progress) for text in inputs]
        known = self._read({piece for plan in plans for piece in plan.pieces}, watch, progress)
        with watch.phase("postprocess"):
            judged = [_judge(plan, known, self.network.labels) for plan in plans]
        timing = watch.timing(len(inputs))
        return [
            SentimentResult(
                label=one.label,
                score=one.score,
                scores=one.scores,
                sentences=one.sentences,
                model=self.entry.id,
                device=self.device.name,
                timing=timing,
            )
            for one in judged
        ]

    def _plan(self, text: str, each: bool, progress: Progress) -> _Plan:
        progress.check()
        whole = [(0, len(text))]
        fits = len(text) <= self.network.window or self.network.count(text) <= self.network.window
        if fits and not each:
            return _Plan(text, whole)
        spans = [
            part for span in sentences.split(text, self.language) for part in self._cut(text, span)
        ]
        return _Plan(text, whole if fits else self._windows(text, spans), spans if each else None)

    def _windows(self, text: str, spans: list[Span]) -> list[Span]:
        """Neighbouring sentences together, as many as the network reads at once."""
        windows: list[Span] = []
        room = 0
        for start, end in spans:
            size = self.network.count(text[start:end])
            if windows and size <= room:
                windows[-1] = (windows[-1][0], end)
                room -= size
            else:
                windows.append((start, end))
                room = self.network.window - size
        return windows

    def _cut(self, text: str, span: Span) -> list[Span]:
        """The sentence itself, or its halves' halves where it is longer than a window."""
        start, end = span
        if end - start <= self.network.window:
            return [span]
        if self.network.count(text[start:end]) <= self.network.window:
            return [span]
        blank = text.rfind(" ", start + 1, (start + end) // 2)
        middle = blank if blank > start else (start + end) // 2
        return self._cut(text, (start, middle)) + self._cut(text, (middle, end))

    def _read(
        self, pieces: set[str], watch: Stopwatch, progress: Progress
    ) -> dict[str, list[float]]:
        """Probabilities in the order of the labels for each piece; equal pieces are read once."""
        import torch

        ordered = sorted(pieces, key=lambda piece: (len(piece), piece))  # little padding
        known: dict[str, list[float]] = {}
        for start in range(0, len(ordered), BATCH):
            progress.step(start, len(ordered))
            batch = ordered[start : start + BATCH]
            with watch.phase("preprocess"):
                inputs = self.network.inputs(batch)
            with watch.phase("forward"), torch.inference_mode():
                on_device = {name: value.to(self.device.name) for name, value in inputs.items()}
                logits = self.network.logits(on_device).float().cpu()
            with watch.phase("postprocess"):
                scores = torch.zeros(len(batch), len(self.network.labels))
                scores[:, self.network.columns] = logits.softmax(1)
                known.update(zip(batch, scores.tolist(), strict=True))
        progress.step(len(ordered), len(ordered))
        return known


def _judge(plan: _Plan, known: dict[str, list[float]], labels: Sequence[str]) -> _Judgement:
    """Windows count by their length."""
    parts = [(end - start, known[plan.text[start:end]]) for start, end in plan.windows]
    total = sum(length for length, _ in parts)
    mean = [sum(length * scores[i] for length, scores in parts) / total for i in range(len(labels))]
    label, score = _best(mean, labels)
    each = None
    if plan.sentences is not None:
        each = [
            SentenceScore(start=start, end=end, label=best[0], score=best[1])
            for start, end in plan.sentences
            for best in [_best(known[plan.text[start:end]], labels)]
        ]
    return _Judgement(label, score, dict(zip(labels, mean, strict=True)), each)


def _best(scores: list[float], labels: Sequence[str]) -> tuple[str, float]:
    best = max(range(len(labels)), key=scores.__getitem__)
    return labels[best], scores[best]
