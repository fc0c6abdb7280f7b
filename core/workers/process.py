"""One worker as its parent sees it: started, given a task, listened to, watched, ended."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypedDict

import psutil

from core.errors import N_, PortalError, ResourceError
from core.plain import Json, Row
from core.progress import Progress
from core.training import events
from core.training.events import Event
from core.workers import crossing, limits
from core.workers.limits import Limits

ROOT = Path(__file__).parents[2]
LOOK_S = 0.1
"""Seconds between two looks at a task: at its cancel button, its memory and its time."""
GRACE = 1.1
"""How far a worker may pass a limit that it should have noticed itself, before it is killed."""
LONGEST = 1_000_000
"""Characters in one message; whatever is larger is a file."""


class Message(TypedDict):
    """What a worker is given to do."""

    function: str
    request: dict[str, Json]
    folder: str
    settings: dict[str, str]
    limits: Row


class Worker:
    """A process that runs `core.workers.child`. `warm`: what it imports while it waits."""

    def __init__(self, warm: str = "") -> None:
        self.warm = warm
        self.tasks = 0
        self._answered = True
        # in a session of its own: Ctrl-C in a terminal is for the parent, and all it starts can be ended together
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.workers.child", warm],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._look = psutil.Process(self._process.pid)
        self._first_mb = 0.0
        self._heard: queue.Queue[str | None] = queue.Queue(1_000)  # who says more has to wait
        threading.Thread(target=self._listen, daemon=True).start()

    def run(
        self,
        function: str,
        request: Row,
        folder: Path,
        allowed: Limits,
        progress: Progress,
        hear: Callable[[Event], None],
    ) -> Json:
        """Have one task done; see `Pool.call`. After an error of this process's own making (a limit, a cancel) the
        worker is dead."""
        self.tasks += 1
        self._first_mb = self._first_mb or self.megabytes
        given: Message = {
            "function": function,
            "request": request,
            "folder": str(folder),
            "settings": {k: v for k, v in os.environ.items() if k.startswith("PORTAL_")},
            "limits": allowed.to_json(),
        }
        self._answered = False
        try:
            self._send(json.dumps(given))
            return self._followed(allowed, progress, hear)
        except BaseException:
            if not self._answered:
                self.kill()
            raise

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        if self._process.returncode is None:  # else its number may be somebody else's by now
            if sys.platform != "win32":
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
        self._process.wait()
        self._close()

    def retire(self) -> None:
        """Let an idle one end by itself."""
        self._close()
        threading.Thread(target=self._process.wait, daemon=True).start()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def grown_mb(self) -> float:
        """Megabytes that it holds beyond what it held when it was given its first task."""
        return self.megabytes - self._first_mb if self._first_mb else 0.0

    @property
    def megabytes(self) -> float:
        """Memory that it holds."""
        try:
            return float(self._look.memory_info().rss) / 1e6
        except psutil.Error:
            return 0.0

    @property
    def computed_s(self) -> float:
        """CPU seconds that it has used."""
        try:
            times = self._look.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def _followed(self, allowed: Limits, progress: Progress, hear: Callable[[Event], None]) -> Json:
        """Hand on what the worker says until it has ended the task; kill it where it may not go on."""
        watch = _Watch(self, allowed, progress)
        while True:
            watch.look()
            try:
                line = self._heard.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if line is None:
                raise self._ended()
            kind, data = json.loads(line)
            if kind == "result":
                self._answered = True
                found: Json = data
                return found
            if kind == "error":
                self._answered = True
                raise _error(data)
            if kind == "progress":
                progress.step(*data)
            else:
                hear(events.from_json(kind, data))

    def _listen(self) -> None:
        """In a thread of its own: systems differ in how one waits for a pipe and a clock at once."""
        assert self._process.stdout
        try:
            while (line := self._process.stdout.readline(LONGEST)).endswith("\n"):
                self._heard.put(line)
        except (OSError, ValueError):
            pass  # closed, or not text
        self._heard.put(None)

    def _ended(self) -> PortalError:
        """Why the worker is gone: a library crashed, or the system ran out of memory."""
        self.kill()
        code = self._process.returncode
        why = signal.Signals(-code).name if code < 0 else str(code)
        return ResourceError(
            N_(
                "The process that worked on this ended unexpectedly ({why}). "
                "The file may be damaged or need too much memory; give less at once, or another file."
            ),
            why=why,
        )

    def _send(self, line: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except OSError as error:  # it died while it waited
            raise self._ended() from error

    def _close(self) -> None:
        """The end of its stdin is the end of an idle worker."""
        with suppress(OSError):  # what was written last never arrived
            assert self._process.stdin
            self._process.stdin.close()


class _Watch:
    """Looks at a task every `LOOK_S`: is it still wanted, and within its limits?"""

    def __init__(self, worker: Worker, allowed: Limits, progress: Progress) -> None:
        self._worker, self._allowed, self._progress = worker, allowed, progress
        self._started = self._looked = time.monotonic()
        self._mb, self._cpu_s = worker.megabytes, worker.computed_s

    def look(self) -> None:
        """Raises CancelledError, TimeLimitError, MemoryBudgetError: the task may not go on."""
        now, allowed = time.monotonic(), self._allowed
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        self._progress.check()
        if allowed.wall_s and now - self._started > allowed.wall_s:
            raise limits.out_of_time(allowed)
        if allowed.memory_mb and self._worker.megabytes - self._mb > allowed.memory_mb * GRACE:
            raise limits.out_of_memory(allowed)
        if allowed.cpu_s and self._worker.computed_s - self._cpu_s > allowed.cpu_s * GRACE + 1:
            raise limits.out_of_cpu(allowed)


def _error(data: dict[str, Json]) -> PortalError:
    """What a task raised, as the error it was; one that is not ours is logged with its trace."""
    if trace := data.get("trace"):
        logging.getLogger("portal").error("a worker's task failed\n%s", trace)
    return crossing.unpack(data)
