"""Who may write into a run's folder, whoever was killed, stopped or given another clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest
from filelock import FileLock

from core.__main__ import main
from core.errors import JobError
from core.jobs import launcher, lease, queue, store
from core.jobs.request import Request
from core.jobs.store import Job
from core.settings import settings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="leases are locks of POSIX systems")

HOLDS = "import sys, time; from pathlib import Path; from core.jobs import lease; "
HOLDS += "lease.join(Path(sys.argv[1])); print('held', flush=True); time.sleep(100)"
GROUP = """
import subprocess, sys, time
from pathlib import Path
if len(sys.argv) == 3:  # the first process, as torchrun: the others have sessions of their own
    subprocess.Popen([sys.executable, *sys.argv, "rank"], start_new_session=True)
    time.sleep(100)
from core.jobs import lease
lease.join(Path(sys.argv[1]))
while True:
    with open(sys.argv[2], "a") as file:
        file.write(f"{__import__('os').getpid()}\\n")
    time.sleep(0.02)
"""


def until(holds: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "lease"


@pytest.fixture
def started():
    """`started(command)` runs Python with these arguments; ended with the test."""
    there: list[subprocess.Popen] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen:
        child = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=launcher.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(launcher.ROOT), **environment},
        )
        there.append(child)
        return child

    yield start
    for child in there:
        child.kill()
        child.communicate()


@pytest.fixture
def job():
    return store.create("sentiment", "toy", "cpu", Request())


def test_nobody_begins_while_one_of_an_earlier_group_lives_and_the_system_frees_what_it_held(
    file, started
):
    child = started("-c", HOLDS, str(file))
    assert child.stdout.readline() == "held\n"
    with pytest.raises(JobError, match="still at work"), lease.claimed(file):
        pass
    child.kill()
    child.wait()
    with lease.claimed(file) as (token, _descriptor):
        assert lease.holder(file) == token


def test_a_stopped_process_still_holds_its_lease(file, started):
    child = started("-c", HOLDS, str(file))
    child.stdout.readline()
    os.kill(child.pid, signal.SIGSTOP)
    with pytest.raises(JobError), lease.claimed(file):
        pass


def test_a_process_of_the_group_shares_the_lease(file, started):
    with lease.claimed(file) as (token, _descriptor):
        child = started("-c", HOLDS, str(file), **{lease.TOKEN: token})
        assert child.stdout.readline() == "held\n"
    with pytest.raises(JobError), lease.claimed(file):
        pass


def test_a_process_that_comes_after_another_group_has_begun_leaves_without_writing(file, started):
    with lease.claimed(file) as (old, _descriptor):
        pass
    with lease.claimed(file) as (new, _descriptor):
        late = started("-c", HOLDS, str(file), **{lease.TOKEN: old})
        assert late.stdout.readline() == ""
        assert "still at work" in late.stderr.read()
        assert lease.holder(file) == new


@pytest.fixture
def group(monkeypatch, tmp_path):
    """Jobs are groups of two processes that write their number into a file, all the time."""
    script = tmp_path / "group.py"
    script.write_text(GROUP, "utf-8")
    said = tmp_path / "said"
    said.write_text("")

    def command(job: Job) -> list[str]:
        return [sys.executable, str(script), str(job.files.lease), str(said)]

    monkeypatch.setattr(launcher, "_command", command)
    yield lambda: said.read_text().split()
    for job in store.jobs():
        if job.handle:
            launcher.launcher().terminate(job.handle)


def test_what_outlives_its_killed_launcher_is_ended_before_a_resume_begins(group, job):
    queue.dispatch()
    until(group)
    first = store.find(job.id).handle
    os.kill(int(first.split()[0]), signal.SIGKILL)
    os.waitpid(int(first.split()[0]), 0)
    old = group()[-1]
    assert psutil.pid_exists(int(old))
    queue.dispatch()
    assert store.find(job.id).state == "interrupted"
    queue.resume(job.id)
    until(lambda: group()[-1] != old)
    first_of_new = next(i for i, said in enumerate(group()) if said != old)
    assert old not in group()[first_of_new:]


def test_a_resume_ends_a_group_that_somebody_took_for_dead(group, job, monkeypatch):
    monkeypatch.setattr(launcher, "LEAVES_S", 0.2)
    queue.dispatch()
    until(group)
    handle, old = store.find(job.id).handle, group()[-1]
    store.change(job.id, state="interrupted", handle=None)
    queue.resume(job.id)
    until(lambda: group()[-1] != old)
    assert store.find(job.id).handle != handle
    with suppress(ChildProcessError):
        os.waitpid(int(handle.split()[0]), 0)
    assert not launcher.launcher().is_alive(handle)


def test_terminating_ends_processes_in_sessions_of_their_own(group, job):
    queue.dispatch()
    until(group)
    queue.cancel(job.id)
    known = len(group())
    time.sleep(0.2)
    assert len(group()) == known


def test_a_clock_that_is_set_does_not_make_a_living_worker_a_dead_one(monkeypatch):
    handle = launcher.handle_of(os.getpid())
    create_time = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: create_time(self) + 3600)
    assert launcher.launcher().is_alive(handle)


def test_jobs_keep_their_order_when_the_clock_is_set_back(monkeypatch):
    now = time.time()
    for name, hours in (("first", 0), ("second", -2), ("third", -1)):
        monkeypatch.setattr(time, "time", lambda hours=hours: now + 3600 * hours)
        last = store.create("sentiment", name, "cpu", Request())
    assert [job.name for job in store.jobs()] == ["third", "second", "first"]
    assert [job.name for job in queue.ahead(last)] == ["first", "second"]


@pytest.fixture
def stopped_holder(data, started):
    """A process that was stopped while it looked after the queue; its number."""
    (data / "jobs").mkdir(exist_ok=True)
    code = "import sys, time, os; from filelock import FileLock; from pathlib import Path; "
    code += "from core.jobs import queue; f = Path(sys.argv[1]); "
    code += "lock = FileLock(f / 'dispatch.lock'); lock.acquire(); queue._note_holder(f); "
    code += "print('held', flush=True); time.sleep(100)"
    child = started("-c", code, str(settings().data / "jobs"))
    child.stdout.readline()
    os.kill(child.pid, signal.SIGSTOP)
    return child.pid


def test_a_stopped_process_that_holds_the_queue_makes_no_command_wait_and_is_named(
    job, stopped_holder, capsys
):
    with pytest.raises(TimeoutError), FileLock(settings().data / "jobs" / "dispatch.lock", 0):
        pass
    began = time.monotonic()
    assert main(["jobs", "list"]) == 0
    listed = time.monotonic() - began
    store.change(job.id, state="interrupted")
    assert main(["jobs", "resume", job.id]) == 0
    assert listed < queue.WAIT_S
    assert time.monotonic() - began < 5 * queue.WAIT_S
    assert str(stopped_holder) in capsys.readouterr().err
    assert store.find(job.id).state == "queued"


def test_a_worker_whose_end_was_not_marked_yet_is_listed_as_interrupted(job, capsys):
    store.change(job.id, state="running", handle=f"{2**22 - 3} 0")
    assert main(["jobs", "list"]) == 0
    assert "interrupted" in capsys.readouterr().out
    assert store.find(job.id).state == "running"


def test_a_worker_that_cannot_be_started_says_why(job, monkeypatch):
    def fail(_job: Job) -> list[str]:
        return ["/nowhere/python"]

    monkeypatch.setattr(launcher, "_command", fail)
    queue.dispatch()
    found = store.find(job.id)
    assert found.state == "interrupted"
    assert "/nowhere/python" in str(found.error)
