"""How answers that stand in a text are shown: marked in it, and one by one."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from core.inputs import texts
from pages._ui.kit import text
from pages._ui.kit.i18n import _

BOX = "max-height:26rem;overflow:auto;white-space:pre-wrap;line-height:1.6;overflow-wrap:anywhere"
MARK = "background:#fcd34d;color:#1c1917;border-radius:.3rem;padding:.05em .25em"


class Answer(Protocol):
    """What was found for a question: `answer` in characters `start` to `end` of a text, with the sentence around it
    as `evidence`; None where nothing was. `score`: 0 to 1."""

    @property
    def question(self) -> str: ...
    @property
    def answer(self) -> str | None: ...
    @property
    def score(self) -> float: ...
    @property
    def start(self) -> int | None: ...
    @property
    def end(self) -> int | None: ...
    @property
    def evidence(self) -> str | None: ...


def marked(passage: str, found: Sequence[Answer]) -> str:
    """The passage as HTML; each answer is highlighted and carries the number of its question."""
    places = [(r.start, r.end, n) for n, r in enumerate(found, 1)]
    spans = sorted(place for place in places if None not in place)
    parts, at = [], 0
    for start, end, number in spans:
        note = f"<sup style='line-height:0'>{number}</sup>"
        if start < at:  # two questions, overlapping answers: one mark, both numbers
            parts.append(note)
            continue
        answer = _visible(passage[start:end])
        parts += [_visible(passage[at:start]), f"<mark style='{MARK}'>{answer}</mark>{note}"]
        at = end
    return f"<div style='{BOX}'>{''.join(parts)}{_visible(passage[at:])}</div>"


def _visible(text: str) -> str:
    """Without what no browser can show, and escaped."""
    return html.escape(texts.cleaned(text).text)


def show(number: int, result: Answer) -> None:
    """One question with its answer, confidence and sentence."""
    with st.container(border=True):
        with st.container(key=f"data question {number}"):
            st.text(f"{number}. {result.question}")
        if result.answer is None:
            st.info(
                _("No answer in this passage (confidence of the best span: {score:.0%}).").format(
                    score=result.score
                )
            )
            return
        with st.container(key=f"data answer {number}"):
            st.subheader(text.plain(result.answer), anchor=False)
        st.progress(
            min(result.score, 1.0), text=_("Confidence {score:.0%}").format(score=result.score)
        )
        st.caption(_("The sentence"))
        with st.container(key=f"data evidence {number}"):
            st.text(result.evidence)
