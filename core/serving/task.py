"""The contracts every application keeps: `Task`, `Options`, `Predictor`, `Result`.

A new application is one folder in `core/tasks/` that defines these, one page, one navigation line.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.device import Device
from core.errors import N_, PortalError, UsageError
from core.imports import resolve
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.rules import broken

InputKind = Literal["image", "text", "question", "seed"]


class Options(BaseModel):
    """Base of every task's prediction options.

    A field carries default, bounds (`ge`, `le`), `title`, `description` and, in
    `json_schema_extra`, its slider `step`. The form, the CLI flags and the validation all read
    them here, so titles and descriptions are marked with `N_`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


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

    def as_json(self) -> dict[str, Any]:
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
    ) -> list[Result | PortalError]:
        """Run the batch; one result per input, in order.

        An input that cannot be handled gives its error in its place. Calls `progress.step`
        between steps, tokens or sub-batches, so that a time limit and a cancel take effect.
        """


@dataclass(frozen=True)
class Task:
    """One application. `loader` and `router` are dotted names (`module:function`), imported when
    first used: `loader(entry, device) -> Predictor`; `router(input, options) -> model id` where
    the input decides which of the task's models answers (the language of a sentence).
    `train_options` are what its fine-tuning can be given (a `TrainOptions`)."""

    name: str
    title: str
    summary: str
    input: InputKind
    options: type[Options]
    loader: str
    router: str = ""
    train_options: type[Options] | None = None

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        return resolve(self.loader)(entry, device)

    def parse(self, values: dict[str, Any]) -> Any:
        """Validated prediction options; see `parse`."""
        return parse(self.options, values)


def parse(model: type[Options], values: dict[str, Any]) -> Any:
    """Validated options of the given kind.

    Raises:
        UsageError: a value is unknown or out of range; names the option, the value and the rule.
    """
    try:
        return model(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "options"
        raise UsageError(
            N_("The option {name} cannot be {value!r}: {rule}."),
            name=name,
            value=first.get("input"),
            rule=broken(first),
        ) from error


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

    def timing(self, items: int) -> Timing:
        """Milliseconds per item for a batch of `items`."""
        return Timing(**{k: 1000 * v / max(items, 1) for k, v in self.seconds.items()})


_tasks: dict[str, Task] = {}


def register(task: Task) -> Task:
    _tasks[task.name] = task
    return task


def find(name: str) -> Task:
    """The task called `name`.

    Raises:
        UsageError: there is none; the message lists the names.
    """
    if name not in _tasks:
        raise UsageError(
            N_("There is no application “{name}”. There are: {names}."),
            name=name,
            names=", ".join(_tasks),
        )
    return _tasks[name]


def tasks() -> list[Task]:
    return list(_tasks.values())
