"""The one training loop, on Hugging Face Accelerate: device, precision, accumulation, processes, state.

    outcome = loop.train(trainee, run)

Everything that happens is an event that `run.emit` is given; whatever was written to `run.folder` lets
the same call go on where a killed one stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

from core.errors import DivergedError
from core.files import placing
from core.settings import settings
from core.training import batches, checkpoints, failures
from core.training.components import optimisers
from core.training.events import Calling
from core.training.options import TrainOptions
from core.training.recorder import Recorder
from core.training.run import Outcome, Run, Wish
from core.training.trainee import Batch, Stateful, Trainee

T = TypeVar("T")


def train(trainee: Trainee, run: Run[TrainOptions]) -> Outcome:
    """Train until the epochs are over, nothing improves any more, or `run.control` wants an end.

    Raises:
        DivergedError: the loss is NaN or infinite before anything was learned. TrainingError: not even
        one sample fits into memory. DiskFullError: the last checkpoint stays as it was.
    """
    return _Loop(trainee, run).run()


class _Loop:
    def __init__(self, trainee: Trainee, run: Run[TrainOptions]) -> None:
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState
        from accelerate.utils import DataLoaderConfiguration, set_seed

        self.trainee, self.options = trainee, run.options
        # Accelerate keeps device and precision for the whole process; another run may want others.
        AcceleratorState._reset_state(reset_partial_state=True)
        set_seed(self.options.seed)
        self.accelerator = Accelerator(
            cpu=run.device.kind == "cpu",
            mixed_precision=self.options.precision,
            dataloader_config=DataLoaderConfiguration(
                split_batches=True,  # the batch size is that of all processes together
                # A loader that knows its place: a resume in mid-epoch sees the very batches that are
                # left, and not those of an epoch begun anew.
                use_stateful_dataloader=True,
                # Each epoch is shuffled by (seed, epoch), so the order needs no random state.
                use_seedable_sampler=True,
                data_seed=self.options.seed,
            ),
        )
        self.main = self.accelerator.is_main_process
        # All processes take the same course; one of them does the talking.
        self.given = run if self.main else replace(run, listener=Calling())
        self.recorder = Recorder(self.given, trainee)
        self.position = self.recorder.position
        loader = batches.loader(trainee, self.options)
        self.loader = self.accelerator.prepare(loader)
        # of a stream's loader Accelerate drops the generator
        self.loader.base_dataloader.generator = loader.generator
        self.steps = len(self.loader) * self.options.epochs
        self._prepare()
        self.accelerator.register_for_checkpointing(self.position, *trainee.keeps().values())
        self.saved = time.monotonic()

    def _prepare(self) -> None:
        import torch

        trainee = self.trainee
        shape = optimisers.schedule(self.options, self.steps)
        for name, network in trainee.networks.items():
            trainee.networks[name] = self.accelerator.prepare(network)
        self.optimisers, self.schedules = {}, {}
        for phase in trainee.phases:
            built = optimisers.build(
                trainee.network(phase), self.options, trainee.tune.get(phase, 1.0)
            )
            self.optimisers[phase] = self.accelerator.prepare(built)
            lr = torch.optim.lr_scheduler.LambdaLR(built, shape)
            self.schedules[phase] = self.accelerator.prepare(lr)

    # --- the course of a run ---

    def run(self) -> Outcome:
        self.recorder.start()
        if not self._resume():
            self._look_at_base()
        while not self.recorder.is_over():
            try:
                wish = self._epoch()
            except DivergedError as error:
                self.recorder.diverged(error)
                return self.recorder.finish("stopped", self._test)
            if wish == "interrupt":
                self._leave()
                return self.recorder.outcome("interrupted")
            self._end_of_epoch()
            if wish == "stop":
                return self.recorder.finish("stopped", self._test)
        return self.recorder.finish("done", self._test)

    def _leave(self) -> None:
        """Write down where to go on; behind the last batch that is the end of the epoch."""
        # A checkpoint there would hold a loader with nothing left, and the resumed run would go
        # through an epoch without a step before it evaluates.
        if self.loader.end_of_dataloader:
            self._end_of_epoch()
        else:
            self._checkpoint()

    def _epoch(self) -> Wish:
        """Train to the end of the epoch, or until somebody wants something else."""
        self._mode(training=True)
        self.loader.set_epoch(self.position.epoch)
        for batch in self.loader:
            started = time.monotonic()
            figures = self._fitting_step(batch)
            self.recorder.step(
                steps=self.steps,
                epoch=(self.position.step + 1) / len(self.loader),
                # of a phase that takes every step: a GAN's generator waits at first
                learning_rate=self.schedules[self.trainee.phases[-1]].get_last_lr()[0],
                seconds=time.monotonic() - started,
                figures=figures,
            )
            if wish := self._wish():
                return wish
            due = time.monotonic() - self.saved >= settings().checkpoint_s
            # the one at the end of the epoch follows at once
            if due and not self.loader.end_of_dataloader:
                self._checkpoint()
        return ""

    def _end_of_epoch(self) -> None:
        """Evaluate, keep the model if it is the best so far, write a checkpoint."""
        if self.main:
            with self._evaluating():
                if self.recorder.end_epoch() and self.options.test_fraction:
                    self._remember_best()
        self._share_position()
        self._checkpoint()

    # --- the test part, looked at once ---

    def _remember_best(self) -> None:
        """Write what the best model has to be filled with again when everything is decided. What a
        trainee saves may be merged, halved or averaged: made to be used and not to be gone on with."""
        import torch

        with placing(self.given.files.best_state) as new:
            torch.save({name: one.state_dict() for name, one in self._stateful().items()}, new)

    def _test(self) -> Mapping[str, float]:
        """Metrics of the best model on the test part. A run of the first version that found its best
        before an update has no state of it, and has its test metrics already."""
        import torch

        if not self.main or not self.given.files.best_state.exists():
            return {}
        with self._evaluating():
            states = torch.load(
                self.given.files.best_state, weights_only=True, map_location=self.accelerator.device
            )
            for name, one in self._stateful().items():
                one.load_state_dict(states[name])
            self.trainee.trained = True
            return self.trainee.evaluate("test").metrics

    def _stateful(self) -> dict[str, Stateful]:
        """Everything that makes the model what it is: networks, and what else the trainee keeps."""
        return {**self.trainee.networks, **self.trainee.keeps()}

    # --- what others want ---

    def _wish(self) -> Wish:
        # Asked by one process for all: seen by some before and by others after a step, a stop would
        # leave half of them waiting for the gradients of the rest.
        wish: Wish = self.given.control.wish() if self.main else ""
        return self._of_main(wish)

    def _share_position(self) -> None:
        self.position.load_state_dict(self._of_main(self.position.state_dict()))

    def _of_main(self, value: T) -> T:
        """What the main process says, in every process."""
        if self.accelerator.num_processes == 1:
            return value
        from accelerate.utils import broadcast_object_list

        (said,) = broadcast_object_list([value])
        return cast("T", said)

    # --- one step ---

    def _fitting_step(self, batch: Batch) -> dict[str, float]:
        """One optimiser step per phase; out of memory, in twice as many micro-batches."""
        import torch

        while True:
            try:
                return self._step(batch)
            except (RuntimeError, MemoryError) as error:
                self.recorder.make_room(error, batches.length(batch))
            # Only now: while the error is handled, its traceback holds the tensors of the failed step.
            for optimiser in self.optimisers.values():
                optimiser.zero_grad()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    def _step(self, batch: Batch) -> dict[str, float]:
        figures: dict[str, float] = {}
        parts = list(batches.micro_batches(batch, self.position.accumulation_steps))
        for phase in self.trainee.phases_at(self.position.step):
            total = 0.0
            for fraction, part in parts:
                with self.accelerator.autocast():
                    loss, more = self.trainee.loss(phase, part)
                # Losses are means over their samples. Weighted by the fraction of the batch, the
                # gradients add up to those of the whole batch, also where the last part is smaller.
                self.accelerator.backward(fraction * loss)
                total += fraction * loss.detach().float().item()
                figures |= more
            total = self._over_all_processes(total)
            figures["loss" if phase == "model" else phase] = total
            # before the optimiser steps: one step along a gradient of NaN ruins all weights
            if not math.isfinite(total):
                raise failures.diverged(self.position.step + 1, self.options.learning_rate)
            if self.options.max_grad_norm:
                parameters = self.trainee.network(phase).parameters()
                self.accelerator.clip_grad_norm_(parameters, self.options.max_grad_norm)
            self.optimisers[phase].step()
            self.schedules[phase].step()
            for optimiser in self.optimisers.values():  # a phase also fills the other's gradients
                optimiser.zero_grad()
        self.trainee.after_step()
        return figures

    def _over_all_processes(self, value: float) -> float:
        """The mean; each process saw its fraction of the batch."""
        if self.accelerator.num_processes == 1:
            return value
        import torch

        mine = torch.tensor(value, device=self.accelerator.device)
        return float(self.accelerator.reduce(mine, "mean").item())

    # --- what is written ---

    def _resume(self) -> bool:
        """Go on from the newest good checkpoint, if there is one."""
        checkpoint = checkpoints.newest(self.given.files.checkpoints, self.given.emit)
        if checkpoint:
            self.accelerator.load_state(str(checkpoint))
            self.trainee.trained = self.position.step > 0
            self.recorder.resumed()
        return checkpoint is not None

    def _checkpoint(self) -> None:
        step = self.position.step

        def save(path: Path) -> None:
            # Every process writes its random state into the folder that the main one has made, and
            # none may be missing when that is sealed.
            self.accelerator.wait_for_everyone()
            self.accelerator.save_state(str(path))
            self.accelerator.wait_for_everyone()

        if self.main:
            self.recorder.checkpoint(step, save)
        else:
            save(checkpoints.temporary(self.given.files.checkpoints, step))
        self.saved = time.monotonic()

    # --- evaluation ---

    def _look_at_base(self) -> None:
        if self.main:
            with self._evaluating():
                self.recorder.look_at_base()
        self._share_position()

    def _mode(self, *, training: bool) -> None:
        for network in self.trainee.networks.values():
            network.train(training)

    @contextmanager
    def _evaluating(self) -> Iterator[None]:
        """Evaluation mode, no gradients, networks without the wrapper that waits for other processes;
        the random state is left as it was, so that looking does not change the training."""
        import torch

        prepared = dict(self.trainee.networks)
        for name, network in prepared.items():
            self.trainee.networks[name] = self.accelerator.unwrap_model(network)
        self._mode(training=False)
        try:
            with torch.no_grad(), torch.random.fork_rng():
                yield
        finally:
            self.trainee.networks.update(prepared)
            self._mode(training=True)
