"""What a fine-tuning is given (`Run`) and what comes out of it (`Outcome`)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Literal, TypeVar

from core.data.datasets import DataSet
from core.device import Device
from core.models.catalog import ModelEntry
from core.training import automatic
from core.training.events import Calling, Event, Listener
from core.training.options import TrainOptions
from core.training.run_folder import RunFolder

Wish = Literal["", "stop", "interrupt"]
O = TypeVar("O", bound=TrainOptions, covariant=True)  # noqa: E741


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

    `data` is what it learns from (None: the task makes its own, as an environment does). `base` is the
    model it starts from (None: from scratch). `tracked` are the inputs that are answered after every
    epoch, as the task decodes them. `listener` hears every event.
    """

    folder: Path
    options: O
    data: DataSet | None
    device: Device
    base: ModelEntry | None = None
    tracked: Sequence[str] = ()
    listener: Listener = field(default_factory=Calling)
    control: Control = field(default_factory=Control)
    patience_from: int = 0  # epoch from which early stopping counts (after an extension)
    trial: bool = False  # a dry run, to see what steps cost: nothing is evaluated or written

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        object.__setattr__(self, "options", automatic.resolved(self.options, self.data))

    def emit(self, event: Event) -> None:
        """Tell the listener."""
        self.listener.emit(event)

    def flush(self) -> None:
        """Have the listener write down what it got so far."""
        self.listener.flush()

    @property
    def dataset(self) -> DataSet:
        """The data of a run that has some; jobs refuse a request without where a task needs them."""
        assert self.data is not None
        return self.data

    @property
    def files(self) -> RunFolder:
        """The paths in `folder`."""
        return RunFolder(self.folder)


@dataclass(frozen=True)
class Outcome:
    """How a run ended. `epoch` is the one that was kept, counted from 1; 0: the base itself."""

    state: Literal["done", "stopped", "interrupted"]
    metrics: dict[str, float] = field(default_factory=dict)
    base_metrics: dict[str, float] = field(default_factory=dict)
    epoch: int = 0
