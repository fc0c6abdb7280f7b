"""What a task adds to the one training loop: `Trainee`, and what its evaluations give."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

from core.plain import Row
from core.training.metrics import Metric

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.utils.data import Dataset

Part = Literal["validation", "test"]
# What a sample is, is known in the task's folder alone, where `train` and `collate` name its type.
Sample: TypeAlias = Any  # type: ignore[explicit-any]
Batch: TypeAlias = "dict[str, torch.Tensor] | Sequence[torch.Tensor]"
"""One entry a sample in each of its tensors (or lists)."""


class Stateful(Protocol):
    """What can be written into a checkpoint and read back."""

    def state_dict(self) -> Mapping[str, object]:
        """Tensors and plain data by name."""

    def load_state_dict(self, state: Mapping[str, object], /) -> object:
        """Take over what `state_dict` gave."""


@dataclass
class Evaluation:
    """`metrics` over all samples of a part, and what was answered to each: rows of plain data with at
    least `right` (bool or a score in [0, 1]), in the samples' order. `samples` may be a generator: they
    are read, once, only where they are kept. `count` is how many were looked at, where the metrics count
    them one by one (accuracy); 0 where not."""

    metrics: dict[str, float]
    samples: Iterable[Row] = field(default_factory=list)
    count: int = 0


class Trainee(ABC):
    """Networks, data, a loss and metrics.

    The loop replaces the values of `networks` by prepared ones (device, precision, processes), so
    `loss` and `evaluate` call them through that dictionary. Randomness belongs into `loss`
    (augmentation too) and not into `train`: batches are fetched ahead, and a resumed run has
    to see the same random numbers.
    """

    networks: dict[str, nn.Module]
    train: Dataset[object]
    phases: tuple[str, ...] = ("model",)
    """Names of the optimisers, in the order of their steps within one batch (a GAN has two)."""
    metrics: tuple[Metric, ...]
    """What `evaluate` reports; the first chooses the best epoch."""
    pretrained: bool | None = None
    """Whether it starts from the base's trained weights; None where the task does not ask."""
    trained: bool = False
    """Whether it has learnt anything yet. The loop says so after a resume; a trainee to whom it matters
    sets it in `loss`."""
    steps_per_epoch: int | None = None
    """Optimiser steps between two evaluations; None: one pass over `train`. A stream (an
    `IterableDataset`) has no length, so its trainee says it. Each epoch starts the stream anew, after
    `set_epoch(number)` if the stream has that: what it gives has to depend on nothing else, so that a
    resumed run sees the same."""
    tune: Mapping[str, float] = {}
    """Factor of the learning rate by phase, where it is not 1."""

    def phases_at(self, step: int) -> tuple[str, ...]:
        """The phases of the step that follows `step` others; all of them unless a task waits."""
        return self.phases

    def collate(self, samples: list[Sample]) -> Batch:
        """A batch of `train` samples."""
        from torch.utils.data import default_collate

        batch: Batch = default_collate(samples)
        return batch

    def network(self, phase: str) -> nn.Module:
        """The network that the optimiser `phase` moves."""
        return self.networks[phase]

    @abstractmethod
    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """The mean loss of a batch, and figures to show beside it."""

    @abstractmethod
    def evaluate(self, part: Part) -> Evaluation:
        """Metrics on the samples of a part; networks are in evaluation mode, gradients off."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model as the task's `load` will read it: safetensors and JSON."""

    def track(self, inputs: Sequence[str]) -> list[Row]:
        """Answers to the tracked examples, as plain data."""
        return []

    def after_step(self) -> None:  # noqa: B027 (most have nothing to do here)
        """Called after the optimisers of a batch (moving averages)."""

    def samples(self, folder: Path) -> list[str]:
        """Write images of this epoch into `folder`; their file names."""
        return []

    def keeps(self) -> dict[str, Stateful]:
        """What belongs into a checkpoint besides the networks."""
        return {}
