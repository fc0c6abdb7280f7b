"""Texts with a label and probabilities: coloured sentence by sentence, as bars, and as a table of many."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd
import streamlit as st

from core.errors import PortalError
from core.models import catalog
from pages._ui.kit import charts, errors
from pages._ui.kit.i18n import _
from pages._ui.kit.text import plain

OTHERS = ("#4f46e5", "#d97706", "#0d9488", "#db2777", "#2563eb", "#65a30d")
"""CSS colours of labels that have none, in turn."""
BOX = "max-height:26rem;overflow:auto;white-space:pre-wrap;line-height:1.9;overflow-wrap:anywhere"


class Sentence(Protocol):
    """A part of a text, [start, end) in characters, with its label and that label's probability."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def label(self) -> str: ...
    @property
    def score(self) -> float: ...


class Classified(Protocol):
    """A text's most probable label, the probability of each, and its sentences if they were asked for."""

    @property
    def model(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def scores(self) -> Mapping[str, float]: ...
    @property
    def sentences(self) -> Sequence[Sentence] | None: ...


Answer = Classified | PortalError


@dataclass(frozen=True)
class Looks:
    """How labels are shown. `name` gives a label in the visitor's language; of the usual labels `colours` are CSS,
    `marks` stand before a name and `signs` behind a sentence. Any other label looks like a tag."""

    name: Callable[[str], str]
    colours: Mapping[str, str]
    marks: Mapping[str, str]
    signs: Mapping[str, str]

    def marked(self, label: str) -> str:
        return f"{self.marks.get(label, '🏷️')} {self.name(label)}"

    def palette(self, labels: Sequence[str]) -> dict[str, str]:
        """A colour for each of the labels."""
        others = [label for label in labels if label not in self.colours]
        own = {label: OTHERS[i % len(OTHERS)] for i, label in enumerate(others)}
        return {label: self.colours.get(label) or own[label] for label in labels}

    def named(self, answers: Sequence[Answer]) -> list[str]:
        """The labels of the models that answered, in their order; the usual ones where none did."""
        scores = [a.scores for a in answers if not isinstance(a, PortalError)]
        return list(dict.fromkeys(label for one in scores for label in one)) or list(self.colours)


def show(text: str, result: Classified, looks: Looks) -> None:
    """One answer: label, probabilities and the coloured text."""
    st.subheader(f"{plain(looks.marked(result.label))} · {result.score:.0%}", anchor=False)
    probabilities(result, looks)
    if result.sentences:
        with st.container(key="data text"):
            st.html(coloured(text, result, looks))


def coloured(text: str, result: Classified, looks: Looks) -> str:
    """The text as HTML; each sentence on its label's colour, stronger where the model is more confident.

    A sign after the sentence says the same without colour.
    """
    parts, at, palette = [], 0, looks.palette(list(result.scores))
    for s in result.sentences or []:
        shade = round(100 * (0.12 + 0.4 * s.score))
        note = f"{looks.name(s.label)} {s.score:.0%}"
        sign = html.escape(looks.signs.get(s.label, s.label))
        style = f"background:color-mix(in srgb,{palette[s.label]} {shade}%,transparent)"
        parts += [
            html.escape(text[at : s.start]),
            f"<span title='{html.escape(note)}' style='{style};border-radius:.3rem;padding:.1rem .2rem'>"
            f"{html.escape(text[s.start : s.end])}</span><sup> {sign}</sup>",
        ]
        at = s.end
    return f"<div style='{BOX}'>{''.join(parts)}{html.escape(text[at:])}</div>"


def probabilities(result: Classified, looks: Looks) -> None:
    """A bar for each label."""
    palette = looks.palette(list(result.scores))
    rows = [
        {"label": looks.name(label), "score": score, "colour": palette[label]}
        for label, score in result.scores.items()
    ]
    charts.bars(rows, label="label", value="score", colour="colour")


def distribution(answers: Sequence[Answer], looks: Looks) -> None:
    """How many texts have each label."""
    labels = looks.named(answers)
    given = [a.label for a in answers if not isinstance(a, PortalError)]
    palette = looks.palette(labels)
    rows = [
        {"label": looks.name(one), "texts": given.count(one), "colour": palette[one]}
        for one in labels
    ]
    charts.counts(rows, label="label", value="texts", colour="colour")


def table(cells: Sequence[str], answers: Sequence[Answer], looks: Looks) -> None:
    """One row per text, sortable by a click on a column's head; refused texts say why."""
    columns = {label: looks.name(label) for label in looks.named(answers)}
    rows = []
    for text, answer in zip(cells, answers, strict=True):
        if isinstance(answer, PortalError):
            rows.append({_("Text"): text, _("Label"): "⚠️ " + errors.message(answer, str)})
            continue
        label = looks.marked(answer.label)
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
