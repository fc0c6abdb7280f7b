"""The one training loop, on Hugging Face Accelerate: device, precision, accumulation, processes, state.

    outcome = loop.train(trainee, run)

Everything that happens is an event that `run.emit` is given; whatever was written to `run.folder` lets
the same call go on where a killed one stopped.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from core import files
from core.errors import DivergedError
from core.files import replacing
from core.settings import settings
from core.training import batches, checkpoints, failures, optimisers
from core.training.events import BatchHalved, Diverged, EarlyStop, Epoch, Resumed, Start, Step
from core.training.position import Position
from core.training.run import Outcome, Run, Wish
from core.training.trainee import Evaluation, Trainee


def train(trainee: Trainee, run: Run) -> Outcome:
    """Train until the epochs are over, nothing improves any more, or `run.control` wants an end.

    Raises:
        DivergedError: the loss is no number before anything was learnt. TrainingError: not even one
        item fits into memory. DiskFullError: the last checkpoint stays as it was.
    """
    return _Loop(trainee, run).run()


class _Loop:
    def __init__(self, trainee: Trainee, run: Run) -> None:
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState
        from accelerate.utils import DataLoaderConfiguration, set_seed

        self.trainee, self.given, self.options = trainee, run, run.options
        AcceleratorState._reset_state(reset_partial_state=True)  # of a training before this one
        set_seed(self.options.seed)
        self.accelerator = Accelerator(
            cpu=run.device.kind == "cpu",
            mixed_precision=self.options.precision,
            dataloader_config=DataLoaderConfiguration(
                split_batches=True,  # the batch size is that of all processes together
                use_stateful_dataloader=True,
                use_seedable_sampler=True,
                data_seed=self.options.seed,
            ),
        )
        self.main = self.accelerator.is_main_process
        loader = batches.loader(trainee, self.options)
        self.loader = self.accelerator.prepare(loader)
        # of a stream's loader Accelerate drops the generator
        self.loader.base_dataloader.generator = loader.generator
        self.steps = len(self.loader) * self.options.epochs
        self._prepare()
        self.position = Position(pieces=self.options.accumulation_steps)
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

    # --- the course of a training ---

    def run(self) -> Outcome:
        if self.main:
            base = self.given.base.id if self.given.base else None
            self.given.emit(Start(base, self.trainee.pretrained, self.trainee.metrics))
        if not self.given.trial and not self._resume():
            self._look_at_base()
        position, stopped = self.position, False
        while position.epoch < self.options.epochs and not stopped:
            try:
                wish = self._epoch()
            except DivergedError as error:
                if not position.best_epoch:
                    raise
                self.given.emit(Diverged(position.step, str(error)))
                return self._outcome("stopped")
            if wish == "interrupt":
                self._leave()
                return self._outcome("interrupted")
            stopped = wish == "stop"
            self._end_of_epoch()
            if not stopped and position.patience_is_over(self.given):
                self.given.emit(EarlyStop(position.epoch))
                break
        return self._outcome("stopped" if stopped else "done")

    def _leave(self) -> None:
        """Write down where to go on; behind the last batch that is the end of the epoch."""
        if self.given.trial:
            return
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
            self.position.step += 1
            self._tell_step(figures, time.monotonic() - started)
            if wish := self._wish():
                return wish
            due = time.monotonic() - self.saved >= settings().checkpoint_s
            if due and not self.loader.end_of_dataloader:
                self._checkpoint()
        return ""

    def _end_of_epoch(self) -> None:
        """Evaluate, keep the model if it is the best so far, write a checkpoint."""
        position, trainee = self.position, self.trainee
        position.epoch += 1
        improved = False
        if self.main:
            with self._evaluating():
                found = trainee.evaluate("validation")
                self._tell_epoch(position.epoch, found)
                value = found.metrics[trainee.metrics[0].name]
                improved = self._is_better(value)
                if improved:
                    position.best, position.best_epoch = value, position.epoch
                    position.metrics = dict(found.metrics)
                    self._keep(found)
        self._share_position()
        self._checkpoint()

    def _is_better(self, value: float) -> bool:
        best = self.position.best
        if best is None or math.isnan(best):
            return True
        return self.trainee.metrics[0].is_better(value, than=best)

    def _outcome(self, state: Any) -> Outcome:
        p = self.position
        return Outcome(state, dict(p.metrics), dict(p.base_metrics), p.best_epoch)

    def _wish(self) -> Wish:
        return self._of_main(self.given.control.wish() if self.main else "")

    def _share_position(self) -> None:
        self.position.load_state_dict(self._of_main(self.position.state_dict()))

    def _of_main(self, value: Any) -> Any:
        """What the main process says, in every process."""
        if self.accelerator.num_processes == 1:
            return value
        from accelerate.utils import broadcast_object_list

        return broadcast_object_list([value])[0]

    # --- one step ---

    def _fitting_step(self, batch: Any) -> dict[str, float]:
        """One optimiser step per phase; where memory is short, in twice as many pieces."""
        import torch

        while True:
            try:
                return self._step(batch)
            except (RuntimeError, MemoryError) as error:
                if not failures.short_of_memory(error):
                    raise
                size = batches.length(batch)
                if self.position.pieces >= size:
                    raise failures.too_large(self.given.device.name) from error
            for optimiser in self.optimisers.values():
                optimiser.zero_grad()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            self.position.pieces = min(2 * self.position.pieces, size)
            self.given.emit(BatchHalved(self.position.step, self.position.pieces))

    def _step(self, batch: Any) -> dict[str, float]:
        figures: dict[str, float] = {}
        pieces = list(batches.pieces(batch, self.position.pieces))
        for phase in self.trainee.phases_at(self.position.step):
            total = 0.0
            for share, piece in pieces:
                with self.accelerator.autocast():
                    loss, more = self.trainee.loss(phase, piece)
                self.accelerator.backward(share * loss)
                total += share * loss.detach().float().item()
                figures |= more
            total = self._over_all_processes(total)
            figures["loss" if phase == "model" else phase] = total
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
        """The mean; each process saw its share of the batch."""
        if self.accelerator.num_processes == 1:
            return value
        import torch

        mine = torch.tensor(value, device=self.accelerator.device)
        return self.accelerator.reduce(mine, "mean").item()

    # --- what is written ---

    def _resume(self) -> bool:
        """Go on from the newest good checkpoint, if there is one."""
        checkpoint = checkpoints.newest(self.given.files.checkpoints, self.given.emit)
        if checkpoint:
            self.accelerator.load_state(str(checkpoint))
            self.given.emit(Resumed(self.position.step, self.position.epoch))
        return checkpoint is not None

    def _checkpoint(self) -> None:
        folder, step = self.given.files.checkpoints, self.position.step

        def save(path: Any) -> None:
            self.accelerator.wait_for_everyone()
            self.accelerator.save_state(str(path))
            self.accelerator.wait_for_everyone()

        self.given.flush()  # what was told before belongs to this checkpoint
        if self.main:
            checkpoints.write(folder, step, save)
        else:
            save(checkpoints.temporary(folder, step))
        self.saved = time.monotonic()

    def _keep(self, found: Evaluation) -> None:
        """Save the model as the best so far, with what it answered to the validation items."""
        with replacing(self.given.files.best) as new:
            self.trainee.save(new)
        self._write_items("best", found)
        if self.options.test_fraction:
            tested = self.trainee.evaluate("test")
            self.position.metrics |= {f"test {k}": v for k, v in tested.metrics.items()}

    def _write_items(self, name: Literal["base", "best"], found: Evaluation) -> None:
        text = json.dumps(found.items, ensure_ascii=False)
        files.write(self.given.files.items(name), text)

    # --- what is told ---

    def _look_at_base(self) -> None:
        """Metrics, samples and tracked examples before anything is learnt, to compare with."""
        if self.main:
            with self._evaluating():
                found = self.trainee.evaluate("validation")
                self._tell_epoch(0, found)
                self._write_items("base", found)
                self.position.base_metrics = dict(found.metrics)
        self._share_position()

    def _tell_step(self, figures: dict[str, float], seconds: float) -> None:
        if self.main:
            p = self.position
            rate = self.schedules[self.trainee.phases[-1]].get_last_lr()[0]
            epoch = p.step / len(self.loader)
            self.given.emit(Step(p.step, self.steps, epoch, rate, seconds, figures))

    def _tell_epoch(self, epoch: int, found: Evaluation) -> None:
        names = self.trainee.samples(self.given.files.samples(epoch))
        answers = self.trainee.track(self.given.tracked) if self.given.tracked else []
        memory = failures.memory_mb(self.given.device.kind)
        step = self.position.step
        self.given.emit(Epoch(epoch, step, found.metrics, tuple(names), tuple(answers), memory))

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
