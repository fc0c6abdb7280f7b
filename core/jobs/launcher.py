"""How workers are started, watched and ended: the `Launcher`, and the one for processes of this computer.

What a launcher starts it names by a handle: text that only it understands and that stands in the job's
row, so that any process which opens the store can ask about the worker or end it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import psutil

from core.errors import JobError
from core.jobs import lease
from core.jobs.store import Job

ROOT = Path(__file__).parents[2]
SAME_S = 1.0
"""Seconds that two readings of one process's start may differ where the clock was asked: it is adjusted."""
GONE_S = 10.0
"""Seconds to wait for a killed worker to be gone."""
LEAVES_S = 5.0
"""Seconds that a worker which has told how it ended may take to be gone before it is killed."""
LOOK_S = 0.05


class Launcher(Protocol):
    """Where workers run."""

    def start(self, job: Job) -> str:
        """Start the worker of a job, which runs `core.jobs.worker` with the job's id; its handle.

        Raises:
            JobError: an earlier worker of the job lives and cannot be ended.
        """

    def is_alive(self, handle: str) -> bool:
        """Whether the very worker that was started still runs."""

    def terminate(self, handle: str) -> None:
        """End the worker and all that it started, at once, also where the worker itself is gone already; they
        get no chance to write anything."""


def launcher() -> Launcher:
    """The one that this installation starts its workers with."""
    return LocalProcesses()


class LocalProcesses:
    """Workers are processes of this computer. See `Handle`."""

    def start(self, job: Job) -> str:
        """In a session of its own: the worker outlives whoever starts it, a closed terminal and a
        restarted server, and can be ended together with its children."""
        job.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            token, descriptor = _claim(job.files.lease, held)
            log = held.enter_context(job.files.log.open("ab"))
            environment = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", lease.TOKEN: token}
            process = subprocess.Popen(
                _command(job),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **environment},
                pass_fds=(descriptor,) if os.name == "posix" else (),
            )
        return handle_of(process.pid, token)

    def is_alive(self, handle: str) -> bool:
        return Handle.read(handle).runs()

    def terminate(self, handle: str) -> None:
        known = Handle.read(handle)
        # Whoever terminates a job goes on to delete its folder: nobody may still be writing there.
        deadline = time.monotonic() + GONE_S
        while time.monotonic() < deadline:
            living = known.runs()
            if living:  # otherwise its number may be somebody else's by now
                with suppress(ProcessLookupError, PermissionError):
                    _kill_group(known.pid)
            # Processes of one run have sessions of their own, and outlive the one that started them.
            members = _members(known.token) if known.token else []
            for process in members:
                with suppress(psutil.Error):
                    process.kill()
            if not living and not members:
                return
            time.sleep(LOOK_S)


@dataclass(frozen=True)
class Handle:
    """ "PID BORN TOKEN": a process number is given away again, after a restart of the computer soon, so `born`
    tells when the process began, as the system counts it; the `token` is in the environment of all it started.

    Handles of earlier versions have no token, and seconds since 1970 for `born`.
    """

    pid: int
    born: str
    token: str = ""

    @classmethod
    def read(cls, handle: str) -> Handle:
        pid, born, token = (*handle.split(), "", "", "")[:3]
        return cls(int(pid) if pid.isdecimal() else 0, born or "0", token)

    def runs(self) -> bool:
        """Whether this very process runs."""
        try:
            process = psutil.Process(self.pid)
            # A worker that was killed stays a zombie until its parent asks for its exit status, and
            # the server that started it never does.
            if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
                return False
            if "@" in self.born:
                return _born(self.pid) == self.born
            return bool(abs(process.create_time() - float(self.born)) < SAME_S)
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return False


def handle_of(pid: int, token: str = "") -> str:
    """The handle of a process that runs now; of one that is gone already, a handle that says so."""
    return f"{pid} {_born(pid) or 0} {token}".rstrip()


def _born(pid: int) -> str:
    """When a process began, the same whenever and whoever asks; "" where there is none.

    Seconds since 1970 would be reckoned from the boot by a clock that somebody may set meanwhile: after that
    every living worker would look like another process that was given its number.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return f"{fields[19]}@{_boot()}"  # clock ticks since the boot
    except (OSError, IndexError):
        pass
    try:
        return str(psutil.Process(pid).create_time())  # elsewhere the system notes it once
    except psutil.NoSuchProcess:
        return ""


@cache
def _boot() -> str:
    """Which boot of this computer it is; ticks alone come again after the next one."""
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def _members(token: str) -> list[psutil.Process]:
    """The living processes of a group, this one apart."""
    return [one for one in psutil.process_iter() if one.pid != os.getpid() and _is_of(one, token)]


def _is_of(process: psutil.Process, token: str) -> bool:
    try:
        alive = process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return alive and process.environ().get(lease.TOKEN) == token
    except (psutil.Error, OSError):  # gone, or somebody else's
        return False


def _kill_group(pid: int) -> None:
    if os.name == "posix":
        os.killpg(pid, signal.SIGKILL)  # it leads the group of all it started
    else:
        os.kill(pid, signal.SIGTERM)  # which ends it at once there


def _claim(file: Path, held: ExitStack) -> tuple[str, int]:
    """`lease.claimed` for as long as `held` is open, once the group before has left; one that does not is ended."""
    started = time.monotonic()
    while True:
        before = lease.holder(file)
        try:
            return held.enter_context(lease.claimed(file))
        except JobError:
            waited = time.monotonic() - started
            # A worker that has ended its job looks for the next one, which may be its own job, extended.
            if waited > LEAVES_S + GONE_S or before == os.environ.get(lease.TOKEN):
                raise
            for process in _members(before) if before and waited > LEAVES_S else ():
                with suppress(psutil.Error):
                    process.kill()
        time.sleep(LOOK_S)


def _command(job: Job) -> list[str]:
    command = [sys.executable, "-m"]
    if job.request.processes > 1:
        command += ["torch.distributed.run", "--standalone"]
        command += [f"--nproc-per-node={job.request.processes}", "-m"]
    return [*command, "core.jobs.worker", job.id]
