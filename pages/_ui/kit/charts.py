"""Charts as plain Vega-Lite: building them through Altair costs more than drawing the whole page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import streamlit as st

from pages._ui.kit import text
from pages._ui.kit.i18n import _

RULES = {
    "batch_halved": "#d97706",
    "resumed": "#0d9488",
    "early_stop": "#8b90a8",
    "diverged": "#db2777",
}
"""Colours of the marks on a curve, by what happened."""
SHORT = 20
"""Characters of a curve's name of which two fit side by side."""


def _table(rows: Sequence[dict[str, object]]) -> object:
    """As Arrow, in which charts travel; the way through pandas is longer."""
    import pyarrow

    names = dict.fromkeys(name for row in rows for name in row)
    return pyarrow.table({name: [row.get(name) for row in rows] for name in names})


def counts(rows: Sequence[dict[str, object]], *, label: str, value: str, colour: str = "") -> None:
    """Horizontal bars of how many there are of each, with the number behind each bar; `colour` as in
    `bars`."""
    y = {
        "field": label,
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 140, "labelOverlap": False, "ticks": False, "domain": False},
    }
    x = {"field": value, "type": "quantitative", "title": None, "axis": None}
    spec = {
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 3}, "encoding": _paint(colour)},
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": "#8b90a8"},
                "encoding": {"text": {"field": value, "type": "quantitative"}},
            },
        ],
        "encoding": {"y": y, "x": x},
        "height": {"step": 24},
    }
    st.vega_lite_chart(_table(rows), spec, width="stretch")


def timeline(rows: Sequence[dict[str, object]], colours: Mapping[str, str], *, y: str) -> None:
    """How many things (`y`) of each class there are over the seconds of a video. `rows` hold second, class and
    count; `colours` are the classes' CSS colours, in the order of the legend."""
    scale = {"domain": list(colours), "range": list(colours.values())}
    spec = {
        "mark": {"type": "line", "interpolate": "step-after"},
        "encoding": {
            "x": {"field": "second", "type": "quantitative", "title": _("second")},
            "y": {
                "field": "count",
                "type": "quantitative",
                "title": y,
                "axis": {"tickMinStep": 1},
            },
            "color": {
                "field": "class",
                "type": "nominal",
                "scale": scale,
                "legend": {"orient": "bottom", "title": None},
            },
        },
        "height": 280,
    }
    st.vega_lite_chart(_table(rows), spec, width="stretch")


def curves(
    rows: Iterable[dict[str, object]],
    *,
    marks: Iterable[dict[str, object]] = (),
    title: str,
    key: str,
    points: bool = False,
    height: int = 260,
) -> None:
    """Curves over the optimiser steps. `rows` hold step, series and value; each of `marks` (step, note,
    colour) is a vertical line."""
    table = [{**row, "note": None, "mark": None} for row in rows]
    series = list(dict.fromkeys(row["series"] for row in table))
    last = max([1, *(row["step"] for row in table)])
    table += [
        {"mark": m["step"], "note": m["note"], "colour": m["colour"], "step": None, "value": None}
        for m in marks
    ]
    rule = {
        "transform": [{"filter": "datum.mark != null"}],
        "mark": {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.5},
        "encoding": {
            "x": {"field": "mark", "type": "quantitative"},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "tooltip": {"field": "note", "type": "nominal", "title": _("here")},
        },
    }
    layers = [_lines(series, points, last), *([rule] if len(table) and table[-1]["mark"] else [])]
    spec = {"layer": layers, "resolve": {"scale": {"color": "independent"}}}
    st.markdown(f"**{text.plain(title)}**")
    st.vega_lite_chart(_table(table), spec, width="stretch", height=height, key=key)


def _lines(series: Sequence[str], points: bool, last: float) -> dict[str, object]:
    """The layer with the curves, from step 0 to the `last`."""
    x = {
        "field": "step",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, last]},
        "axis": {"tickCount": 5, "format": "~s"},
    }
    y = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "scale": {"zero": False},
        "axis": {"tickCount": 5, "format": "~g"},
    }
    legend = {
        "orient": "bottom",
        "symbolType": "stroke",
        "labelLimit": 320,
        "columns": 1 if max(map(len, series), default=0) > SHORT else 2,
    }
    colour = {
        "field": "series",
        "type": "nominal",
        "title": None,
        "scale": {"domain": list(series)},
        "legend": legend if len(series) > 1 else None,
    }
    tooltip = [
        {"field": "series", "type": "nominal", "title": _("curve")},
        {"field": "step", "type": "quantitative", "title": _("step")},
        {"field": "value", "type": "quantitative", "format": ".4~g", "title": _("value")},
    ]
    return {
        "transform": [{"filter": "datum.value != null"}],
        "mark": {"type": "line", "strokeWidth": 2, "point": {"size": 40} if points else False},
        "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip},
    }


def relation(curves: Mapping[str, object], *, x: str, y: str, key: str) -> None:
    """A figure `y` over another one, both shares: a thin line for each of `curves["each"]` (name,
    values), all at `curves["at"]`, and their mean in bold."""
    named = [(one["name"], one["values"]) for one in curves["each"]]
    lines = [*named, (_("mean"), curves["mean"])]
    rows = [
        {"at": at, "value": value, "series": name, "mean": place == len(named)}
        for place, (name, values) in enumerate(lines)
        for at, value in zip(curves["at"], values, strict=True)
    ]
    axis = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"tickCount": 5}}
    tooltip = [
        {"field": "series", "type": "nominal", "title": _("class")},
        {"field": "at", "type": "quantitative", "format": ".0%", "title": x},
        {"field": "value", "type": "quantitative", "format": ".1%", "title": y},
    ]
    thin = {"type": "line", "color": "#8b90a8", "strokeWidth": 1, "opacity": 0.6}
    bold = {"type": "line", "strokeWidth": 3}
    spec = {
        "layer": [
            {
                "transform": [{"filter": condition}],
                "mark": {
                    **mark,
                    "point": "transparent",
                },  # a line alone has one tooltip for all of it
            }
            for condition, mark in (("!datum.mean", thin), ("datum.mean", bold))
        ],
        "encoding": {
            "x": {"field": "at", "title": x, **axis},
            "y": {"field": "value", "title": y, **axis},
            "detail": {"field": "series", "type": "nominal"},
            "tooltip": tooltip,
        },
    }
    st.vega_lite_chart(_table(rows), spec, width="stretch", height=320, key=key)


def _paint(colour: str) -> dict[str, object]:
    return {"color": {"field": colour, "type": "nominal", "scale": None}} if colour else {}


def bars(rows: Sequence[dict[str, object]], *, label: str, value: str, colour: str = "") -> None:
    """Horizontal bars of shares between 0 and 1, in the order of `rows`, with the percentage written
    behind each. `colour` names the field whose text is a CSS colour, if bars differ in colour."""
    y = {
        "field": label,
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 170},
    }
    x = {
        "field": value,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1.12]},
        "axis": {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]},
    }
    tooltip = [
        {"field": label, "type": "nominal", "title": _("class")},
        {"field": value, "type": "quantitative", "format": ".2%", "title": _("score")},
    ]
    text = {"field": value, "type": "quantitative", "format": ".1%"}
    spec = {
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 4},
                "encoding": {"tooltip": tooltip, **_paint(colour)},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": "#8b90a8"},
                "encoding": {"text": text},
            },
        ],
        "encoding": {"y": y, "x": x},
        "height": 36 * len(rows),
    }
    st.vega_lite_chart(_table(rows), spec, width="stretch")
