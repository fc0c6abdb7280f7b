"""How long a step of a run takes on this computer, by the latest finished run that was like it."""

from __future__ import annotations

from collections.abc import Mapping

from core.jobs import store
from core.jobs.store import Job
from core.training.events import Step
from core.training.options import TrainOptions

ALIKE = ("trainable", "network", "batch_size", "image_size", "max_tokens", "accumulation_steps")
"""Options that the time of a step depends on, of those that an application has."""


def seconds_per_step(task: str, base: str | None, options: TrainOptions) -> float | None:
    """Seconds from start to end, evaluations included, by step; None where no such run has ended here."""
    wanted = _kind(options.model_dump(mode="json"))
    for job in store.jobs(task):
        done = job.state == "done" and job.request.base == base
        if done and _kind(job.request.options) == wanted and (pace := _pace(job)):
            return pace
    return None


def _kind(options: Mapping[str, object]) -> list[object]:
    return [options.get(name) for name in ALIKE]


def _pace(job: Job) -> float | None:
    last = store.last(Step, job.id)
    if job.started is None or job.ended is None or last is None:
        return None
    return (job.ended - job.started) / last.step
