"""How much one task of a worker may use. The worker bounds itself where the system can (`bounded`), which ends in a
clear error at once and leaves the worker alive; the parent looks on (`core.workers.process`) and kills what got over
the limits all the same: on systems without such bounds, or inside a library that does not come back."""

from __future__ import annotations

import math
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.errors import N_, MemoryBudgetError, ResourceError, TimeLimitError
from core.plain import Json, Row
from core.settings import settings

if sys.platform != "win32":
    import resource


@dataclass(frozen=True)
class Limits:
    """Of one task: megabytes above what the worker had before, CPU seconds, and seconds on the clock; 0: unlimited.

    `reserved`: memory that is asked for counts before it is used. Not so for what trains: torch's threads and a GPU's
    driver reserve much that nobody uses.
    """

    memory_mb: int
    cpu_s: int
    wall_s: int
    reserved: bool = True

    def to_json(self) -> Row:
        """What a worker bounds itself by."""
        memory_mb = self.memory_mb if self.reserved else 0
        return {"memory_mb": memory_mb, "cpu_s": self.cpu_s, "wall_s": self.wall_s}

    @classmethod
    def from_json(cls, row: Mapping[str, Json]) -> Limits:
        memory_mb, cpu_s, wall_s = (
            int(str(row[name])) for name in ("memory_mb", "cpu_s", "wall_s")
        )
        return cls(memory_mb, cpu_s, wall_s)


def usual() -> Limits:
    """As the settings say."""
    s = settings()
    return Limits(s.work_memory_mb, s.work_cpu_seconds, s.work_seconds)


def out_of_memory(limits: Limits) -> ResourceError:
    return MemoryBudgetError(
        N_(
            "This needs more than {limit} MB of memory and was stopped. "
            "Give less at once, or raise PORTAL_WORK_MEMORY_MB."
        ),
        limit=limits.memory_mb,
    )


def out_of_cpu(limits: Limits) -> ResourceError:
    return TimeLimitError(
        N_(
            "This took more than {limit} s of computing and was stopped. "
            "Give less at once, or raise PORTAL_WORK_CPU_SECONDS."
        ),
        limit=limits.cpu_s,
    )


def out_of_time(limits: Limits) -> ResourceError:
    return TimeLimitError(
        N_(
            "This took more than {limit} s and was stopped. Give less at once, or raise PORTAL_WORK_SECONDS."
        ),
        limit=limits.wall_s,
    )


class _Over(BaseException):
    """The CPU seconds are used up. No `Exception`: a reader that notes whatever a library raises and goes on to the
    next file must not swallow it."""


@contextmanager
def bounded(limits: Limits) -> Iterator[None]:
    """Run the block within the limits on memory and CPU seconds, as far as this system can bound its processes.

    Raises:
        MemoryBudgetError, TimeLimitError: it needed more.
    """
    try:
        with _memory(limits.memory_mb), _cpu(limits.cpu_s):
            yield
    except MemoryError as error:
        raise out_of_memory(limits) from error
    except _Over:
        raise out_of_cpu(limits) from None


@contextmanager
def _memory(megabytes: int) -> Iterator[None]:
    """Linux counts what a process may write to (RLIMIT_DATA); not what libraries merely reserve or map."""
    held = _data_bytes()
    if not megabytes or not held:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (held + megabytes * 1_000_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int:
    """Bytes of memory of its own that this process has mapped; 0 where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(one for one in status.read_text().splitlines() if one.startswith("VmData"))
    return int(line.split()[1]) * 1024


@contextmanager
def _cpu(seconds: int) -> Iterator[None]:
    """The system sends a signal when this process has computed for that long; handled by raising `_Over` at the next
    Python instruction. Works in the main thread."""
    if not seconds or sys.platform == "win32":
        yield
        return

    def over(*_: object) -> None:
        raise _Over

    before, handler = resource.getrlimit(resource.RLIMIT_CPU), signal.signal(signal.SIGXCPU, over)
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (until, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)
        signal.signal(signal.SIGXCPU, handler)
