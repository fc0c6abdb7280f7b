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
from core.jobs import queue, store, worker
from core.models import catalog, finetuned
from core.serving.options import parse
from core.tasks.image_classification import finetune
from core.training.run import Run
from tests.core.jobs.tiny import OPTIONS, stepped, wait
from tests.core.training.toy import CPU, Listener


def losses(job) -> dict[int, float]:
    return {event.step: event.data["loss"] for event in store.events(job.id, "step")}


def kill(job) -> None:
    os.killpg(store.find(job.id).pid, signal.SIGKILL)


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
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=queue.ROOT
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
    whole = finetune.finetune(Run(tmp_path, chosen, stripes, CPU, base=base, listen=heard))
    monkeypatch.setenv("PORTAL_CHECKPOINT_S", "0")
    cut = wait(submit(epochs=2), stepped(3))
    kill(cut)
    cut = wait(cut)
    assert (cut.state, cut.error["code"]) == ("interrupted", "worker_gone")
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
        before = len(store.events(cut.id, "step"))
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
    job = wait(submit(epochs=1), lambda job: job.pid is not None)
    os.kill(job.pid, signal.SIGTERM)
    job = wait(job)
    assert job.state == "interrupted"
    job = wait(queue.resume(job.id))
    assert job.state == "done"
    job = wait(queue.extend(job.id, 1))
    assert job.state == "done"
    assert [event.data["epoch"] for event in store.events(job.id, "epoch")] == [0, 1, 2]


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
    job = store.create("image_classification", "stripes", "cpu", {"processes": 1})
    mine = psutil.Process()
    store.change(job.id, state="running", pid=mine.pid, born=mine.create_time() - 100)
    assert wait(job).state == "interrupted"


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
        submit(epochs=0)
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
    store.change(job.id, state="preparing", pid=None)
    with subprocess.Popen(
        ["bash", "-c", limited], cwd=queue.ROOT, start_new_session=True
    ) as worker:
        store.change(job.id, pid=worker.pid, born=psutil.Process(worker.pid).create_time())
        worker.wait(60)
    job = wait(job)
    assert job.state == "interrupted"
    monkeypatch.delenv("PORTAL_CHECKPOINT_S")
    assert wait(queue.resume(job.id)).state == "done"


def test_a_library_that_finds_the_disk_full_is_told_like_ours():
    columns = worker._failed(OSError(errno.ENOSPC, "No space left on device"))
    assert (columns["state"], columns["error"]["code"]) == ("interrupted", "disk_full")
