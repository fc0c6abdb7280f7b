"""What a fine-tuning is given (`Run`), what a task teaches the loop (`Trainee`), what comes out (`Outcome`)."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from core.data.datasets import DataSet
from core.device import Device
from core.models.catalog import ModelEntry
from core.training.options import TrainOptions

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.utils.data import Dataset

Wish = Literal["", "stop", "interrupt"]
Listen = Callable[[str, dict[str, Any]], None]
O = TypeVar("O", bound=TrainOptions)  # noqa: E741


def nobody_listens(_kind: str, _data: dict[str, Any]) -> None:
    """For a run that nobody watches."""


@dataclass
class Control:
    """What others want of a running training; looked at between steps.

    `stop`: end well, keep the best. `interrupt`: write a checkpoint and leave, to be resumed.
    """

    look: Callable[[], Wish] = lambda: ""
    interrupted: threading.Event = field(default_factory=threading.Event)

    def wish(self) -> Wish:
        return "interrupt" if self.interrupted.is_set() else self.look()


@dataclass(frozen=True)
class Run(Generic[O]):
    """One fine-tuning. Everything it writes goes into `folder`; `device` runs it.

    `base` is the model it starts from (None: from scratch). `probes` are inputs that the person
    pinned, as the task decodes them. `listen(kind, data)` gets every event as plain data.
    """

    folder: Path
    options: O
    data: DataSet
    device: Device
    base: ModelEntry | None = None
    probes: Sequence[str] = ()
    listen: Listen = nobody_listens
    control: Control = field(default_factory=Control)
    patience_from: int = 0  # epoch from which early stopping counts (after an extension)
    trial: bool = False  # only to see what steps cost: nothing is evaluated or written

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def best(self) -> Path:
        """The files of the best model so far, as the task's `load` reads them."""
        return self.folder / "best"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"


@dataclass
class Evaluation:
    """`metrics` over all validation items, and what was answered to each: rows of plain data with at
    least `right` (bool or a score in [0, 1]), in the items' order."""

    metrics: dict[str, float]
    items: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """How a training ended. `epoch` is the one that was kept, counted from 1; 0: the base itself."""

    state: Literal["done", "stopped", "interrupted"]
    metrics: dict[str, float] = field(default_factory=dict)
    base_metrics: dict[str, float] = field(default_factory=dict)
    epoch: int = 0


class Trainee(ABC):
    """What a task adds to the one training loop: networks, data, a loss and its metrics.

    The loop replaces the values of `networks` by prepared ones (device, precision, processes), so
    `loss` and `evaluate` call them through that dictionary. Randomness belongs into `loss`
    (augmentation too) and not into `train`: batches are fetched ahead, and a resumed training has
    to see the same random numbers.
    """

    networks: dict[str, nn.Module]
    train: Dataset
    phases: tuple[str, ...] = ("model",)
    """Names of the optimisers, in the order of their steps within one batch (a GAN has two)."""
    metric: str = "accuracy"
    """The validation metric that chooses the best epoch ..."""
    larger_is_better: bool = True
    """... and its direction."""
    tune: Mapping[str, float] = {}
    """Factor of the learning rate by phase, where it is not 1."""

    def phases_at(self, step: int) -> tuple[str, ...]:
        """The phases of the step that follows `step` others; all of them unless a task waits."""
        return self.phases

    def collate(self, items: list[Any]) -> Any:
        """A batch of `train` items: tensors or lists with one entry an item, in a dict or tuple."""
        from torch.utils.data import default_collate

        return default_collate(items)

    def network(self, phase: str) -> nn.Module:
        """The network that the optimiser `phase` moves."""
        return self.networks[phase]

    @abstractmethod
    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        """The mean loss of a batch, and figures to show beside it."""

    @abstractmethod
    def evaluate(self, part: Literal["validation", "test"]) -> Evaluation:
        """Metrics on the items of a part; networks are in evaluation mode, gradients off."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model as the task's `load` will read it: safetensors and JSON."""

    def probe(self, inputs: Sequence[str]) -> list[dict[str, Any]]:
        """Answers to the pinned inputs, as plain data."""
        return []

    def after_step(self) -> None:  # noqa: B027 (most have nothing to do here)
        """Called after the optimisers of a batch (moving averages)."""

    def samples(self, folder: Path) -> list[str]:
        """Write pictures of this epoch into `folder`; their file names."""
        return []

    def keeps(self) -> dict[str, Any]:
        """Objects with `state_dict` and `load_state_dict` that belong into a checkpoint besides the networks."""
        return {}
