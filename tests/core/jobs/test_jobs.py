"""Jobs through real worker processes: done, stopped, killed, resumed, queued, deleted."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from PIL import Image

from core import tasks
from core.errors import JobError, UsageError
from core.jobs import launcher, queue, store, worker
from core.jobs.request import Request
from core.models import catalog, finetuned
from core.serving.options import parse
from core.training.events import Epoch, Step
from core.training.run import Run
from tests.core.jobs.tiny import OPTIONS, stepped, wait
from tests.core.training.toy import CPU, Listener


def losses(job) -> dict[int, float]:
    return {e.event.step: e.event.figures["loss"] for e in store.events_of(Step, job.id)}


def kill(job) -> None:
    """As the system does when memory is short: nobody is asked."""
    os.killpg(pid(job), signal.SIGKILL)


def pid(job) -> int:
    return int(store.find(job.id).handle.partition(" ")[0])


def test_a_job_outlives_the_process_that_started_it_and_ends_as_a_model_that_answers(
    submit, stripes
):
    code = (
        "from core.jobs import queue;"
        "from tests.core.jobs.tiny import OPTIONS;"
        f"print(queue.submit('image_classification', {stripes.id!r}, base='resnet18',"
        "options={**OPTIONS, 'epochs': 2}, device_name='cpu').id)"
    )
    started = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=launcher.ROOT
    )
    job = wait(store.find(started.stdout.strip()))
    assert (job.state, job.error) == ("done", None)
    options = tasks.find("image_classification").parse({"top_k": 2})
    (result,) = tasks.predict(
        "image_classification", [Image.new("RGB", (40, 40))], options, model=job.model
    )
    assert {score.label for score in result.labels} == {"across", "down"}
    card = finetuned.card(catalog.find(job.model))
    assert (card.base, card.options["epochs"]) == ("resnet18", 2)
    assert list(job.folder.glob("tensorboard/events*"))
    queue.delete(job.id)  # and its model with it
    with pytest.raises(UsageError):
        catalog.find(job.model)


def test_a_killed_worker_is_interrupted_and_its_successor_takes_the_same_steps(
    submit, stripes, tmp_path, monkeypatch
):
    heard = Listener()
    chosen = parse(tasks.find("image_classification").trained().options, {**OPTIONS, "epochs": 2})
    base = catalog.find("resnet18")
    whole = (
        tasks.find("image_classification")
        .trained()
        .train(Run(tmp_path, chosen, stripes, CPU, base=base, listener=heard))
    )
    monkeypatch.setenv("PORTAL_CHECKPOINT_S", "0")
    cut = wait(submit(epochs=2), stepped(3))
    kill(cut)
    cut = wait(cut)
    assert (cut.state, cut.error.code) == ("interrupted", "worker_gone")
    monkeypatch.delenv("PORTAL_CHECKPOINT_S")
    cut = wait(queue.resume(cut.id))
    assert (cut.state, cut.metrics) == ("done", whole.metrics)
    assert losses(cut) == heard.losses()


@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_ten_kills_at_random_moments_change_nothing(submit, monkeypatch):
    monkeypatch.setenv("PORTAL_CHECKPOINT_S", "0.05")
    draw = random.Random(0)
    whole = wait(submit(epochs=30), seconds=400)
    cut, kills = submit(epochs=30), 0
    while kills < 10:
        before = len(store.events_of(Step, cut.id))
        cut = wait(cut, lambda job, n=before: job.active and stepped(n + 1)(job), seconds=200)
        time.sleep(draw.uniform(0, 0.6))
        if wait(cut, lambda job: True).active:
            kill(cut)
            kills += 1
        cut = wait(cut, seconds=200)
        if cut.state == "done":
            break
        cut = queue.resume(cut.id)
    cut = wait(cut, seconds=400)
    assert kills == 10
    assert (cut.state, cut.metrics) == ("done", whole.metrics)
    assert losses(cut) == losses(whole)


def test_ended_politely_while_it_starts_it_is_resumed_and_then_extended(submit):
    job = wait(submit(epochs=1), lambda job: job.handle is not None)
    os.kill(pid(job), signal.SIGTERM)
    job = wait(job)
    assert job.state == "interrupted"
    job = wait(queue.resume(job.id))
    assert job.state == "done"
    job = wait(queue.extend(job.id, 1))
    assert job.state == "done"
    assert [e.event.epoch for e in store.events_of(Epoch, job.id)] == [0, 1, 2]


def test_jobs_of_one_device_take_turns_and_a_stopped_one_keeps_its_best(submit):
    first, second = submit("first", epochs=300), submit(epochs=1)
    assert [other.id for other in queue.ahead(second)] == [first.id]
    wait(first, stepped(4))
    assert store.find(second.id).state == "queued"
    queue.stop(first.id)
    second = wait(second)
    assert second.state == "done"
    first = store.find(first.id)
    assert first.state == "stopped"
    assert catalog.find(first.model).title == "first"
    assert first.ended <= second.started + 1


def test_a_pid_that_belongs_to_somebody_else_now_is_no_worker(stripes):
    job = store.create("image_classification", "stripes", "cpu", Request())
    mine = psutil.Process()
    store.change(job.id, state="running", handle=f"{mine.pid} {mine.create_time() - 100}")
    assert wait(job).state == "interrupted"


def test_a_row_of_the_first_version_names_its_worker_by_number_and_start(stripes):
    job = store.create("image_classification", "stripes", "cpu", Request())
    mine = psutil.Process()
    for late, living in ((0, True), (100, False)):
        with store.connected() as db:
            db.execute(
                "UPDATE jobs SET state = 'running', pid = ?, born = ? WHERE id = ?",
                (mine.pid, mine.create_time() - late, job.id),
            )
        assert queue.alive(store.find(job.id)) is living


def test_a_worker_that_ended_is_not_alive_while_its_parent_has_not_asked(stripes):
    with subprocess.Popen([sys.executable, "-c", ""], start_new_session=True) as child:
        handle = launcher.handle_of(child.pid)
        deadline = time.monotonic() + 30
        while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert not launcher.launcher().is_alive(handle)


def test_a_stop_request_is_the_state_and_stands_in_the_old_column_too(stripes):
    job = store.create("image_classification", "stripes", "cpu", Request())
    store.change(job.id, state="running", handle=launcher.handle_of(os.getpid()))
    queue.stop(job.id)
    with store.connected() as db:
        (column,) = db.execute("SELECT stop FROM jobs WHERE id = ?", (job.id,)).fetchone()
    assert (store.find(job.id).stop, column) == (True, 1)
    store.change(job.id, state="stopped", ended=time.time())
    assert not store.find(job.id).stop


class Elsewhere:
    """A launcher that starts nothing, as one for another machine would look from here."""

    def __init__(self) -> None:
        self.running: set[str] = set()

    def start(self, job) -> str:
        self.running.add(f"queue/{job.id}")
        return f"queue/{job.id}"

    def is_alive(self, handle: str) -> bool:
        return handle in self.running

    def terminate(self, handle: str) -> None:
        self.running.discard(handle)


def test_jobs_know_their_workers_only_through_the_launcher(submit, monkeypatch):
    elsewhere = Elsewhere()
    monkeypatch.setattr(queue, "launcher", lambda: elsewhere)
    first, second = submit("first"), submit("second")
    assert [store.find(job.id).state for job in (first, second)] == ["preparing", "queued"]
    assert store.find(first.id).handle == f"queue/{first.id}"
    elsewhere.running.clear()
    queue.dispatch()
    states = [store.find(job.id).state for job in (first, second)]
    assert states == ["interrupted", "preparing"]
    queue.cancel(second.id)
    assert not elsewhere.running


def test_a_running_job_is_not_deleted_but_cancelled_which_leaves_nothing(submit):
    job = wait(submit(epochs=300), stepped(1))
    with pytest.raises(JobError, match="cannot be deleted"):
        queue.delete(job.id)
    queue.cancel(job.id)
    assert not job.folder.exists()
    assert not queue.alive(job)
    with pytest.raises(JobError, match="no job"):
        store.find(job.id)


def test_wrong_options_are_refused_at_once(submit):
    with pytest.raises(UsageError, match="epochs"):
        submit(epochs=301)
    assert store.jobs() == []


def test_a_full_disk_interrupts_and_can_be_resumed(submit, monkeypatch, data):
    """The worker may not write any file of more than 20 blocks, checkpoints among them."""
    monkeypatch.setenv("PORTAL_CHECKPOINT_S", "0")
    job = submit(epochs=3)
    job.folder.mkdir(parents=True, exist_ok=True)
    wait(job, stepped(1))
    kill(job)
    job = wait(job)
    limited = f"ulimit -f 20; exec {sys.executable} -m core.jobs.worker {job.id}"
    store.change(job.id, state="preparing", handle=None)
    with subprocess.Popen(
        ["bash", "-c", limited], cwd=launcher.ROOT, start_new_session=True
    ) as worker:
        store.change(job.id, handle=launcher.handle_of(worker.pid))
        worker.wait(60)
    job = wait(job)
    assert job.state == "interrupted"
    monkeypatch.delenv("PORTAL_CHECKPOINT_S")
    assert wait(queue.resume(job.id)).state == "done"


def test_a_library_that_finds_the_disk_full_is_told_like_ours():
    ending = worker._failed(OSError(errno.ENOSPC, "No space left on device"))
    assert (ending.state, ending.error.code) == ("interrupted", "disk_full")
