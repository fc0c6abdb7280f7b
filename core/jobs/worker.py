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
from importlib import metadata
from typing import Any

from core.imports import quiet_libraries
from core.jobs import store
from core.jobs.store import Job
from core.training.run import Control, Outcome, Run, Wish

FLUSH_S = 0.3
LOOK_S = 0.5


class Recorder:
    """Events to the store, in groups, and their figures to TensorBoard files in the job's folder."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._waiting: list[tuple[str, float, dict[str, Any]]] = []
        self._flushed = 0.0
        self._board: Any = None

    def listen(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "resumed":
            store.forget_after(self.job.id, data["step"])
        if kind != "flush":
            self._waiting.append((kind, time.time(), data))
            self._draw(kind, data)
        if kind != "step" or time.monotonic() - self._flushed > FLUSH_S:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            store.tell(self.job.id, self._waiting)
            self._waiting = []
        self._flushed = time.monotonic()

    def _draw(self, kind: str, data: dict[str, Any]) -> None:
        if kind not in ("step", "epoch"):
            return
        if self._board is None:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(self.job.folder / "tensorboard")
        figures = data["metrics"] if kind == "epoch" else data
        for name, value in figures.items():
            if isinstance(value, float):
                self._board.add_scalar(f"{kind}/{name}", value, data["step"])


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
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: control.interrupted.set())
    job = _claimed(job_id)
    rank = int(os.environ.get("RANK", "0"))
    recorder = Recorder(job)
    control.look = Wishes(job_id).look
    if rank:  # helps the first process, which does the talking
        _train(job, control, lambda *_: None)
        return 0
    try:
        columns = _run(job, control, recorder)
    except BaseException as error:
        columns = _failed(error)
    recorder.flush()
    store.change(job_id, ended=time.time(), **columns)
    store.tell(job_id, [(columns["state"], time.time(), {})])
    from core.jobs import queue

    queue.dispatch()
    return 0 if columns["state"] in ("done", "stopped") else 1


def _claimed(job_id: str) -> Job:
    """The row, once whoever started this process has written its pid there."""
    deadline = time.monotonic() + 30
    while (job := store.find(job_id)).pid is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return job


def _run(job: Job, control: Control, recorder: Recorder) -> dict[str, Any]:
    """Train; what to write into the row."""
    from core.models import finetuned
    from core.training import checkpoints

    outcome = _train(job, control, recorder.listen)
    columns: dict[str, Any] = {"state": outcome.state, "metrics": outcome.metrics}
    if outcome.state == "interrupted":
        return columns
    if outcome.epoch:
        columns["model"] = finetuned.publish(
            job.folder / "best",
            job_id=job.id,
            task=job.task,
            name=job.name,
            request=job.request,
            metrics=outcome.metrics,
            base_metrics=outcome.base_metrics,
            epoch=outcome.epoch,
        )
    checkpoints.keep(job.folder / "checkpoints", 1)  # to extend from
    return columns


def _train(job: Job, control: Control, listen: Any) -> Outcome:
    from core import tasks
    from core.data import datasets
    from core.device import choose
    from core.models import catalog
    from core.serving.options import parse

    request = job.request
    chosen = tasks.find(job.task)
    run = Run(
        folder=job.folder,
        options=parse(chosen.trained().options, request["options"]),
        data=datasets.find(request["data"], job.task),
        device=choose(job.device),
        base=catalog.find(request["base"]) if request["base"] else None,
        probes=request["probes"],
        listen=listen,
        control=control,
        patience_from=request.get("patience_from", 0),
    )
    (job.folder / "job.json").write_text(
        json.dumps({**request, "environment": environment()}, indent=1, ensure_ascii=False), "utf-8"
    )
    _say_running(job)
    return tasks.find(job.task).trained().train(run)


def _say_running(job: Job) -> None:
    """Not over a stop that came in between."""
    store.change(job.id, only=("preparing",), state="running")


def _failed(error: BaseException) -> dict[str, Any]:
    """The row of a job that ended with an error; a full disk and Ctrl-C can be resumed from."""
    from core.errors import DiskFullError, PortalError
    from core.files import disk_full, out_of_space
    from core.settings import settings

    traceback.print_exception(error)
    if out_of_space(error) and not isinstance(error, PortalError):  # a library wrote by itself
        error = disk_full(settings().data.name)
    if isinstance(error, PortalError):
        said = {"code": error.code, "template": error.template, "values": _plain(error.values)}
    else:
        said = {
            "code": "unexpected",
            "template": "{why}",
            "values": {"why": f"{type(error).__name__}: {error}"},
        }
    again = isinstance(error, DiskFullError | KeyboardInterrupt) or out_of_space(error)
    return {"state": "interrupted" if again else "failed", "error": said}


def _plain(values: dict[str, object]) -> dict[str, Any]:
    return {k: v if isinstance(v, int | float | str) else str(v) for k, v in values.items()}


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
