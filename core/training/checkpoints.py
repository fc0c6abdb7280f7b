"""Checkpoints of a running training: written whole or not at all, checked when read, two kept.

What is in one (weights, optimisers, schedules, random states, position in the data) is Accelerate's
`save_state`; here is only where it lies.
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
RECORD = "files.json"


def temporary(folder: Path, step: int) -> Path:
    """Where the other processes write their share of the checkpoint that `write` is writing."""
    return beside(folder / f"step-{step:08}")


def write(folder: Path, step: int, save: Callable[[Path], None]) -> Path:
    """Write a checkpoint after `step` optimiser steps and drop all but the newest `KEPT`."""
    target = folder / f"step-{step:08}"
    with replacing(target) as new:
        save(new)
        files = {p.name: sha256(p) for p in sorted(new.iterdir()) if p.is_file()}
        (new / RECORD).write_text(json.dumps(files, indent=1), "utf-8")
        _to_disk(new)
    keep(folder, KEPT)
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
    except (OSError, ValueError):
        return False


def _to_disk(folder: Path) -> None:
    """Wait until the files are really on the disk: a rename may otherwise outlive their contents."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
