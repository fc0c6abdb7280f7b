"""The shared sentence encoder, loaded by the pool from a tiny checkpoint in its real format."""

from __future__ import annotations

import pytest

from core import tasks
from core.errors import CancelledError, NotReadyError
from core.progress import Progress
from core.serving.options import Options
from tests.core.tasks.question_answering.checkpoints import write_minilm

ENCODER = "minilm-l6"
TEXTS = ["a cat", "a dog that sleeps on the red roof of the tower", "x"] * 20


def vectors(texts: list[str], progress: Progress | None = None) -> list[list[float]]:
    results = tasks.pool.predict(
        ENCODER, texts, Options(), device_name="cpu", progress=progress or Progress()
    )
    return [result.vector for result in results]


def test_a_text_gets_a_vector_of_length_one():
    write_minilm()
    (vector,) = vectors(["a cat"])
    assert sum(value * value for value in vector) == pytest.approx(1)


def test_texts_of_any_length_are_answered_in_order_as_alone():
    write_minilm()
    together = vectors(TEXTS)
    assert together[0] == pytest.approx(vectors(["a cat"])[0], abs=1e-5)
    assert together[:3] == [pytest.approx(vector, abs=1e-5) for vector in together[-3:]]


def test_the_memory_budget_counts_it():
    write_minilm()
    with tasks.pool.borrow(ENCODER, device_name="cpu") as encoder:
        assert tasks.pool.loaded() == {(ENCODER, "cpu"): encoder.nbytes}
        assert encoder.nbytes > 0


def test_it_stops_when_cancelled():
    write_minilm()
    progress = Progress()
    with tasks.pool.borrow(ENCODER, device_name="cpu") as encoder:
        progress.cancelled.set()
        with pytest.raises(CancelledError):
            encoder.vectors(TEXTS, progress)


def test_missing_weights_name_the_command():
    with pytest.raises(NotReadyError, match="python -m core fetch minilm-l6"):
        vectors(["a cat"])
