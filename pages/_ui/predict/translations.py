"""How translations are shown: the whole text, its sentences side by side, and files to keep."""

from __future__ import annotations

import csv
import html
import io

import streamlit as st

from core.inputs.languages import NAMES
from core.tasks.translation.predict import TranslationResult
from pages._ui.kit.i18n import _
from pages._ui.predict import results

STYLE = (
    "<style>.tr{white-space:pre-wrap;font-size:1.05rem;line-height:1.55;overflow-wrap:anywhere}"
    ".pairs{width:100%;table-layout:fixed;border-collapse:collapse;overflow-wrap:anywhere}"
    ".pairs td{width:50%;vertical-align:top;padding:.4rem .5rem;border-top:1px solid #8885}"
    ".pairs small{display:block;opacity:.75;margin-top:.2rem}</style>"
)


def show(result: TranslationResult) -> None:
    """One target language: text, other versions, aligned sentences, downloads."""
    st.subheader(f"{_(NAMES[result.source])} → {_(NAMES[result.target])}")
    with st.container(key=f"data translation {result.target}", border=True):
        st.html(f"{STYLE}<div class='tr' dir='auto'>{html.escape(result.output)}</div>")
    with st.expander(_("Sentence by sentence"), expanded=True):  # noqa: SIM117
        with st.container(key=f"data sentences {result.target}"):
            st.html(STYLE + aligned(result))
    for number, text in enumerate(result.alternatives, 2):
        with (
            st.expander(_("Version {number} of the whole text").format(number=number)),
            st.container(key=f"data version {number} {result.target}"),
        ):
            st.html(f"{STYLE}<div class='tr' dir='auto'>{html.escape(text)}</div>")
    results.made_by(result)
    name = f"translation-{result.source}-{result.target}"
    with st.container(horizontal=True):
        results.download("TXT", result.output, f"{name}.txt", "text/plain")
        results.download("CSV", as_csv(result, ","), f"{name}.csv", "text/csv")
        results.download("TSV", as_csv(result, "\t"), f"{name}.tsv", "text/tab-separated-values")


def aligned(result: TranslationResult) -> str:
    """A table with a row per sentence: original, translation and its other versions."""
    rows = []
    for pair in result.sentences:
        others = "".join(f"<small dir='auto'>{html.escape(a)}</small>" for a in pair.alternatives)
        rows.append(
            f"<tr><td dir='auto'>{html.escape(pair.source)}</td>"
            f"<td dir='auto'>{html.escape(pair.output)}{others}</td></tr>"
        )
    return f"<table class='pairs'>{''.join(rows)}</table>"


def as_csv(result: TranslationResult, separator: str) -> str:
    """The aligned sentences; the header names the languages by their codes."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    versions = max((len(p.alternatives) for p in result.sentences), default=0)
    extra = [f"{result.target} {number}" for number in range(2, versions + 2)]
    writer.writerow([result.source, result.target, *extra])
    for pair in result.sentences:
        writer.writerow([pair.source, pair.output, *pair.alternatives])
    return out.getvalue()
