"""What a run emits while it goes on: one small class per kind of event, and the way to JSON and back.

The JSON keys are those of the event logs that were written before these classes: old logs still open,
and programs that read the command line's output find what they found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import ClassVar, Literal, Protocol, TypeAlias, TypeVar

from pydantic import TypeAdapter, ValidationError

from core.plain import Json, Row
from core.training.metrics import Metric

State = Literal["done", "stopped", "failed", "interrupted"]
"""How a run can end."""


@dataclass(frozen=True)
class Start:
    """Training begins. `base` is a model's id (None: none), `pretrained` whether its weights are used
    (None: the task does not ask). The first of `metrics` chooses the epoch that is kept; logs of the
    first version have none."""

    kind: ClassVar = "start"
    base: str | None = None
    pretrained: bool | None = None
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True)
class Step:
    """An optimiser step was taken, the `step`th of `steps`. `epoch` counts those gone by, with a
    fraction; `seconds` is what this step took. `figures` are training losses and what the task shows
    beside them."""

    kind: ClassVar = "step"
    step: int
    steps: int = 0
    epoch: float = 0.0
    learning_rate: float = 0.0
    seconds: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Epoch:
    """An epoch was evaluated; number 0 is the base before any training. `samples` are file names in
    the epoch's folder, `tracked` the answers to the tracked examples, `memory_mb` megabytes in use."""

    kind: ClassVar = "epoch"
    epoch: int
    step: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    samples: tuple[str, ...] = ()
    tracked: tuple[dict[str, Json], ...] = ()
    memory_mb: float = 0.0


@dataclass(frozen=True)
class Features:
    """Of the `of` samples of a part the frozen backbone has gone through `done`."""

    kind: ClassVar = "features"
    part: str
    done: int
    of: int


@dataclass(frozen=True)
class Baseline:
    """How well a simple method (`name`) does on the validation part, to compare with."""

    kind: ClassVar = "baseline"
    name: str
    metrics: dict[str, float]


@dataclass(frozen=True)
class BatchHalved:
    """Out of memory: from here on a batch is computed in `accumulation_steps` micro-batches."""

    kind: ClassVar = "batch_halved"
    step: int
    accumulation_steps: int


@dataclass(frozen=True)
class Resumed:
    """Training goes on from a checkpoint. Steps and epochs beyond it are taken again."""

    kind: ClassVar = "resumed"
    step: int
    epoch: int = 0


@dataclass(frozen=True)
class EarlyStop:
    """Patience is over: the last epochs improved nothing."""

    kind: ClassVar = "early_stop"
    epoch: int


@dataclass(frozen=True)
class Diverged:
    """The loss is infinite or NaN; what was best before is kept."""

    kind: ClassVar = "diverged"
    step: int
    why: str = ""


@dataclass(frozen=True)
class CheckpointDamaged:
    """A checkpoint's files are not what was written; it is passed over."""

    kind: ClassVar = "checkpoint_damaged"
    checkpoint: str


@dataclass(frozen=True)
class Ended:
    """The run is over."""

    state: State

    @property
    def kind(self) -> str:
        return self.state


Event: TypeAlias = (
    Start
    | Step
    | Epoch
    | Features
    | Baseline
    | BatchHalved
    | Resumed
    | EarlyStop
    | Diverged
    | CheckpointDamaged
    | Ended
)
E = TypeVar("E", bound=Event)

PLAIN = (Start, Step, Epoch, Features, BatchHalved, Resumed, EarlyStop, Diverged, CheckpointDamaged)
"""The kinds whose fields are keys of their JSON, but for the names in `KEYS`."""
KEYS = {"accumulation_steps": "pieces", "tracked": "probes"}
"""JSON keys of fields that were renamed since the first logs."""
ENDS = ("done", "stopped", "failed", "interrupted")


class Listener(Protocol):
    """Who hears a run's events."""

    def emit(self, event: Event) -> None:
        """Take an event; it may be written down later."""

    def flush(self) -> None:
        """Write down whatever was taken: a checkpoint that follows must not be newer than the log."""


@dataclass(frozen=True)
class Calling:
    """A listener that calls a function with each event."""

    hear: Callable[[Event], None] = lambda _event: None

    def emit(self, event: Event) -> None:
        self.hear(event)

    def flush(self) -> None:
        """Nothing waits here."""


def to_json(event: Event) -> tuple[str, Row]:
    """(kind, data) as stored and printed."""
    if isinstance(event, Ended):
        return event.state, {}
    if isinstance(event, Baseline):
        return event.kind, {event.name: dict(event.metrics)}
    data: Row = {KEYS.get(f.name, f.name): getattr(event, f.name) for f in fields(event)}
    if isinstance(event, Step):
        del data["figures"]
        data = {**event.figures, **data}
    elif isinstance(event, Epoch):
        data |= {"samples": list(event.samples), "probes": list(event.tracked)}
    elif isinstance(event, Start):
        data["metrics"] = [asdict(metric) for metric in event.metrics]
        if event.pretrained is None:
            del data["pretrained"]
    return event.kind, data


def from_json(kind: str, data: Mapping[str, Json]) -> Event:
    """The event that `to_json` wrote, in this version or an earlier one.

    Raises:
        ValueError: the kind is unknown, or `data` is not what such an event holds.
    """
    if kind in ENDS:
        return _read(Ended, {"state": kind})
    if kind == Baseline.kind:
        name, metrics = next(iter(data.items()), ("", None))
        return _read(Baseline, {"name": name, "metrics": metrics})
    for cls in PLAIN:
        if cls.kind == kind:
            given = {f.name: data[key] for f in fields(cls) if (key := _key(f.name)) in data}
            if cls is Step:
                own = {f.name for f in fields(Step)}
                given["figures"] = {k: v for k, v in data.items() if k not in own}
            return _read(cls, given)
    raise ValueError(f"unknown kind of event: {kind}")


def _key(name: str) -> str:
    return KEYS.get(name, name)


_READERS: dict[type[Event], TypeAdapter[Event]] = {
    cls: TypeAdapter(cls) for cls in (*PLAIN, Baseline, Ended)
}


def _read(cls: type[Event], data: Mapping[str, object]) -> Event:
    """Checked and converted by the types of its fields: a damaged row must not break a page later."""
    try:
        return _READERS[cls].validate_python(data)
    except ValidationError as error:
        raise ValueError(str(error)) from error
