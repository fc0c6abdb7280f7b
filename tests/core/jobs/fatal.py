"""A worker that kills itself, or the process that started it, at a chosen moment: `python -m tests.core.jobs.fatal JOB`.

The environment says when: FATAL is "MOMENT COUNT", killed at the COUNTth time; without it, a worker like any other.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from core import files
from core.jobs import mirror, worker
from core.models import finetuned, weights
from core.training import checkpoints, recorder

MOMENTS: dict[str, tuple[Any, str]] = {
    "after a step": (recorder.Recorder, "step"),
    "before a checkpoint is on the disk": (checkpoints, "_to_disk"),
    "before old checkpoints go": (checkpoints, "keep"),
    "before a folder is renamed": (Path, "rename"),
    "before a file is replaced": (Path, "replace"),
    "in the best model": (recorder.Recorder, "_write_items"),
    "while events are stored": (mirror, "events"),
    "while the row is stored": (mirror, "row"),
    "before it is published": (finetuned, "publish"),
    "before the model is sealed": (weights, "seal"),
    "before it tells its end": (worker.Ending, "write"),
}
"""What is called at a moment; those at the end of a run stand at the end."""


def fatal(call: Callable[..., Any], count: int, victim: int) -> Callable[..., Any]:
    """`call`, until it is called for the `count`th time."""
    left = count

    def wrapped(*given: Any, **named: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(victim, signal.SIGKILL)
        return call(*given, **named)

    return wrapped


def main() -> int:
    torch.manual_seed(0)  # the line begins somewhere else in every process
    moment, _, count = os.environ.get("FATAL", "").rpartition(" ")
    whom, _, moment = moment.rpartition(": ")
    if moment and os.environ.get("RANK", "0") == "0":
        owner, name = MOMENTS[moment]
        victim = os.getppid() if whom == "launcher" else os.getpid()
        wrapped = fatal(getattr(owner, name), int(count), victim)
        for place in (owner, recorder, files) if owner is not Path else (Path,):
            if hasattr(place, name):
                setattr(place, name, wrapped)
    return worker.main(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
