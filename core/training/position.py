"""How far a training is; part of every checkpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from core.training.run import Run


@dataclass
class Position:
    """`epoch` counts finished ones, `step` the optimiser's; a batch is computed in `pieces`."""

    epoch: int = 0
    step: int = 0
    pieces: int = 1
    best: float | None = None
    best_epoch: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    base_metrics: dict[str, float] = field(default_factory=dict)

    def state_dict(self) -> dict[str, Any]:
        return asdict(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    def patience_is_over(self, run: Run) -> bool:
        """Whether the last epochs, since the best or since an extension, brought nothing."""
        waited = self.epoch - max(self.best_epoch, run.patience_from)
        return 0 < run.options.patience <= waited
