"""Many faces in one call: a slow model is asked one by one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core import tasks
from core.errors import CancelledError
from core.progress import Progress
from core.settings import settings
from core.tasks.face_generation.catalog import DCGAN, DDPM
from core.tasks.face_generation.generate import generate
from core.tasks.face_generation.latent import LatentPoint
from core.tasks.face_generation.options import FaceOptions

POINTS = [LatentPoint(seed) for seed in range(3)]
Call = tuple[int, float | None]


@pytest.fixture
def calls(monkeypatch) -> list[Call]:
    """(points, seconds allowed) of each call of the model, which says that it is half done."""
    made: list[Call] = []

    def predict(
        task: str,
        points: Sequence[LatentPoint],
        options: FaceOptions,
        *,
        model: str,
        progress: Progress,
    ) -> list[LatentPoint]:
        made.append((len(points), progress.seconds))
        progress.step(5, 10, "half")
        return list(points)

    monkeypatch.setattr(tasks, "predict", predict)
    return made


def test_a_quick_model_is_asked_once(calls):
    assert generate(DCGAN, POINTS, FaceOptions(), Progress()) == POINTS
    assert calls == [(3, settings().time_limit_s)]


def test_from_a_slow_model_every_face_has_the_time_limit_to_itself(calls):
    assert generate(DDPM, POINTS, FaceOptions(), Progress()) == POINTS
    assert calls == [(1, settings().time_limit_s)] * 3


def test_progress_is_told_over_all_faces(calls):
    told: list[tuple[float, float | None, str]] = []
    progress = Progress(report=lambda *state: told.append(state))
    generate(DDPM, POINTS, FaceOptions(), progress)
    assert told == [(0.5, 3, "half"), (1.5, 3, "half"), (2.5, 3, "half")]


def test_a_cancel_ends_it_between_two_faces(calls):
    progress = Progress()
    progress.report = lambda *_state: progress.cancelled.set()
    with pytest.raises(CancelledError):
        generate(DDPM, POINTS, FaceOptions(), progress)
    assert len(calls) == 2
