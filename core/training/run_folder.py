"""Where a run keeps what: the one place that spells the paths in a job's folder.

What earlier versions wrote lies under the same names, so none of them may change.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class RunFolder:
    """The files and folders of a run in `path`. Nothing is created by asking for a path."""

    path: Path

    @property
    def best(self) -> Path:
        """Folder: the best model so far, as the task's `load` reads it."""
        return self.path / "best"

    @property
    def best_state(self) -> Path:
        """State of the best model in training, for the one look at the test part at the end."""
        return self.path / "best-state.pt"

    @property
    def checkpoints(self) -> Path:
        """Folder: what a run resumes from; see `core.training.checkpoints`."""
        return self.path / "checkpoints"

    @property
    def dataset(self) -> Path:
        """Folder: the data as a library wants to find it on disk."""
        return self.path / "dataset"

    @property
    def curves(self) -> Path:
        """JSON: one figure over another for every class, at the best epoch."""
        return self.path / "curves.json"

    @property
    def description(self) -> Path:
        """JSON: what the job was asked for, and the environment it ran in."""
        return self.path / "job.json"

    @property
    def row(self) -> Path:
        """JSON: the job's row as the store has it, to rebuild a damaged store from."""
        return self.path / "row.json"

    @property
    def events(self) -> Path:
        """JSON lines: every event as the store has it, those that a resume made void among them."""
        return self.path / "events.jsonl"

    @property
    def lease(self) -> Path:
        """Locked by the processes that may write here; see `core.jobs.lease`."""
        return self.path / "lease"

    @property
    def log(self) -> Path:
        """Text: whatever the worker printed."""
        return self.path / "log.txt"

    @property
    def tensorboard(self) -> Path:
        """Folder: the curves in TensorBoard's format."""
        return self.path / "tensorboard"

    def items(self, of: Literal["base", "best"]) -> Path:
        """JSON: what the base or the best epoch answered to the validation samples."""
        return self.path / f"items-{of}.json"

    def samples(self, epoch: int) -> Path:
        """Folder: the images of an epoch; 0 is the base's."""
        return self.path / "samples" / f"epoch-{epoch:04}"

    def features(self, part: str) -> Path:
        """Safetensors: what the frozen backbone makes of a part's samples."""
        return self.path / f"features-{part}.safetensors"
