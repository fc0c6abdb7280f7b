"""What a job has told so far, folded for looking at: curves, marks, time left. Asks only for news."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.jobs import store
from core.jobs.store import Event, Job

POINTS = 500
"""Most points of a curve: more than a screen has room for."""
NOT_A_CURVE = {"step", "steps", "epoch", "learning_rate", "seconds"}
"""Figures of a step that are not losses."""
RECENT = 50
"""Steps from which the pace is measured."""


@dataclass
class History:
    """Everything told by one job. `update` reads what is new; a resumed job takes steps back."""

    job_id: str
    seen: int = 0
    steps: list[Event] = field(default_factory=list)
    epochs: list[Event] = field(default_factory=list)
    others: list[Event] = field(default_factory=list)

    def update(self) -> History:
        for event in store.events(self.job_id, after=self.seen):
            self.seen = event.n
            if event.kind == "resumed":
                self.steps = [e for e in self.steps if e.step <= event.step]
                self.epochs = [e for e in self.epochs if e.step <= event.step]
            {"step": self.steps, "epoch": self.epochs}.get(event.kind, self.others).append(event)
        return self

    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """(kind, data) in order of time, as `core.training.diagnosis` reads them."""
        everything = [*self.steps, *self.epochs, *self.others]
        return [(e.kind, e.data) for e in sorted(everything, key=lambda e: e.n)]

    def last(self, kind: str) -> dict[str, Any]:
        """What was told last under this name; empty when nothing was."""
        return next((e.data for e in reversed(self.others) if e.kind == kind), {})

    @property
    def done(self) -> tuple[int, int]:
        """(optimiser steps taken, steps in all); (0, 0) before the first."""
        data = self.steps[-1].data if self.steps else {}
        return data.get("step", 0), data.get("steps", 0)

    def seconds_left(self) -> float | None:
        """At the pace of the last steps, evaluations included; None before that is known."""
        recent = self.steps[-RECENT:]
        if len(recent) < 3:
            return None
        pace = (recent[-1].time - recent[0].time) / (len(recent) - 1)
        step, steps = self.done
        return max(0.0, (steps - step) * pace - (time.time() - recent[-1].time))

    def losses(self) -> Iterator[dict[str, Any]]:
        """Rows of step, series and value: the training losses, thinned, and the validation loss."""
        names = {n for e in self.steps[-1:] for n in e.data} - NOT_A_CURVE
        for name in sorted(names):
            yield from self._thinned(name, name)
        for event in self.epochs:
            if "loss" in event.data["metrics"]:
                value = event.data["metrics"]["loss"]
                yield {"step": event.step, "series": "validation", "value": value}

    def rates(self) -> Iterator[dict[str, Any]]:
        return self._thinned("learning_rate", "learning_rate")

    def metrics(self) -> Iterator[dict[str, Any]]:
        """Rows of step, series and value: every validation metric but the loss."""
        for event in self.epochs:
            for name, value in event.data["metrics"].items():
                if name != "loss":
                    yield {"step": event.step, "series": name, "value": value}

    def marks(self) -> Iterator[dict[str, Any]]:
        """Steps at which something happened that the curves should show."""
        for event in self.others:
            if event.kind in ("batch_halved", "resumed", "early_stop", "diverged"):
                yield {"step": event.step or self.done[0], "kind": event.kind, **event.data}

    def _thinned(self, figure: str, series: str) -> Iterator[dict[str, Any]]:
        """At most `POINTS` points, each the mean of its neighbours."""
        width = max(1, -(-len(self.steps) // POINTS))
        for start in range(0, len(self.steps), width):
            group = [e for e in self.steps[start : start + width] if figure in e.data]
            if group:
                value = sum(e.data[figure] for e in group) / len(group)
                yield {"step": group[-1].step, "series": series, "value": value}


def of(job: Job, known: dict[str, History]) -> History:
    """The up-to-date history of a job, kept in `known` so that the next look is quick."""
    if job.id not in known:
        known[job.id] = History(job.id)
    return known[job.id].update()
