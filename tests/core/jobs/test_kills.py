"""Workers, launchers, groups and servers that are killed at chosen moments lose no job and change no figure."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
import torch

from core import tasks
from core.data import datasets
from core.data.drafts import Draft, Sample
from core.jobs import launcher, queue, store
from core.jobs.store import ENDED, Job
from core.serving.options import parse
from core.settings import settings
from core.training.events import Step
from core.training.options import TrainOptions
from core.training.run import Run
from tests.core.jobs.fatal import MOMENTS
from tests.core.jobs.tiny import wait
from tests.core.training.toy import CPU, Listener

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX systems do")

EPOCHS = 8
MOST = {
    "before a file is replaced": 2,
    "in the best model": 1,
    "while the row is stored": 1,
    "before it is published": 1,
    "before the model is sealed": 1,
    "before it tells its end": 1,
}
"""How often a moment comes before a run is over, where that is soon."""
SERVER = """
import os, signal, sys
from core.jobs import launcher, queue, store
start = launcher.LocalProcesses.start
def dying(self, job):
    if sys.argv[2] == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    start(self, job)
    os.kill(os.getpid(), signal.SIGKILL)
launcher.LocalProcesses.start = dying
queue.resume(sys.argv[1])
"""
"""A server that is killed while it starts a worker, with the queue's lock in its hand."""


@pytest.fixture
def submit(monkeypatch) -> Callable[..., Job]:
    """`submit(processes=2)` queues a tiny run whose worker may kill itself; see `fatal`."""
    monkeypatch.setenv("PORTAL_APPLICATIONS", "tests.applications.slopes")
    monkeypatch.setenv("PORTAL_CHECKPOINT_S", "0")
    settings.cache_clear()
    command = launcher._command
    monkeypatch.setattr(
        launcher,
        "_command",
        lambda job: [
            part.replace("core.jobs.worker", "tests.core.jobs.fatal") for part in command(job)
        ],
    )
    draft = Draft(samples=[Sample({"x": i / 20, "y": i / 10 + 1}, str(i)) for i in range(20)])
    points = datasets.add("slopes", "points", draft)

    def submit_(processes: int = 1) -> Job:
        return queue.submit(
            "slopes",
            points.id,
            base=None,
            options={"epochs": EPOCHS, "batch_size": 4, "patience": 0, "learning_rate": 0.1},
            device_name="cpu",
            processes=processes,
        )

    yield submit_
    for job in store.jobs():
        queue.cancel(job.id)


def figures(job: Job) -> tuple[str, dict[str, float], dict[int, float]]:
    """How it ended, its metrics, and the loss of every step that counts."""
    losses = {e.event.step: e.event.figures["loss"] for e in store.events_of(Step, job.id)}
    return job.state, job.metrics, losses


def until_ended(job: Job) -> Job:
    return wait(job, lambda one: one.state in ENDED, seconds=280)


def killed_in(job: Job, fate: str, monkeypatch) -> Job:
    """The job once its next worker has met its fate, or has come to its end before."""
    with monkeypatch.context() as patch:
        patch.setenv("FATAL", fate)
        return until_ended(queue.resume(job.id))


def killed_with_its_server(job: Job, when: str) -> Job:
    """The job once a server has been killed in the moment in which it resumes it."""
    died = subprocess.run(
        [sys.executable, "-c", SERVER, job.id, when],
        cwd=launcher.ROOT,
        capture_output=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    began = time.monotonic()
    job = until_ended(job)
    assert time.monotonic() - began < 120
    return job


def interrupted(submit: Callable[..., Job], fate: str, monkeypatch, processes: int = 1) -> Job:
    """A run whose first worker meets its fate."""
    with monkeypatch.context() as patch:
        patch.setenv("FATAL", fate)
        return until_ended(submit(processes))


@pytest.mark.timeout(300)
def test_a_run_killed_while_its_events_are_stored_has_the_same_figures(
    submit, monkeypatch, tmp_path
):
    cut = interrupted(submit, "while events are stored 6", monkeypatch)
    assert cut.state == "interrupted"
    cut = until_ended(queue.resume(cut.id))
    torch.manual_seed(0)  # as `fatal` does
    heard = Listener()
    options = parse(TrainOptions, cut.request.options)
    run = Run(tmp_path, options, datasets.find(cut.request.data), CPU, listener=heard)
    whole = tasks.find("slopes").trained().train(run)
    assert figures(cut) == ("done", whole.metrics, heard.losses())


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_fifty_kills_at_chosen_moments_change_nothing(submit, monkeypatch):
    """Four runs, each killed at every moment in turn and once with its server; then launchers of two processes."""
    whole, kills = figures(until_ended(submit())), 0
    for turn, count in enumerate((1, 2, 3, 1)):
        cut = None
        for number, moment in enumerate(MOMENTS):
            fate = f"{moment} {min(count, MOST.get(moment, count))}"
            if cut is None:
                cut = interrupted(submit, fate, monkeypatch)
            else:
                cut = killed_in(cut, fate, monkeypatch)
            assert cut.state == "interrupted", fate
            kills += 1
            if number == turn:
                cut = killed_with_its_server(cut, ("before", "after")[turn % 2])
                kills += 1
        assert figures(until_ended(queue.resume(cut.id))) == whole
    kills += launchers_of_two(submit, monkeypatch)
    assert kills >= 50


def launchers_of_two(submit, monkeypatch) -> int:
    """Kill launchers of two processes, whose processes live on, and a whole group; the number of kills."""
    whole = figures(until_ended(submit(2)))
    after_steps = [f"launcher: after a step {count}" for count in (2, 3, 4)]
    in_checkpoint = [f"launcher: before a checkpoint is on the disk {count}" for count in (1, 2, 3)]
    cut = interrupted(submit, after_steps[0], monkeypatch, 2)
    assert cut.state == "interrupted"
    kills = 1
    for fate in (*in_checkpoint, *after_steps[1:], "after a step 2"):
        cut = killed_in(cut, fate, monkeypatch)
        if cut.state == "done":
            break
        kills += 1
    if cut.state != "done":
        cut = until_ended(queue.resume(cut.id))
    assert figures(cut) == whole
    return kills
