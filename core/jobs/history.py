"""The events of a job so far, folded for looking at: curves, marks, time left. Asks only for news."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from core.jobs import store
from core.jobs.store import Job, Logged
from core.plain import Row
from core.training.events import (
    BatchHalved,
    Diverged,
    E,
    EarlyStop,
    Epoch,
    Event,
    Resumed,
    Start,
    Step,
)
from core.training.metrics import Metric

POINTS = 500
"""Most points of a curve: more than a screen has room for."""
RECENT = 50
"""Steps from which the pace is measured."""
Mark: TypeAlias = BatchHalved | Resumed | EarlyStop | Diverged
"""Events that the curves should show."""


@dataclass
class History:
    """All events of one job. `update` reads what is new; a job that is resumed, or begins anew, takes steps back."""

    job_id: str
    seen: int = 0
    steps: list[Logged[Step]] = field(default_factory=list)
    epochs: list[Logged[Epoch]] = field(default_factory=list)
    others: list[Logged[Event]] = field(default_factory=list)

    def update(self) -> History:
        for one in store.events(self.job_id, after=self.seen):
            self.seen, event = one.n, one.event
            if isinstance(event, Resumed):
                self.steps = [e for e in self.steps if e.event.step <= event.step]
                self.epochs = [e for e in self.epochs if e.event.step <= event.step]
            elif isinstance(event, Epoch) and not event.epoch:
                self.steps, self.epochs = [], []  # it begins anew
            if isinstance(event, Step):
                self.steps.append(Logged(one.n, one.time, event))
            elif isinstance(event, Epoch):
                self.epochs.append(Logged(one.n, one.time, event))
            else:
                self.others.append(one)
        return self

    def events(self) -> list[Event]:
        """Everything in order of time, as `core.training.diagnosis` reads it."""
        numbered = [
            (e.n, e.event) for group in (self.steps, self.epochs, self.others) for e in group
        ]
        return [event for _n, event in sorted(numbered, key=lambda pair: pair[0])]

    def last(self, kind: type[E]) -> E | None:
        """The last event of a kind other than step and epoch."""
        return next((e.event for e in reversed(self.others) if isinstance(e.event, kind)), None)

    @property
    def reported(self) -> tuple[Metric, ...]:
        """What the run measures, as it said itself; empty for runs of the first version."""
        start = self.last(Start)
        return start.metrics if start else ()

    @property
    def done(self) -> tuple[int, int]:
        """(optimiser steps taken, steps in all); (0, 0) before the first."""
        return (self.steps[-1].event.step, self.steps[-1].event.steps) if self.steps else (0, 0)

    def seconds_left(self) -> float | None:
        """At the pace of the last steps, evaluations included; None before that is known."""
        recent = self.steps[-RECENT:]
        if len(recent) < 3:
            return None
        # only for showing; a clock that was set back must not make the time left grow
        pace = max(0.0, recent[-1].time - recent[0].time) / (len(recent) - 1)
        step, steps = self.done
        return max(0.0, (steps - step) * pace - max(0.0, time.time() - recent[-1].time))

    def losses(self) -> Iterator[Row]:
        """Rows of step, series and value: the training losses, thinned, and the validation loss."""
        for name in sorted(self.steps[-1].event.figures if self.steps else ()):
            yield from self._thinned(name, partial(_figure, name))
        for epoch in (e.event for e in self.epochs):
            if "loss" in epoch.metrics:
                yield {"step": epoch.step, "series": "validation", "value": epoch.metrics["loss"]}

    def rates(self) -> Iterator[Row]:
        return self._thinned("learning_rate", lambda step: step.learning_rate)

    def metrics(self) -> Iterator[Row]:
        """Rows of step, series and value: every validation metric but the loss."""
        for epoch in (e.event for e in self.epochs):
            for name, value in epoch.metrics.items():
                if name != "loss":
                    yield {"step": epoch.step, "series": name, "value": value}

    def marks(self) -> Iterator[tuple[int, Mark]]:
        """(step, what happened there)."""
        for event in (e.event for e in self.others):
            if isinstance(event, Mark):
                # an early stop has no step of its own: it is where the training ended
                yield getattr(event, "step", 0) or self.done[0], event

    def _thinned(self, series: str, figure: Callable[[Step], float | None]) -> Iterator[Row]:
        """At most `POINTS` points, each the mean of its neighbours."""
        width = max(1, -(-len(self.steps) // POINTS))
        for start in range(0, len(self.steps), width):
            group = [e.event for e in self.steps[start : start + width]]
            found = [(e.step, value) for e in group if (value := figure(e)) is not None]
            if found:
                value = sum(value for _step, value in found) / len(found)
                yield {"step": found[-1][0], "series": series, "value": value}


def _figure(name: str, step: Step) -> float | None:
    return step.figures.get(name)


def reported(job: Job) -> tuple[Metric, ...]:
    """What a job measures, as it said itself, without reading all its events."""
    start = store.first(Start, job.id)
    return start.metrics if start else ()


def of(job: Job, known: dict[str, History]) -> History:
    """The up-to-date history of a job, kept in `known` so that the next look is quick."""
    if job.id not in known:
        known[job.id] = History(job.id)
    return known[job.id].update()
