"""How the figures of a run are written: names, percentages, times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.errors import N_
from core.training import aliases
from core.training.metrics import Metric
from pages._ui.kit import text
from pages._ui.kit.i18n import _

Reported = Sequence[Metric]
"""What a run says of its metrics; those of the first version said nothing (see `aliases.metric`)."""
TITLES = {
    "loss": N_("training"),
    "validation": N_("validation"),
    "learning_rate": N_("learning rate"),
    "generator": N_("generator"),
    "discriminator": N_("discriminator"),
}
"""Names of curves that have a translation; a loss among curves is the training's."""


def title(name: str, reported: Reported = ()) -> str:
    """A curve's or a metric's name."""
    return _(TITLES[name]) if name in TITLES else metric_title(name, reported)


def metric_title(name: str, reported: Reported = ()) -> str:
    """A metric's name; one on the test part says so."""
    own = _(aliases.metric(name, reported).title)
    return _("{metric} (test)").format(metric=own) if name.startswith("test ") else own


def figure(name: str, value: float, reported: Reported = ()) -> str:
    """A fraction as a percentage, everything else with three or four digits."""
    if aliases.metric(name, reported).unit == "fraction":
        return f"{value:.1%}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def metrics(
    values: Mapping[str, float], before: Mapping[str, float], reported: Reported = ()
) -> None:
    """A tile for each metric with the difference to `before`."""
    for name, value in values.items():
        delta = None
        if name in before:
            difference = figure(name, abs(value - before[name]), reported)
            delta = f"{'-' if value < before[name] else '+'}{difference}"
        larger_is_better = aliases.metric(name, reported).larger_is_better
        colour: Any = "normal" if larger_is_better else "inverse"
        st.metric(
            text.plain(metric_title(name, reported)),
            figure(name, value, reported),
            delta,
            delta_color=colour,
            width="content",
        )


def interval(right: int, count: int) -> tuple[float, float]:
    """Wilson's interval of a fraction at 95 % confidence (E. B. Wilson, 1927)."""
    from scipy.stats import binomtest

    found = binomtest(right, count).proportion_ci(0.95, method="wilson")
    return found.low, found.high


def seconds(value: float) -> str:
    return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"


def duration(value: float) -> str:
    """`45 s`, `3 min`, `2 h 10 min`."""
    if value < 90:
        return _("{count} s").format(count=max(1, round(value)))
    minutes = round(value / 60)
    if minutes < 90:
        return _("{count} min").format(count=minutes)
    return _("{hours} h {count} min").format(hours=minutes // 60, count=minutes % 60)
