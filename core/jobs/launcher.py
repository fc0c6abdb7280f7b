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
from pathlib import Path
from typing import Protocol

import psutil

from core.jobs.store import Job

ROOT = Path(__file__).parents[2]
SAME_S = 1.0
"""Seconds that two readings of one process's start may differ: clocks are adjusted."""
GONE_S = 10.0
"""Seconds to wait for a killed worker to be gone."""


class Launcher(Protocol):
    """Where workers run."""

    def start(self, job: Job) -> str:
        """Start the worker of a job, which runs `core.jobs.worker` with the job's id; its handle."""

    def is_alive(self, handle: str) -> bool:
        """Whether the very worker that was started still runs."""

    def terminate(self, handle: str) -> None:
        """End the worker and all that it started, at once; it gets no chance to write anything."""


def launcher() -> Launcher:
    """The one that this installation starts its workers with."""
    return LocalProcesses()


class LocalProcesses:
    """Workers are processes of this computer. A handle is "PID START" (seconds since 1970)."""

    def start(self, job: Job) -> str:
        """In a session of its own: the worker outlives whoever starts it, a closed terminal and a
        restarted server, and can be ended together with its children."""
        job.folder.mkdir(parents=True, exist_ok=True)
        with job.files.log.open("ab") as log:
            process = subprocess.Popen(
                _command(job),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
            )
        return handle_of(process.pid)

    def is_alive(self, handle: str) -> bool:
        pid, born = _read(handle)
        try:
            process = psutil.Process(pid)
            # A process number is given away again, after a restart of the computer soon: only with
            # the same start it is the same process.
            same = abs(process.create_time() - born) < SAME_S
            # A worker that was killed stays a zombie until its parent asks for its exit status, and
            # the server that started it never does.
            return same and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        except psutil.NoSuchProcess:
            return False

    def terminate(self, handle: str) -> None:
        if not self.is_alive(handle):  # its number may be somebody else's by now
            return
        try:
            os.killpg(_read(handle)[0], signal.SIGKILL)  # it leads the group of all it started
        except (ProcessLookupError, PermissionError):
            return
        # Whoever terminates a job goes on to delete its folder: nobody may still be writing there.
        deadline = time.monotonic() + GONE_S
        while self.is_alive(handle) and time.monotonic() < deadline:
            time.sleep(0.05)


def handle_of(pid: int) -> str:
    """The handle of a process that runs now; of one that is gone already, a handle that says so."""
    try:
        return f"{pid} {psutil.Process(pid).create_time()}"
    except psutil.NoSuchProcess:
        return f"{pid} 0"


def _read(handle: str) -> tuple[int, float]:
    pid, _, born = handle.partition(" ")
    return int(pid), float(born or 0)


def _command(job: Job) -> list[str]:
    command = [sys.executable, "-m"]
    if job.request.processes > 1:
        command += ["torch.distributed.run", "--standalone"]
        command += [f"--nproc-per-node={job.request.processes}", "-m"]
    return [*command, "core.jobs.worker", job.id]
