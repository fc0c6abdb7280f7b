"""A text that a model made of another one: the whole, sentences side by side, other versions, files to keep."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from core.inputs import tables
from core.inputs.tables import Table
from pages._ui.kit.i18n import _
from pages._ui.predict import results

STYLE = (
    "<style>.tr{white-space:pre-wrap;font-size:1.05rem;line-height:1.55;overflow-wrap:anywhere}"
    ".pairs{width:100%;table-layout:fixed;border-collapse:collapse;overflow-wrap:anywhere}"
    ".pairs td{width:50%;vertical-align:top;padding:.4rem .5rem;border-top:1px solid #8885}"
    ".pairs small{display:block;opacity:.75;margin-top:.2rem}</style>"
)


class Pair(Protocol):
    """A sentence and what was made of it, with other versions."""

    @property
    def source(self) -> str: ...

    @property
    def output(self) -> str: ...

    @property
    def alternatives(self) -> Sequence[str]: ...


def show(output: str, pairs: Sequence[Pair], versions: Sequence[str], *, key: str) -> None:
    """The whole text, its sentences beside the originals, and other versions of the whole; `key` tells several
    on one page apart."""
    with st.container(key=f"data whole {key}", border=True):
        _text(output)
    with (
        st.expander(_("Sentence by sentence"), expanded=True),
        st.container(key=f"data sentences {key}"),
    ):
        st.html(STYLE + _side_by_side(pairs))
    for number, text in enumerate(versions, 2):
        with (
            st.expander(_("Version {number} of the whole text").format(number=number)),
            st.container(key=f"data version {number} {key}"),
        ):
            _text(text)


def downloads(output: str, table: Table, name: str) -> None:
    """The text, and its sentences as CSV and TSV; `name` is that of the files without a suffix."""
    with st.container(horizontal=True):
        results.download("TXT", output, f"{name}.txt", "text/plain")
        csv, tsv = (tables.write(table.columns, table.rows, separator) for separator in ",\t")
        results.download("CSV", csv, f"{name}.csv", "text/csv")
        results.download("TSV", tsv, f"{name}.tsv", "text/tab-separated-values")


def _text(text: str) -> None:
    st.html(f"{STYLE}<div class='tr' dir='auto'>{html.escape(text)}</div>")


def _side_by_side(pairs: Sequence[Pair]) -> str:
    """A table with a row per sentence: original, translation and its other versions."""
    rows = []
    for pair in pairs:
        others = "".join(f"<small dir='auto'>{html.escape(a)}</small>" for a in pair.alternatives)
        rows.append(
            f"<tr><td dir='auto'>{html.escape(pair.source)}</td>"
            f"<td dir='auto'>{html.escape(pair.output)}{others}</td></tr>"
        )
    return f"<table class='pairs'>{''.join(rows)}</table>"
