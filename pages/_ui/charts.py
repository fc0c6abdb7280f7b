"""Charts as plain Vega-Lite: building them through Altair costs more than drawing the whole page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages._ui.i18n import _


def bars(rows: Sequence[dict[str, Any]], *, label: str, value: str, colour: str = "") -> None:
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
    paint = {"color": {"field": colour, "type": "nominal", "scale": None}} if colour else {}
    tooltip = [
        {"field": label, "type": "nominal", "title": _("class")},
        {"field": value, "type": "quantitative", "format": ".2%", "title": _("score")},
    ]
    text = {"field": value, "type": "quantitative", "format": ".1%"}
    spec = {
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 4},
                "encoding": {"tooltip": tooltip, **paint},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": "#8b90a8"},
                "encoding": {"text": text},
            },
        ],
        "encoding": {"y": y, "x": x},
        "height": 36 * len(rows),
    }
    st.vega_lite_chart(pd.DataFrame(list(rows)), spec, width="stretch")
