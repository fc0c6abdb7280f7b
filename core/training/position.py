"""How far a run is; part of every checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields

from core.plain import Row
from core.training import aliases


@dataclass
class Position:
    """`epoch` counts finished ones, `step` the optimiser's. A batch is computed in
    `accumulation_steps` micro-batches: as many as asked for, and more once memory ran out. `best` is the
    value of the metric that chooses the epoch to keep, `metrics` are all of that epoch's. `lowest_loss` is the lowest
    validation loss of any epoch so far, and `lowest_epoch` where that was."""

    epoch: int = 0
    step: int = 0
    accumulation_steps: int = 1
    best: float | None = None
    best_epoch: int = 0
    lowest_loss: float | None = None
    lowest_epoch: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    base_metrics: dict[str, float] = field(default_factory=dict)

    def state_dict(self) -> Row:
        return asdict(self)

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Take over what a checkpoint says, of this version or an earlier one."""
        known = {one.name for one in fields(self)}
        for stored, value in state.items():
            if (name := aliases.POSITION.get(stored, stored)) in known:
                setattr(self, name, value)
