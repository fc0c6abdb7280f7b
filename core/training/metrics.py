"""What a run measures. A record says what a name alone does not: which way is better, and the unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import N_

Unit = Literal["fraction", "percent", "score", "loss"]
"""A fraction lies in [0, 1], a percent in [0, 100]; a score has a scale of its own; a loss is a mean per
sample or token, in nats."""


@dataclass(frozen=True)
class Metric:
    """One figure of an evaluation. `name` is its key wherever figures are stored or printed, `title`
    what people read (marked with `N_` where it has a translation)."""

    name: str
    title: str
    larger_is_better: bool = True
    unit: Unit = "score"

    def is_better(self, value: float, than: float) -> bool:
        """Whether `value` is strictly better; NaN never is."""
        return value > than if self.larger_is_better else value < than


ACCURACY = Metric("accuracy", N_("accuracy"), unit="fraction")
MACRO_F1 = Metric("macro F1", N_("macro F1"), unit="fraction")
LOSS = Metric("loss", N_("validation loss"), larger_is_better=False, unit="loss")
CLASSIFICATION = (ACCURACY, MACRO_F1, LOSS)
"""What every classifier reports; the first chooses the epoch that is kept."""
