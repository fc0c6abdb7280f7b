"""Asking for sentiment and showing it: coloured in the text, as bars, and as a table of many texts."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import tasks
from core.errors import PortalError
from core.inputs import tables, texts
from core.inputs.tables import Table
from core.models import catalog
from core.tasks.sentiment.data import LABELS
from core.tasks.sentiment.predict import SentimentResult
from pages._ui.kit import charts, errors
from pages._ui.kit.i18n import _
from pages._ui.kit.text import plain
from pages._ui.predict import results

TASK = tasks.find("sentiment")
COLOURS = {"negative": "#d1495b", "neutral": "#8d99ae", "positive": "#2a9d8f"}
OTHERS = ("#4f46e5", "#d97706", "#0d9488", "#db2777", "#2563eb", "#65a30d")
"""For the labels of fine-tuned models, in turn."""
MARKS = {"negative": "🔴", "neutral": "⚪", "positive": "🟢"}
BOX = "max-height:26rem;overflow:auto;white-space:pre-wrap;line-height:1.9;overflow-wrap:anywhere"

Answer = SentimentResult | PortalError


def judge(model: str, given: Sequence[str], *, each: bool, shared: bool) -> list[Answer]:
    """An answer or error per text; nothing while the model works or when it could not run."""
    cleaned = [_clean(text) for text in given]
    good = [text for text in cleaned if isinstance(text, str)]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in good]
    asked = TASK.parse({"sentences": each})
    found = results.answers(TASK, model, good, digests, asked, shared=shared)
    if found is None:
        return []
    answers = iter(found)
    return [next(answers) if isinstance(text, str) else text for text in cleaned]


def _clean(text: str) -> str | PortalError:
    try:
        return texts.clean(text)
    except PortalError as error:
        return error


def show(text: str, result: SentimentResult) -> None:
    """One answer: label, probabilities, the coloured text and a file."""
    st.subheader(f"{plain(marked(result.label))} · {result.score:.0%}", anchor=False)
    probabilities(result)
    if result.sentences:
        with st.container(key="data text"):
            st.html(coloured(text, result))
    results.made_by(result)
    rows = results.as_json([result], [text])
    results.download("JSON", rows, "sentiment.jsonl", "application/json")


def name(label: str) -> str:
    """The label in the visitor's language; a fine-tuned model's own label as it is."""
    known = {"negative": _("negative"), "neutral": _("neutral"), "positive": _("positive")}
    return known.get(label, label)


def marked(label: str) -> str:
    return f"{MARKS.get(label, '🏷️')} {name(label)}"


def colours(labels: Sequence[str]) -> dict[str, str]:
    others = [label for label in labels if label not in COLOURS]
    own = {label: OTHERS[i % len(OTHERS)] for i, label in enumerate(others)}
    return {label: COLOURS.get(label) or own[label] for label in labels}


def named(answers: Sequence[Answer]) -> list[str]:
    """The labels of the models that answered, in their order."""
    scores = [a.scores for a in answers if not isinstance(a, PortalError)]
    return list(dict.fromkeys(label for one in scores for label in one)) or list(LABELS)


def coloured(text: str, result: SentimentResult) -> str:
    """The text as HTML; each sentence on its label's colour, stronger where the model is surer.

    A sign after the sentence says the same without colour.
    """
    parts, at, palette = [], 0, colours(list(result.scores))
    for s in result.sentences or []:
        shade = round(100 * (0.12 + 0.4 * s.score))
        note = f"{name(s.label)} {s.score:.0%}"
        known = {"negative": "−", "neutral": "○", "positive": "+"}
        sign = html.escape(known.get(s.label, s.label))
        style = f"background:color-mix(in srgb,{palette[s.label]} {shade}%,transparent)"
        parts += [
            html.escape(text[at : s.start]),
            f"<span title='{html.escape(note)}' style='{style};border-radius:.3rem;padding:.1rem .2rem'>"
            f"{html.escape(text[s.start : s.end])}</span><sup> {sign}</sup>",
        ]
        at = s.end
    return f"<div style='{BOX}'>{''.join(parts)}{html.escape(text[at:])}</div>"


def probabilities(result: SentimentResult) -> None:
    """A bar for each class."""
    palette = colours(list(result.scores))
    rows = [
        {"label": name(label), "score": score, "colour": palette[label]}
        for label, score in result.scores.items()
    ]
    charts.bars(rows, label="label", value="score", colour="colour")


def distribution(answers: Sequence[Answer]) -> None:
    """How many texts have each label."""
    labels = named(answers)
    given = [a.label for a in answers if not isinstance(a, PortalError)]
    palette = colours(labels)
    rows = [
        {"label": name(one), "texts": given.count(one), "colour": palette[one]} for one in labels
    ]
    charts.counts(rows, label="label", value="texts", colour="colour")


def table(cells: Sequence[str], answers: Sequence[Answer]) -> None:
    """One row per text, sortable by a click on a column's head; refused texts say why."""
    columns = {label: name(label) for label in named(answers)}
    rows = []
    for text, answer in zip(cells, answers, strict=True):
        if isinstance(answer, PortalError):
            rows.append({_("Text"): text, _("Label"): "⚠️ " + errors.message(answer)})
            continue
        label = marked(answer.label)
        scores = {columns[one]: value for one, value in answer.scores.items()}
        model = _(catalog.find(answer.model).title)
        rows.append({_("Text"): text, _("Label"): label, **scores, _("Model"): model})
    shown = [_("Text"), _("Label"), *columns.values(), _("Model")]
    st.dataframe(
        pd.DataFrame(rows, columns=shown),
        width="stretch",
        hide_index=True,
        column_config={
            _("Text"): st.column_config.TextColumn(width="large"),
            **{
                one: st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
                for one in columns.values()
            },
        },
    )


def as_csv(source: Table, answers: Sequence[Answer]) -> str:
    """The uploaded rows as they were, with label, probabilities, model and error behind them."""
    rows, labels = [], named(answers)
    for cells, answer in zip(source.rows, answers, strict=True):
        if isinstance(answer, PortalError):
            rows.append([*cells, "", *[""] * len(labels), "", answer.code])
        else:
            scores = [f"{answer.scores.get(label, 0):.6f}" for label in labels]
            rows.append([*cells, answer.label, *scores, answer.model, ""])
    return tables.write([*source.columns, "label", *labels, "model", "error"], rows)
