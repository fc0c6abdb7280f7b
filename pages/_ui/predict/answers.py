"""How answers to questions are shown: marked in the passage, one by one, and as a table file."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Sequence

import streamlit as st

from core.tasks.question_answering.reader import AnswerResult
from pages._ui.kit import text
from pages._ui.kit.i18n import _

BOX = "max-height:26rem;overflow:auto;white-space:pre-wrap;line-height:1.6;overflow-wrap:anywhere"
MARK = "background:#fcd34d;color:#1c1917;border-radius:.3rem;padding:.05em .25em"


def marked(passage: str, found: Sequence[AnswerResult]) -> str:
    """The passage as HTML; each answer is highlighted and carries the number of its question."""
    spans = sorted((r.start, r.end, n) for n, r in enumerate(found, 1) if r.answer is not None)
    parts, at = [], 0
    for start, end, number in spans:
        note = f"<sup style='line-height:0'>{number}</sup>"
        if start < at:  # two questions, overlapping answers: one mark, both numbers
            parts.append(note)
            continue
        answer = html.escape(passage[start:end])
        parts += [html.escape(passage[at:start]), f"<mark style='{MARK}'>{answer}</mark>{note}"]
        at = end
    return f"<div style='{BOX}'>{''.join(parts)}{html.escape(passage[at:])}</div>"


def show(number: int, result: AnswerResult) -> None:
    """One question with its answer, confidence and sentence."""
    with st.container(border=True):
        with st.container(key=f"data question {number}"):
            st.text(f"{number}. {result.question}")
        if result.answer is None:
            st.info(
                _("No answer in this passage (best guess: {score:.0%} sure).").format(
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


def as_csv(found: Sequence[AnswerResult]) -> str:
    out = io.StringIO()
    columns = ["question", "answer", "score", "start", "end", "evidence", "model"]
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(result.as_json() for result in found)
    return out.getvalue()
