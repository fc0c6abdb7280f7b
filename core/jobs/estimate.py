"""What a fine-tuning will cost, from a few real steps of it: `estimate(...)`.

The steps run in a worker that ends with them (see `core.workers`), so that their memory can be measured and is given
back, and no more dry runs are under way than there are workers.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from core import tasks, workers
from core.device import Device, choose, free_bytes, used_bytes
from core.errors import N_, Failure, PortalError, TrainingError
from core.jobs import request
from core.jobs.request import Request
from core.models import catalog
from core.plain import Row
from core.progress import Progress
from core.serving.options import parse
from core.training import automatic
from core.training.events import Calling, Event, Listener, Step
from core.training.options import TrainOptions
from core.training.run import Control, Run

if TYPE_CHECKING:
    from core.workers.child import Talk

STEPS = 4
"""Steps taken; the first one warms up and does not count."""
LARGEST_BATCH = 512


@dataclass(frozen=True)
class Estimate:
    """`prepare_s`: loading, and what is computed once; `total_s`: that and all steps, evaluations apart.
    `largest_batch` is extrapolated from two batch sizes to 80 % of the memory that is free now."""

    prepare_s: float
    step_s: float
    steps: int
    total_s: float
    memory_mb: float
    largest_batch: int


_READER = TypeAdapter(Estimate)


def estimate(
    task_name: str,
    data_id: str | None,
    *,
    base: str | None,
    options: Mapping[str, object] | None = None,
    device_name: str | None = None,
    owner: str = "",
    progress: Progress | None = None,
) -> Estimate:
    """Run the first steps of what `queue.submit` would run with the same arguments. Owners take turns.

    Raises:
        UsageError, DataSetError …: as `queue.submit`. TrainingError: the steps failed; says why.
        TimeLimitError, MemoryBudgetError: over the limits. CancelledError: somebody cancelled.
    """
    progress = progress or Progress()
    taken = 0

    def hear(event: Event) -> None:
        nonlocal taken
        taken += isinstance(event, Step)
        progress.step(taken, None, N_("Trying a few steps"))

    resolved = parse(tasks.find(task_name).trained().options, dict(options or {}))
    data = request.source(task_name, data_id)
    resolved = automatic.resolved(resolved, data)
    tasks.find(task_name).trained().check(catalog.find(base) if base else None, data, resolved)
    asked = Request(data=data_id, base=base, options=resolved.model_dump(mode="json"))
    message: Row = {"task": task_name, "device": device_name, "request": asked.to_json()}
    progress.step(0, None, N_("Trying a few steps"))
    found = workers.call("dry run", message, owner=owner, progress=progress, hear=hear)
    assert isinstance(found, dict)
    return _READER.validate_python(found)


def measure(_folder: Path, talk: Talk, *, task: str, device: str | None, request: Row) -> Row:
    """What a worker does: an `Estimate` as JSON; its steps are heard as events."""
    try:
        return asdict(_measure(task, device, Request.from_json(request), talk))
    except PortalError:
        raise
    except Exception as error:
        failure = Failure.of(error)
        raise TrainingError(failure.template, **failure.values) from error


def _measure(
    task_name: str, device_name: str | None, asked: Request, listener: Listener
) -> Estimate:
    options = parse(tasks.find(task_name).trained().options, asked.options)
    device = choose(device_name)
    free = free_bytes(device.kind) / 1e6
    first = _trial(task_name, device, asked, options, listener)
    half = max(1, options.batch_size // 2)
    size = options.batch_size
    largest = size
    if half < size:
        fewer = options.model_copy(update={"batch_size": half})
        smaller = _trial(task_name, device, asked, fewer, listener)
        per_item = max((first.memory_mb - smaller.memory_mb) / (size - half), 1e-3)
        largest = size + int((0.8 * free - first.memory_mb) / per_item)
    step_s = statistics.median(first.seconds[1:] or first.seconds)
    return Estimate(
        prepare_s=first.prepare_s,
        step_s=step_s,
        steps=first.steps,
        total_s=first.prepare_s + step_s * first.steps,
        memory_mb=first.memory_mb,
        largest_batch=max(1, min(largest, LARGEST_BATCH)),
    )


@dataclass
class _Trial:
    prepare_s: float
    seconds: list[float]
    steps: int
    memory_mb: float


def _trial(
    task_name: str, device: Device, asked: Request, options: TrainOptions, listener: Listener
) -> _Trial:
    """The first steps with these options; the largest first, since a process's peak never falls."""
    started, prepared = time.monotonic(), 0.0
    steps: list[Step] = []

    def hear(event: Event) -> None:
        nonlocal prepared
        if isinstance(event, Step):
            if not steps:
                prepared = time.monotonic() - started - event.seconds
            steps.append(event)
            listener.emit(event)

    _reset_peak(device.kind)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            folder=Path(folder),
            options=options,
            data=request.source(task_name, asked.data),
            device=device,
            base=catalog.find(asked.base) if asked.base else None,
            listener=Calling(hear),
            control=Control(lambda: "interrupt" if len(steps) >= STEPS else ""),
            trial=True,
        )
        tasks.find(task_name).trained().train(run)
    if not steps:
        raise TrainingError(N_("The trial steps ended unexpectedly."))
    seconds = [step.seconds for step in steps]
    return _Trial(prepared, seconds, steps[-1].steps, _peak_mb(device.kind))


def _reset_peak(kind: str) -> None:
    if kind == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
    elif Path("/proc/self/clear_refs").exists():
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak starts anew


def _peak_mb(kind: str) -> float:
    """Most memory held since `_reset_peak`."""
    status = Path("/proc/self/status")
    if kind != "cuda" and status.exists():
        line = next(one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    return used_bytes(kind) / 1e6
