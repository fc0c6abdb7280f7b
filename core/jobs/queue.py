"""What people do with jobs: submit, stop, cancel, resume, extend, delete; and who runs next.

There is no scheduler process. Whoever looks (a page, a command, a worker that ends) calls `dispatch`,
which turns jobs of dead workers to "interrupted" and starts the oldest queued job of each idle device. One does at a
time; whoever finds somebody at it does not wait for long, since that one does the same. Looking alone never waits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from core import device, files, tasks
from core.data import splits
from core.errors import N_, Failure, JobError, PortalError, UsageError
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

WAIT_S = 2.0
"""Seconds that whoever has changed something waits for another one that looks after the queue."""


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
    dispatch(WAIT_S)
    return store.find(job.id)


def dispatch(patience_s: float = 0.0) -> PortalError | None:
    """Mark what died, start what can start. Cheap when there is nothing to do.

    Where another process has been at the same for `patience_s`, nothing is done; the answer is then a failure that
    names it, which is worth telling once it lasts: a process that was stopped holds up the queue.

    Raises:
        DiskError: the data folder cannot be written.
    """
    if not any(job.under_way for job in store.jobs()):
        return None
    # One at a time: two pages that look in the same moment would start the same job twice.
    folder = settings().data / "jobs"
    lock = FileLock(folder / "dispatch.lock")
    try:
        with files.telling(str(folder)):
            lock.acquire(timeout=patience_s)
    except Timeout:
        return _held_up(folder)
    try:
        _note_holder(folder)
        _look_after()
    finally:
        lock.release()
    return None


def _look_after() -> None:
    for job in store.jobs():
        if job.active and not alive(job):
            _bury(job)
    everything = store.jobs()
    # One job a device: two would share its memory and take longer together than in turn.
    busy = {job.device for job in everything if job.active}
    for job in reversed(everything):  # oldest first
        if job.state == "queued" and job.device not in busy and _start(job):
            busy.add(job.device)


def _note_holder(folder: Path) -> None:
    """Write down who looks after the queue, for those who find it taken."""
    with suppress(OSError):  # it is only for telling
        (folder / "dispatch.holder").write_text(str(os.getpid()), "ascii")


def _held_up(folder: Path) -> JobError:
    holder = "?"
    with suppress(OSError):
        holder = (folder / "dispatch.holder").read_text("ascii", "replace")[:20]
    return JobError(
        N_(
            "The queue waits for process {pid}, which looks after it and does not go on. Continue or end that "
            "process; queued runs then start by themselves."
        ),
        pid=holder,
    )


def alive(job: Job) -> bool:
    """Whether the very worker that was started for `job` still runs."""
    return job.handle is not None and launcher().is_alive(job.handle)


def seen(job: Job) -> Job:
    """The job as it is now, without marking anything: one whose worker is gone is interrupted."""
    gone = job.active and job.handle is not None and not alive(job)
    return replace(job, state="interrupted") if gone else job


def ahead(job: Job) -> list[Job]:
    """The jobs that have to end before a queued one starts, the running one first."""
    others = [other for other in reversed(store.jobs()) if other.device == job.device]
    place = next((i for i, other in enumerate(others) if other.id == job.id), len(others))
    return [
        other
        for i, other in enumerate(others)
        if other.active or (other.state == "queued" and i < place)
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
    job = store.find(job_id)  # it may have been started just now
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
    dispatch(WAIT_S)
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
    dispatch(WAIT_S)
    return store.find(job_id)


def delete(job_id: str) -> None:
    """Remove an ended job with its folder and its model; of one whose row is damaged the model stays.

    Raises:
        JobError: it is queued or running; cancel it instead. DiskError: the disk is read-only or fails.
    """
    if any(one.id == job_id for one in store.damaged()):
        _delete(job_id)
        return
    job = store.find(job_id)
    if job.active and alive(job):
        _refuse(job_id, N_("deleted"))
    if job.model:
        finetuned.remove(job.model)
    _delete(job_id)


def _delete(job_id: str) -> None:
    # The folder first: on a full disk that is what makes the room in which the store can forget the row.
    files.remove_tree(store.folder(job_id))
    store.remove(job_id)
    dispatch(WAIT_S)


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
    """The worker is gone without having said how it ended: killed, or the machine restarted. What it started may
    have outlived it, and must not go on writing beside a successor."""
    if job.handle:
        launcher().terminate(job.handle)
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


def _start(job: Job) -> bool:
    """Start its worker; where that fails, the job is interrupted and says why. Whether it was started."""
    # The row says so before the worker is there: between the two nobody else starts one, and a worker
    # that is quicker than this process waits until its handle stands in the row.
    if not store.change(
        job.id, only=("queued",), state="preparing", started=time.time(), handle=None
    ):
        return False
    try:
        handle = launcher().start(job)
    except (OSError, PortalError) as error:
        why = Failure.of(files.disk_failure(error, str(job.folder)) or error)
        store.change(job.id, state="interrupted", ended=time.time(), error=why)
        return False
    store.change(job.id, handle=handle)
    return True
