"""The bookkeeping of a run, whatever drives it: our loop, ultralytics' trainer, another library's.

A driver takes the steps and says when; the recorder emits the events, evaluates, keeps the best model
with what it answered, writes checkpoints, and knows when patience is over. It works in one process: a
driver with several lets its main one record. Of a trial it only counts steps and epochs.

    recorder = Recorder(run, learner)
    recorder.start()
    recorder.look_at_base()
    while not recorder.is_over():
        ...                          # recorder.step(...) after each step
        recorder.end_epoch()
        recorder.checkpoint(...)
    return recorder.finish("done", test)
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from core import files
from core.device import used_bytes
from core.errors import DivergedError
from core.files import replacing
from core.plain import Row
from core.training import checkpoints, failures
from core.training.events import (
    BatchHalved,
    Diverged,
    EarlyStop,
    Epoch,
    Resumed,
    Start,
    Step,
)
from core.training.metrics import LOSS, Metric
from core.training.options import TrainOptions
from core.training.position import Position
from core.training.run import Outcome, Run
from core.training.trainee import Evaluation, Part

FEW = 200
"""Validation samples below which one of them is more than half a percentage point of accuracy."""


class Learner(Protocol):
    """What the recorder asks of that which learns; every `Trainee` is one."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What `evaluate` reports; the first chooses the best epoch."""

    @property
    def pretrained(self) -> bool | None:
        """Whether it starts from trained weights; None where the task does not ask."""

    def evaluate(self, part: Part) -> Evaluation:
        """Metrics and answers on the samples of a part."""

    def save(self, folder: Path) -> None:
        """Write the model as it is now into `folder`."""

    def samples(self, folder: Path) -> list[str]:
        """Write images of what it does now into `folder`; their file names."""

    def track(self, inputs: Sequence[str]) -> list[Row]:
        """Answers to the tracked examples."""


class Recorder:
    """One run's. `position` is part of every checkpoint and always the same object."""

    def __init__(self, run: Run[TrainOptions], learner: Learner) -> None:
        self.run, self.learner = run, learner
        self.position = Position(accumulation_steps=run.options.accumulation_steps)

    # --- the course of a run ---

    def start(self) -> None:
        """Emit what is trained and measured."""
        base = self.run.base.id if self.run.base else None
        self.run.emit(Start(base, self.learner.pretrained, self.learner.metrics))

    def resumed(self) -> None:
        """Emit that `position` is that of a checkpoint; events of later steps are void."""
        if not self.run.trial:
            files.settle(self.run.files.best)
        self.run.emit(Resumed(self.position.step, self.position.epoch))

    def look_at_base(self) -> None:
        """Metrics, samples and tracked examples before anything is learnt, to compare with."""
        if self.run.trial:
            return
        found = self.learner.evaluate("validation")
        self._emit_epoch(found)
        self._write_items("base", found)
        self.position.base_metrics = dict(found.metrics)

    def step(
        self,
        *,
        steps: int,
        epoch: float,
        learning_rate: float,
        seconds: float,
        figures: Mapping[str, float],
    ) -> None:
        """An optimiser step was taken; see `events.Step`."""
        self.position.step += 1
        at = self.position.step
        self.run.emit(Step(at, steps, epoch, learning_rate, seconds, dict(figures)))

    def end_epoch(self) -> bool:
        """Evaluate, and keep the model if it is the best so far. Whether it is."""
        p = self.position
        p.epoch += 1
        if self.run.trial:
            return False
        found = self.learner.evaluate("validation")
        self._emit_epoch(found)
        improves = self._improves(found)
        loss = found.metrics.get(LOSS.name)
        if loss is not None and (p.lowest_loss is None or loss < p.lowest_loss):
            p.lowest_loss, p.lowest_epoch = loss, p.epoch
        if not improves:
            return False
        p.best = found.metrics[self.learner.metrics[0].name]
        p.best_epoch, p.metrics = p.epoch, dict(found.metrics)
        with replacing(self.run.files.best) as new:
            self.learner.save(new)
        self._write_items("best", found)
        return True

    def is_over(self) -> bool:
        """Whether all epochs are done or patience is over (which is emitted).

        To be asked after a resume as well: the run before may have been killed behind its last epoch.
        """
        p, options = self.position, self.run.options
        if p.epoch >= options.epochs:
            return True
        # An extension is given patience of its own, or it would end with its first epoch. And while the
        # validation loss falls something is learnt, whether or not it shows in the metric yet.
        waited = p.epoch - max(p.best_epoch, p.lowest_epoch, self.run.patience_from)
        if 0 < options.patience <= waited:
            self.run.emit(EarlyStop(p.epoch))
            return True
        return False

    def checkpoint(self, number: int, save: Callable[[Path], None]) -> None:
        """Write what the run can be resumed from, once the listener has written down what came before:
        a log that is older than the checkpoint would miss events for good, a newer one is cut back.

        Raises:
            DiskFullError: the checkpoints before stay as they were.
        """
        if self.run.trial:
            return
        self.run.flush()
        checkpoints.write(self.run.files.checkpoints, number, save)

    def finish(
        self, state: Literal["done", "stopped"], test: Callable[[], Mapping[str, float]]
    ) -> Outcome:
        """The outcome, with the metrics that `test` gives of the best model on the test part.

        This is the one place where the test part is looked at: a figure that was seen while something
        could still be decided by it is a validation figure.
        """
        if self.run.options.test_fraction and self.position.best_epoch:
            self.position.metrics |= {f"test {name}": value for name, value in test().items()}
        return self.outcome(state)

    def outcome(self, state: Literal["done", "stopped", "interrupted"]) -> Outcome:
        """How it stands now."""
        p = self.position
        return Outcome(state, dict(p.metrics), dict(p.base_metrics), p.best_epoch)

    # --- what goes wrong ---

    def diverged(self, error: DivergedError) -> None:
        """Emit that training ends here, with the best model so far.

        Raises:
            DivergedError: there is none.
        """
        if not self.position.best_epoch:
            raise error
        self.run.emit(Diverged(self.position.step, str(error)))

    def make_room(self, error: BaseException, samples: int) -> None:
        """After a failed step: compute batches of `samples` in twice as many micro-batches from now on.
        The step is as large as before, so what is learnt stays the same.

        Raises:
            the error itself: memory was not the reason. TrainingError: not even one sample fits.
        """
        if not failures.out_of_memory(error):
            raise error
        p = self.position
        if p.accumulation_steps >= samples:
            raise failures.too_large(self.run.device.name) from error
        p.accumulation_steps = min(2 * p.accumulation_steps, samples)
        self.run.emit(BatchHalved(p.step, p.accumulation_steps))

    # --- what is emitted and written ---

    def _improves(self, found: Evaluation) -> bool:
        """By the first metric, and by the loss where that is the same. On few samples the metric moves in leaps, of
        which one may be luck; there the loss alone decides."""
        metric = self.learner.metrics[0]
        best, value = self.position.best, found.metrics[metric.name]
        if best is None or math.isnan(best):
            return True
        loss, before = found.metrics.get(LOSS.name), self.position.metrics.get(LOSS.name)
        if loss is not None and before is not None and (value == best or 0 < found.count < FEW):
            return loss < before
        # Of epochs that get nothing right, the last one has learnt most.
        if metric.larger_is_better and best == value == 0:
            return True
        return metric.is_better(value, than=best)

    def _emit_epoch(self, found: Evaluation) -> None:
        run, p = self.run, self.position
        names = self.learner.samples(run.files.samples(p.epoch))
        answers = self.learner.track(run.tracked) if run.tracked else []
        memory = used_bytes(run.device.kind) / 1e6
        run.emit(Epoch(p.epoch, p.step, found.metrics, tuple(names), tuple(answers), memory))

    def _write_items(self, of: Literal["base", "best"], found: Evaluation) -> None:
        text = json.dumps(list(found.samples), ensure_ascii=False)
        files.write(self.run.files.items(of), text)
