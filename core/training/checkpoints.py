"""Checkpoints of a running training: written atomically, checked when read, two kept.

What is in one is the driver's (Accelerate's `save_state`: weights, optimisers, schedules, random states,
position in the data); here is only where it lies.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from core.files import beside, replacing
from core.models.fetching import sha256
from core.training.events import CheckpointDamaged

KEPT = 2
"""The one before, too: a disk may spoil what was written last."""
RECORD = "files.json"
"""SHA-256 of every file of a checkpoint."""


def temporary(folder: Path, step: int) -> Path:
    """Where the other processes write their part of the checkpoint that `write` is writing."""
    return beside(folder / f"step-{step:08}")


def write(folder: Path, step: int, save: Callable[[Path], None]) -> Path:
    """Write a checkpoint after `step` optimiser steps and drop all but the newest `KEPT`."""
    target = folder / f"step-{step:08}"
    # A worker can be killed at any moment, also in here: until all of it is there and on the disk, the
    # folder has another name and the checkpoint before it is the newest.
    with replacing(target) as new:
        save(new)
        files = {p.name: sha256(p) for p in sorted(new.iterdir()) if p.is_file()}
        (new / RECORD).write_text(json.dumps(files, indent=1), "utf-8")
        _to_disk(new)
    keep(folder, KEPT)  # only now: never fewer than one whole checkpoint
    return target


def keep(folder: Path, newest: int) -> None:
    """Drop all but the `newest` checkpoints."""
    for old in found(folder)[newest:]:
        shutil.rmtree(old, ignore_errors=True)


def found(folder: Path) -> list[Path]:
    """The checkpoints in `folder`, newest first, good or not."""
    return sorted(folder.glob("step-*"), reverse=True)


def newest(folder: Path, emit: Callable[[CheckpointDamaged], None]) -> Path | None:
    """The newest good checkpoint; damaged ones are passed over with an event each."""
    for checkpoint in found(folder):
        if good(checkpoint):
            return checkpoint
        emit(CheckpointDamaged(checkpoint.name))
    return None


def good(checkpoint: Path) -> bool:
    """Whether every file is there as it was written."""
    try:
        files = json.loads((checkpoint / RECORD).read_text("utf-8"))
        return bool(files) and all(sha256(checkpoint / n) == known for n, known in files.items())
    except (OSError, ValueError, AttributeError, TypeError):  # the record itself may be damaged
        return False


def _to_disk(folder: Path) -> None:
    """Wait until the files are really on the disk: a rename may otherwise outlive their contents."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
