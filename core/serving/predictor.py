"""What a loaded model is (`Predictor`) and what it answers (`Result`), with the time each phase took."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from core.device import Device
from core.errors import PortalError
from core.models.catalog import ModelEntry
from core.progress import Progress


class Timing(BaseModel):
    """Milliseconds per input, averaged over the batch it ran in."""

    preprocess: float
    forward: float
    postprocess: float

    @property
    def total(self) -> float:
        return self.preprocess + self.forward + self.postprocess


class Result(BaseModel):
    """Base of every task's result: plain data, ready for JSON."""

    model: str
    device: str
    timing: Timing

    def as_json(self) -> dict[str, object]:
        """The result as the CLI and the API print it: own fields first, then model and `ms`."""
        own = self.model_dump(mode="json", exclude={"model", "device", "timing"})
        return {
            **own,
            "model": self.model,
            "device": self.device,
            "ms": round(self.timing.total, 2),
        }


class Predictor(ABC):
    """A loaded model. Built by the task's `load`, kept and shared by `core.serving.pool`."""

    def __init__(self, entry: ModelEntry, device: Device) -> None:
        self.entry = entry
        self.device = device

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """Bytes the model occupies on its device."""

    @abstractmethod
    def predict(
        self, inputs: Sequence[Any], options: Any, progress: Progress
    ) -> Sequence[Result | PortalError]:
        """Run the batch; one result per input, in order.

        An input that cannot be handled gives its error in its place. Calls `progress.step`
        between steps, tokens or sub-batches, so that a time limit and a cancel take effect.
        """


@dataclass
class Stopwatch:
    """Splits a batch's time into the three phases of `Timing`.

    Move results to the CPU inside the `forward` phase: that waits for a GPU, so that the figure
    is the work and not its launch.
    """

    seconds: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("preprocess", "forward", "postprocess"), 0.0)
    )

    @contextmanager
    def phase(self, name: Literal["preprocess", "forward", "postprocess"]) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start

    def timing(self, inputs: int) -> Timing:
        """Milliseconds per input for a batch of `inputs`."""
        return Timing(**{k: 1000 * v / max(inputs, 1) for k, v in self.seconds.items()})
