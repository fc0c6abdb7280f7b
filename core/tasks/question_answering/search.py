"""Searching a passage by meaning: which sentences, and so which windows, are like the question."""

from __future__ import annotations

from collections.abc import Sequence

from core.device import Device
from core.models.starters import ENCODER
from core.progress import Progress
from core.serving.sentence_encoder import SentenceEncoder
from core.tasks.question_answering.passages import Span


def similarities(
    questions: Sequence[str], sentences: Sequence[str], device: Device, progress: Progress
) -> list[list[float]]:
    """For each question how much each sentence means the same, -1 to 1 (cosine), by MiniLM.

    Raises:
        NotReadyError, MemoryBudgetError: MiniLM cannot be loaded. TimeLimitError, CancelledError: stopped.
    """
    from core import tasks

    with tasks.pool.borrow(ENCODER.id, device_name=device.name, progress=progress) as borrowed:
        assert isinstance(borrowed, SentenceEncoder)
        vectors = borrowed.vectors([*questions, *sentences], progress)
    found: list[list[float]] = (vectors[: len(questions)] @ vectors[len(questions) :].T).tolist()
    return found


def knows(text: str) -> bool:
    """Whether MiniLM, which learned from English, can compare such a text: most of its letters are Latin."""
    letters = [c for c in text[:5000] if c.isalpha()]
    return sum(c.isascii() for c in letters) > len(letters) / 2


def likely(
    windows: Sequence[Span], sentences: Sequence[Span], alike: Sequence[float] | None, most: int
) -> list[Span]:
    """The at most `most` windows with the sentences most `alike` the question; without it, all.

    `alike` has a value for each of `sentences`; a sentence cut in two counts for both windows.
    """
    if alike is None or len(windows) <= most:
        return list(windows)

    def best(window: Span) -> float:
        inside = [
            value
            for (start, end), value in zip(sentences, alike, strict=True)
            if start < window[1] and end > window[0]
        ]
        return max(inside)

    return sorted(windows, key=best, reverse=True)[:most]
