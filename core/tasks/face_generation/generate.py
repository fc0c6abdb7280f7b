"""Many faces in one call: together by a quick model, one by one by a slow one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from copy import copy

from core import tasks
from core.errors import PortalError
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Result
from core.settings import settings
from core.tasks.face_generation.latent import LatentPoint
from core.tasks.face_generation.options import FaceOptions


def is_quick(entry: ModelEntry) -> bool:
    """Whether a dozen faces cost no more than a moment: a slow model narrows how many it is asked for."""
    return "count" not in entry.option_bounds


def generate(
    entry: ModelEntry, points: Sequence[LatentPoint], options: FaceOptions, progress: Progress
) -> list[Result | PortalError]:
    """The faces at `points`. The time limit holds for each call of the model: from a slow one every face has it
    to itself. `progress` hears of all of them together.

    Raises:
        NotReadyError, ResourceError, CancelledError: nothing is kept.
    """
    batches = [points] if is_quick(entry) else [[point] for point in points]
    found: list[Result | PortalError] = []
    for i, batch in enumerate(batches):
        part = _part(progress, i, len(batches))
        found += tasks.predict(entry.task, batch, options, model=entry.id, progress=part)
    return found


def _part(progress: Progress, number: int, parts: int) -> Progress:
    """The same progress for one of several parts, with a time limit that begins now."""

    def report(done: float, total: float | None, note: str) -> None:
        fraction = done / total if total else 0.0
        progress.step(round(number + fraction, 2), parts, note)

    part = copy(progress)
    part.report = report if parts > 1 else progress.report
    part.seconds, part.started = settings().time_limit_s, time.monotonic()
    return part
