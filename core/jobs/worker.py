"""The process that trains: `python -m core.jobs.worker JOB`, started by `queue.dispatch`.

It takes everything from the job's row and folder, tells the store what happens, and says how it
ended. Killed at any moment, it leaves a checkpoint that the next worker goes on from.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import sys
import time
import traceback
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from core.errors import DiskError, Failure, PortalError
from core.imports import quiet_libraries
from core.jobs import lease, store
from core.jobs.store import Job
from core.training.events import Calling, Ended, Epoch, Event, Listener, Resumed, State, Step
from core.training.run import Control, Outcome, Run, Wish

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FLUSH_S = 0.3
"""Seconds between two writes of steps: as often as a page can show them."""
LOOK_S = 0.5
"""Seconds between two looks at what others want: a step may take less than the look itself."""
CLAIM_S = 30.0
"""Seconds to wait for whoever started this process to write its handle down."""


@dataclass(frozen=True)
class Ending:
    """What becomes of the row. A metric or a model that this run did not make stays as it was."""

    state: State
    metrics: dict[str, float] | None = None
    model: str | None = None
    error: Failure | None = None

    def write(self, job_id: str) -> None:
        known = {name: value for name, value in vars(self).items() if value is not None}
        store.change(job_id, only=(), ended=time.time(), **known)


class EventLog:
    """Events to the store, in groups, and their figures to TensorBoard files in the job's folder."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._waiting: list[tuple[float, Event]] = []
        self._flushed = 0.0
        self._board: SummaryWriter | None = None

    def emit(self, event: Event) -> None:
        if isinstance(event, Resumed):
            store.forget_after(self.job.id, event.step)
        elif isinstance(event, Epoch) and not event.epoch:
            store.forget_after(
                self.job.id, -1
            )  # it begins anew: no checkpoint was written, or none is good
        self._waiting.append((time.time(), event))
        if isinstance(event, Step | Epoch):
            self._draw(event)
        # steps can come by the hundred a second, and each write waits for the disk
        if not isinstance(event, Step) or time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            store.append(self.job.id, self._waiting)
            self._waiting = []
        self._flushed = time.monotonic()

    def _draw(self, event: Step | Epoch) -> None:
        if self._board is None:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(self.job.files.tensorboard)
        figures = event.metrics if isinstance(event, Epoch) else _figures(event)
        for name, value in figures.items():
            self._board.add_scalar(f"{event.kind}/{name}", value, event.step)


def _figures(step: Step) -> dict[str, float]:
    named = ("epoch", "learning_rate", "seconds")
    return {**{name: getattr(step, name) for name in named}, **step.figures}


class Wishes:
    """What the row says others want, asked at most twice a second."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        self._asked = 0.0
        self._last: Wish = ""

    def look(self) -> Wish:
        if time.monotonic() - self._asked > LOOK_S:
            self._asked = time.monotonic()
            self._last = "stop" if store.find(self.job_id).stop else ""
        return self._last


def main(job_id: str) -> int:
    quiet_libraries()
    control = Control()
    # A machine that shuts down asks first: the loop then writes a checkpoint after its step. Nothing
    # else may happen in a handler, which can come in the middle of anything.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: control.interrupted.set())
    lease.join(store.find(job_id).files.lease)  # nobody of an earlier group writes beside this one
    job = _claimed(job_id)
    if job.handle is None:  # who started this one died before it could say so: the job is buried
        return 1
    rank = int(os.environ.get("RANK", "0"))
    log = EventLog(job)
    control.look = Wishes(job_id).look
    if rank:  # helps the first process, which does the talking
        _train(job, control, Calling())
        return 0
    try:
        ending = _run(job, control, log)
    # whatever it is: a row that nobody ends stays "running" until somebody finds its worker gone
    except BaseException as error:
        ending = _failed(error)
    try:
        log.flush()
    except PortalError as error:  # the disk is full by now: that is the reason
        ending = _failed(error)
    ending.write(job_id)
    store.append(job_id, [(time.time(), Ended(ending.state))])
    from core.jobs import queue

    queue.dispatch(
        queue.WAIT_S
    )  # nobody else may be looking, and the next job waits for the device
    return 0 if ending.state in ("done", "stopped") else 1


def _claimed(job_id: str) -> Job:
    """The row, once whoever started this process has written its handle there: until then the row says
    nobody works on it, and a look at it would bury the job."""
    deadline = time.monotonic() + CLAIM_S
    while (job := store.find(job_id)).handle is None and time.monotonic() < deadline:
        if job.state not in store.ACTIVE:  # buried
            break
        time.sleep(0.02)
    return job


def _run(job: Job, control: Control, log: EventLog) -> Ending:
    """Train, and put the best model into the catalogue."""
    from core.models import finetuned
    from core.training import checkpoints

    outcome = _train(job, control, log)
    if outcome.state == "interrupted":
        return Ending(outcome.state, outcome.metrics)
    model = None
    if outcome.epoch:
        model = finetuned.publish(
            job.files.best,
            job_id=job.id,
            task=job.task,
            name=job.name,
            request=job.request.to_json(),
            metrics=outcome.metrics,
            base_metrics=outcome.base_metrics,
            epoch=outcome.epoch,
        )
    checkpoints.keep(job.files.checkpoints, 1)  # to extend from
    return Ending(outcome.state, outcome.metrics, model)


def _train(job: Job, control: Control, listener: Listener) -> Outcome:
    from core import tasks
    from core.device import choose
    from core.jobs import request
    from core.models import catalog
    from core.serving.options import parse

    asked = job.request
    chosen = tasks.find(job.task)
    run = Run(
        folder=job.folder,
        options=parse(chosen.trained().options, asked.options),
        data=request.source(job.task, asked.data),
        device=choose(job.device),
        base=catalog.find(asked.base) if asked.base else None,
        tracked=asked.tracked,
        listener=listener,
        control=control,
        patience_from=asked.patience_from,
    )
    job.files.description.write_text(
        json.dumps({**asked.to_json(), "environment": environment()}, indent=1, ensure_ascii=False),
        "utf-8",
    )
    store.change(job.id, only=("preparing",), state="running")  # not over a stop that came before
    return tasks.find(job.task).trained().train(run)


def _failed(error: BaseException) -> Ending:
    """How a job ends that an error ended; a disk that is full or fails and Ctrl-C can be resumed from."""
    from core.files import disk_failure

    traceback.print_exception(error)
    error = disk_failure(error) or error  # a library may have written by itself
    again = isinstance(error, DiskError | KeyboardInterrupt)
    return Ending("interrupted" if again else "failed", error=Failure.of(error))


def environment() -> dict[str, str]:
    """What a run was made with, for its card."""
    names = ("torch", "torchvision", "transformers", "accelerate", "ultralytics-opencv-headless")
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        **{name: metadata.version(name) for name in names},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
