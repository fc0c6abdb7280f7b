"""How fast fine-tuning is, against another way of doing the same. Applications say what is compared (`Case`).

A ratio of medians from one run: both sides take turns, so that a machine that slows down slows both.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from core.data.datasets import DataSet
from core.device import choose
from core.models.catalog import ModelEntry
from core.training import loop
from core.training.components import optimisers
from core.training.events import Calling, Event, Step
from core.training.options import TrainOptions
from core.training.run import Control, Run
from core.training.trainee import Batch, Trainee

O = TypeVar("O", bound=TrainOptions)  # noqa: E741

STEPS = 12
"""Optimiser steps that are timed, after the first."""


@dataclass(frozen=True)
class Case:
    """One comparison. `ours` and `other` train once in an empty folder and give seconds per sample; `against`
    says what the other is. The first `warm_up` rounds do not count (none where an epoch of its own warms up)."""

    against: str
    ours: Callable[[Path], float]
    other: Callable[[Path], float]
    warm_up: int = 1


def ends_of(kind: type[Event], times: list[float]) -> Calling:
    """A listener that notes when each event of a kind came."""
    return Calling(lambda e: times.append(time.perf_counter()) if isinstance(e, kind) else None)


def measure(case: Case, rounds: int) -> tuple[float, float]:
    """Median seconds per sample of ours and the other, over `rounds` rounds in which both take a turn."""
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(case.warm_up + rounds):
        for call, found in zip((case.ours, case.other), times, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                seconds = call(Path(folder))
            if i >= case.warm_up:
                found.append(seconds)
    return statistics.median(times[0]), statistics.median(times[1])


def against_bare_loop(
    make: Callable[[Run[O]], Trainee], options: O, data: DataSet, base: ModelEntry
) -> Case:
    """Our loop against a plain `for` over the same trainee (networks, data, loss). What differs is the loop:
    Accelerate, events, stop requests and checkpoints here."""

    def run(folder: Path, ends: list[float]) -> Run[O]:
        """A run that notes when each step ended and leaves once there are enough."""
        return Run(
            folder=folder,
            options=options,
            data=data,
            device=choose(None),
            base=base,
            listener=ends_of(Step, ends),
            control=Control(lambda: "interrupt" if len(ends) > STEPS else ""),
            trial=True,
        )

    def ours(folder: Path) -> float:
        ends: list[float] = []
        one = run(folder, ends)
        loop.train(make(one), one)
        return (ends[STEPS] - ends[0]) / STEPS / options.batch_size

    def bare(folder: Path) -> float:
        one = run(folder, [])
        return _bare_loop(make(one), one) / options.batch_size

    return Case("a bare loop", ours, bare)


def per_epoch(ends: Sequence[float]) -> float:
    """Median seconds between the ends of epochs; what comes before the first end warms up."""
    return statistics.median(after - before for before, after in pairwise(ends))


def _bare_loop(trainee: Trainee, run: Run[O]) -> float:
    """Seconds per step of what one would write without us."""
    import torch

    (phase,) = trainee.phases
    network = trainee.networks[phase].to(run.device.name).train()
    optimiser = optimisers.build(network, run.options)
    loader = torch.utils.data.DataLoader(
        trainee.train, run.options.batch_size, shuffle=True, collate_fn=trainee.collate
    )
    ends: list[float] = []
    while len(ends) <= STEPS:
        for batch in loader:
            value, _ = trainee.loss(phase, _to(batch, run.device.name))
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), run.options.max_grad_norm)
            optimiser.step()
            value.item()  # waits for a GPU, as our loop does
            ends.append(time.perf_counter())
            if len(ends) > STEPS:
                break
    return (ends[STEPS] - ends[0]) / STEPS


def _to(batch: Batch, device: str) -> Batch:
    """A batch with its tensors on a device."""
    if isinstance(batch, dict):
        return {name: value.to(device) for name, value in batch.items()}
    return [value.to(device) for value in batch]
