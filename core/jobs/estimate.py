"""What a fine-tuning will cost, from a few real steps of it: `estimate(...)`.

The steps run in a process of their own (`python -m core.jobs.estimate`, a request on stdin), so that
their memory can be measured and is given back.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core import tasks
from core.device import Device, choose, free_bytes, used_bytes
from core.errors import N_, Failure, TrainingError
from core.imports import quiet_libraries
from core.jobs import request
from core.jobs.request import Request
from core.models import catalog
from core.progress import Progress
from core.serving.options import parse
from core.training import automatic
from core.training.events import Calling, Event, Step
from core.training.options import TrainOptions
from core.training.run import Control, Run

STEPS = 4
"""Steps taken; the first one warms up and does not count."""
LARGEST_BATCH = 512
ROOT = Path(__file__).parents[2]


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


def estimate(
    task_name: str,
    data_id: str | None,
    *,
    base: str | None,
    options: Mapping[str, object] | None = None,
    device_name: str | None = None,
    progress: Progress | None = None,
) -> Estimate:
    """Run the first steps of what `queue.submit` would run with the same arguments.

    Raises:
        UsageError, DataSetError …: as `queue.submit`. TrainingError: the steps failed; says why.
        CancelledError: somebody cancelled.
    """
    progress = progress or Progress()
    resolved = parse(tasks.find(task_name).trained().options, dict(options or {}))
    data = request.source(task_name, data_id)
    resolved = automatic.resolved(resolved, data)
    tasks.find(task_name).trained().check(catalog.find(base) if base else None, data, resolved)
    asked = Request(data=data_id, base=base, options=resolved.model_dump(mode="json"))
    message = {"task": task_name, "device": device_name, "request": asked.to_json()}
    process = subprocess.Popen(
        [sys.executable, "-m", "core.jobs.estimate"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        printed = _talk(process, json.dumps(message), progress)
    finally:
        process.kill()
        process.wait()
    answer = json.loads(printed[-1]) if printed else {}
    if "error" in answer:
        failure = Failure.from_json(answer["error"])
        raise TrainingError(failure.template, **failure.values)
    if not answer:
        raise TrainingError(N_("The trial steps ended unexpectedly."))
    return Estimate(**answer)


def _talk(process: subprocess.Popen[str], message: str, progress: Progress) -> Sequence[str]:
    """What the process printed; looked in on every moment, so that a cancel takes effect."""
    given: str | None = message
    while True:
        progress.step(0, None, N_("Trying a few steps"))
        try:
            return process.communicate(given, timeout=0.3)[0].splitlines()
        except subprocess.TimeoutExpired:
            given = None


def main() -> int:
    quiet_libraries()
    message = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # libraries print; only the answer goes out
    try:
        answer = asdict(
            _measure(message["task"], message["device"], Request.from_json(message["request"]))
        )
    except Exception as error:
        answer = {"error": Failure.of(error).to_json()}
    print(json.dumps(answer), file=out, flush=True)
    return 0


def _measure(task_name: str, device_name: str | None, asked: Request) -> Estimate:
    options = parse(tasks.find(task_name).trained().options, asked.options)
    device = choose(device_name)
    free = free_bytes(device.kind) / 1e6
    first = _trial(task_name, device, asked, options)
    half = max(1, options.batch_size // 2)
    size = options.batch_size
    largest = size
    if half < size:
        smaller = _trial(task_name, device, asked, options.model_copy(update={"batch_size": half}))
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


def _trial(task_name: str, device: Device, asked: Request, options: TrainOptions) -> _Trial:
    """The first steps with these options; the largest first, since a process's peak never falls."""
    started, prepared = time.monotonic(), 0.0
    steps: list[Step] = []

    def hear(event: Event) -> None:
        nonlocal prepared
        if isinstance(event, Step):
            if not steps:
                prepared = time.monotonic() - started - event.seconds
            steps.append(event)

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


if __name__ == "__main__":
    sys.exit(main())
