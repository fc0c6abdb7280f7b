"""The option form, drawn from a task's `Options`; every value is part of the page's address."""

from __future__ import annotations

from typing import Any, get_args

import streamlit as st
from annotated_types import Ge, Le
from pydantic.fields import FieldInfo

from core.models.catalog import ModelEntry
from core.serving.options import Options
from core.tasks.application import Application
from pages._ui.kit import address
from pages._ui.kit.i18n import _


def form(task: Application, entry: ModelEntry | None, **drawn: object) -> Options:
    """Draw one control for each field and return the validated options.

    A field the model does not have is left out, one it narrows gets the narrower slider (see
    `ModelEntry.option_bounds`). `drawn` are values that the page asks for in its own way.
    """
    bounds = entry.option_bounds if entry else {}
    values = dict(drawn)
    for name, field in task.predicting().options.model_fields.items():
        if name not in drawn and bounds.get(name, ()) is not None:
            values[name] = control(name, field, bounds.get(name))
    return task.parse(values)


def control(name: str, field: FieldInfo, bounds: tuple[float, float] | None = None) -> Any:
    """The widget for one field: switch, menu, slider or text, by its type."""
    label, help_text = _(field.title or name), _(field.description or "")
    default = field.get_default(call_default_factory=True)
    common: dict[str, object] = {"key": name, "help": help_text, "bind": "query-params"}
    if field.annotation is bool:
        return st.toggle(label, value=default, **common)
    if choices := get_args(field.annotation):
        titles = extra(field, "titles", {})
        return address.menu(
            label,
            choices,
            key=name,
            default=default,
            title=lambda choice: _(titles.get(choice, str(choice))),
            help=help_text,
        )
    if field.annotation in (int, float):
        return number(label, field, default, bounds, **common)
    return st.text_input(label, value=default, **common)


def number(
    label: str,
    field: FieldInfo,
    default: float,
    bounds: tuple[float, float] | None = None,
    **common: object,
) -> float:
    """A slider between the field's bounds; in equal ratios where its scale is logarithmic."""
    kind = field.annotation or float
    if extra(field, "scale", "") == "log" or extra(field, "auto", False):
        return _stops(label, field, kind(default), **common)
    low, high = (kind(b) for b in bounds or _range(field))
    value = kind(min(max(default, low), high))
    step = kind(extra(field, "step", 1 if kind is int else 0.01))
    if (high - low) / step > 1000:  # a slider cannot be set that finely
        return st.number_input(label, low, high, value, step=step, **common)
    return st.slider(label, low, high, value, step=step, **common)


def _stops(label: str, field: FieldInfo, value: float, **common: object) -> float:
    """A slider over 1, 2, 5, 10 … (whole numbers: 1, 2, 4, 8 …) within the bounds, or over all whole numbers, and
    `value`; "automatic" comes first."""
    low, high = _range(field)
    steps: set[float]
    if extra(field, "scale", "") != "log":
        steps = set(range(int(low), int(high) + 1))
    elif field.annotation is int:
        steps = {2**n for n in range(32)}
    else:
        steps = {float(f"{digit}e{n}") for n in range(-6, 4) for digit in (1, 2, 5)}
    automatic = {0} if extra(field, "auto", False) else set()
    stops = sorted({s for s in steps if low <= s <= high} | {value} | automatic)
    return st.select_slider(
        label, stops, value, format_func=lambda stop: said(field, stop), **common
    )


def _range(field: FieldInfo) -> tuple[float, float]:
    low = next(m.ge for m in field.metadata if isinstance(m, Ge))
    high = next(m.le for m in field.metadata if isinstance(m, Le))
    return low, high


def title(field: FieldInfo | None, name: str) -> str:
    """What the option is called on the page; its name where there is no such field."""
    return _(field.title or name) if field else name


def said(field: FieldInfo | None, value: object) -> str:
    """A value of the option in words, as its widget shows it."""
    if isinstance(value, bool):
        return "✓" if value else "–"
    if not value and field and extra(field, "auto", False):
        return _("automatic")
    if isinstance(value, float):
        return f"{value:g}"
    titles = extra(field, "titles", {}) if field else {}
    return _(titles[value]) if value in titles else str(value)


def extra(field: FieldInfo, name: str, default: object) -> Any:
    """What the field says besides its type and bounds: `step`, `titles`, `scale`, `basic`."""
    known = field.json_schema_extra
    return known.get(name, default) if isinstance(known, dict) else default
