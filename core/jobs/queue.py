"""What people do with jobs: submit, stop, cancel, resume, extend, delete; and who runs next.

There is no scheduler process. Whoever looks (a page, a command, a worker that ends) calls `dispatch`,
which turns jobs of dead workers to "interrupted" and starts the oldest queued job of each idle device.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from filelock import FileLock

from core import device, tasks
from core.data import splits
from core.errors import N_, Failure, JobError, UsageError
from core.jobs import request, store
from core.jobs.launcher import launcher
from core.jobs.request import Request
from core.jobs.store import ENDED, Job
from core.models import catalog, finetuned
from core.serving.options import parse
from core.settings import settings
from core.training import automatic, checkpoints
from core.training.events import Epoch
from core.training.options import with_division


def submit(
    task_name: str,
    data_id: str | None,
    *,
    base: str | None,
    name: str = "",
    options: Mapping[str, object] | None = None,
    tracked: Sequence[str] = (),
    device_name: str | None = None,
    processes: int = 1,
) -> Job:
    """Queue a fine-tuning; everything is checked now, so that it does not fail in an hour.

    `data_id` is None for a task whose training needs no data set. `base` is a model id, or None to
    start from scratch where the task knows how. `tracked` are inputs to answer after every epoch.

    Raises:
        UsageError: unknown task, data set, model or option. NotReadyError: the base is not on disk.
    """
    chosen = tasks.find(task_name)
    data = request.source(task_name, data_id)
    finetuning = tasks.find(task_name).trained()
    entry = catalog.find(base) if base else None
    if entry and entry not in finetuning.bases():
        raise UsageError(
            N_("The model {model} cannot be fine-tuned for {task}. These can: {ids}."),
            model=base,
            task=task_name,
            ids=", ".join(one.id for one in finetuning.bases()),
        )
    if processes > 1 and not finetuning.several_processes:
        raise UsageError(
            N_("{task} is trained by one process. Leave --processes away."), task=task_name
        )
    resolved = parse(chosen.trained().options, dict(options or {}))
    if data:
        resolved = with_division(resolved, splits.division_of(data))
    resolved = automatic.resolved(resolved, data)
    finetuning.check(entry, data, resolved)
    job = store.create(
        task_name,
        name.strip() or (data.name if data else chosen.title),
        device.choose(device_name).name,
        Request(
            data=data.id if data else None,
            sha256=data.sha256 if data else None,
            base=base,
            options=resolved.model_dump(mode="json"),
            tracked=tuple(tracked),
            processes=processes,
        ),
    )
    dispatch()
    return store.find(job.id)


def dispatch() -> None:
    """Mark what died, start what can start. Cheap when there is nothing to do."""
    if not any(job.under_way for job in store.jobs()):
        return
    # One at a time: two pages that look in the same moment would start the same job twice.
    with FileLock(settings().data / "jobs" / "dispatch.lock"):
        everything = store.jobs()
        for job in everything:
            if job.active and not alive(job):
                _bury(job)
        everything = store.jobs()
        # One job a device: two would share its memory and take longer together than in turn.
        busy = {job.device for job in everything if job.active}
        for job in reversed(everything):  # oldest first
            if job.state == "queued" and job.device not in busy:
                busy.add(job.device)
                _start(job)


def alive(job: Job) -> bool:
    """Whether the very worker that was started for `job` still runs."""
    return job.handle is not None and launcher().is_alive(job.handle)


def ahead(job: Job) -> list[Job]:
    """The jobs that have to end before a queued one starts, the running one first."""
    return [
        other
        for other in reversed(store.jobs())
        if other.device == job.device
        and (other.active or (other.state == "queued" and other.created < job.created))
    ]


def stop(job_id: str) -> Job:
    """Ask the worker to end well and keep the best; a queued job never starts.

    Raises:
        JobError: it is not running.
    """
    # each a single statement that names the states it may leave: the worker changes them too
    if store.change(job_id, only=("queued",), state="stopped", ended=time.time()):
        return store.find(job_id)
    if not store.change(job_id, only=("preparing", "running"), state="stopping"):
        _refuse(job_id, N_("stopped"))
    return store.find(job_id)


def cancel(job_id: str) -> None:
    """End a job at once, keep nothing."""
    job = store.find(job_id)
    if job.state == "queued":
        store.change(job_id, only=("queued",), state="stopped")
    if job.active and job.handle:
        launcher().terminate(job.handle)
    delete(job_id)


def resume(job_id: str) -> Job:
    """Go on from the last checkpoint.

    Raises:
        JobError: it is running, or done already (extend it instead).
    """
    if not store.change(
        job_id,
        only=("interrupted", "failed", "stopped"),
        state="queued",
        error=None,
        ended=None,
        handle=None,
    ):
        _refuse(job_id, N_("resumed"))
    dispatch()
    return store.find(job_id)


def extend(job_id: str, epochs: int) -> Job:
    """Train an ended job for `epochs` more than it was meant to have; patience counts anew.

    Raises:
        JobError: it has not ended. UsageError: more epochs than the task allows.
    """
    job = store.find(job_id)
    if job.state not in ENDED:
        _refuse(job_id, N_("extended"))
    evaluated = store.events_of(Epoch, job_id)
    reached = evaluated[-1].event.epoch if evaluated else 0
    options = {**job.request.options, "epochs": max(reached, 0) + epochs}
    resolved = parse(tasks.find(job.task).trained().options, options)
    asked = replace(job.request, options=resolved.model_dump(mode="json"), patience_from=reached)
    store.change(job_id, request=asked, state="queued", error=None, ended=None, handle=None)
    dispatch()
    return store.find(job_id)


def delete(job_id: str) -> None:
    """Remove an ended job with its folder and its model.

    Raises:
        JobError: it is queued or running; cancel it instead.
    """
    job = store.find(job_id)
    if job.active and alive(job):
        _refuse(job_id, N_("deleted"))
    if job.model:
        finetuned.remove(job.model)
    store.remove(job_id)
    shutil.rmtree(job.folder, ignore_errors=True)
    dispatch()


def can_resume(job: Job) -> bool:
    return job.state in ("interrupted", "failed", "stopped") and has_checkpoint(job)


def has_checkpoint(job: Job) -> bool:
    return any(checkpoints.found(job.files.checkpoints))


def _refuse(job_id: str, verb: str) -> None:
    job = store.find(job_id)
    raise JobError(
        N_("The job {name} is {state} and cannot be {verb}."),
        name=job.name,
        state=job.state,
        verb=verb,
    )


def _bury(job: Job) -> None:
    """The worker is gone without having said how it ended: killed, or the machine restarted."""
    store.change(
        job.id,
        only=store.ACTIVE,
        state="interrupted",
        ended=time.time(),
        error=Failure(
            "worker_gone",
            N_("The worker was ended from outside. What it had saved is kept: resume it."),
        ),
    )


def _start(job: Job) -> None:
    # The row says so before the worker is there: between the two nobody else starts one, and a worker
    # that is quicker than this process waits until its handle stands in the row.
    store.change(job.id, state="preparing", started=time.time(), handle=None)
    store.change(job.id, handle=launcher().start(job))
