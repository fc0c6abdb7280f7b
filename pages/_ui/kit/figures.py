"""How the figures of a training are written: names, shares, times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.errors import N_
from core.training.diagnosis import smaller_is_better
from pages._ui.kit.i18n import _

SHARES = {"accuracy", "macro F1", "mAP50", "mAP50-95", "precision", "recall"}
"""Metrics between 0 and 1, written as percentages."""
TITLES = {
    "loss": N_("training"),
    "validation": N_("validation"),
    "learning_rate": N_("learning rate"),
    "generator": N_("generator"),
    "discriminator": N_("discriminator"),
    "accuracy": N_("accuracy"),
    "macro F1": N_("macro F1"),
    "precision": N_("precision"),
    "recall": N_("recall"),
    "exact match": N_("exact match"),
}
"""Names of curves and metrics that have a translation."""


def title(name: str) -> str:
    """A curve's or a metric's name; one on the test items says so."""
    if name.startswith("test "):
        return _("{metric} (test)").format(metric=metric_title(name.removeprefix("test ")))
    return _(TITLES.get(name, name))


def metric_title(name: str) -> str:
    """A metric's name: a loss among metrics is the validation's."""
    return _("validation loss") if name == "loss" else title(name)


def figure(name: str, value: float) -> str:
    """A share as a percentage, everything else with three or four digits."""
    if name.removeprefix("test ") in SHARES:
        return f"{value:.1%}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def metrics(values: Mapping[str, float], before: Mapping[str, float]) -> None:
    """A tile for each metric with the difference to `before`."""
    for name, value in values.items():
        delta = None
        if name in before:
            difference = figure(name, abs(value - before[name]))
            delta = f"{'-' if value < before[name] else '+'}{difference}"
        colour: Any = "inverse" if smaller_is_better(name) else "normal"
        st.metric(
            metric_title(name), figure(name, value), delta, delta_color=colour, width="content"
        )


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
