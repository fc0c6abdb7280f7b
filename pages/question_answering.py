"""Question answering: several questions about one passage, each answer marked in it."""

from __future__ import annotations

import hashlib
import json

import streamlit as st

from core import tasks
from core.errors import PortalError
from core.inputs import tables, texts
from core.models import catalog
from core.tasks.input_kinds import Question
from core.tasks.question_answering.examples import EXAMPLES, Example
from core.tasks.question_answering.options import ReadingOptions
from core.tasks.question_answering.predictor import AnswerResult
from core.workers import reading
from pages._ui.kit import errors, layout, options
from pages._ui.kit.i18n import _, current
from pages._ui.kit.state import session
from pages._ui.models import picker
from pages._ui.predict import answers, inputs, notes, results

APPLICATION = tasks.find("question_answering")


def ask() -> tuple[str, list[str], Example | None] | None:
    """Passage and questions as typed, and the example they are, if they are one; None while a file is read."""
    upload = st.file_uploader(
        _("Passage from a file (txt, md, pdf, docx)"),
        type=[suffix[1:] for suffix in APPLICATION.input.suffixes],
        key=f"document {session.uploads}",
    )
    titles = [_(example.title) for example in EXAMPLES]
    chosen = inputs.choose_example([e.name for e in EXAMPLES], titles, own=bool(upload))
    example: Example | None = EXAMPLES[chosen]
    source, passage, questions = example.name, example.passage, "\n".join(example.questions)
    if upload:
        found = inputs.decoded(upload, reading.document, "document")
        if found is None:
            return None
        if isinstance(found, PortalError):
            errors.show(found)
        else:
            text, noted = found
            notes.show(noted)
            source, passage, questions, example = upload.file_id, text, "", None
    passage = st.text_area(
        _("Passage: type or paste your own"), passage, height=220, key=f"passage {source}"
    )
    questions = st.text_area(
        _("Questions, one per line"), questions, height=150, key=f"questions {source}"
    )
    lines = [line for line in texts.lines(questions) if line.strip()]
    untouched = example and (passage, tuple(lines)) == (example.passage, example.questions)
    return passage, lines, example if untouched else None


def answer(
    model: str | None,
    chosen: ReadingOptions,
    passage: str,
    lines: list[str],
    example: Example | None,
) -> None:
    """Ask the model and show what it found; a text that cannot be used is named instead."""
    try:
        texts.clean(passage, _("The passage"))
        asked = [Question(passage, texts.clean(line, _("The question"))) for line in lines]
    except PortalError as error:
        errors.show(error)
        return
    if not asked:
        st.info(_("Type a question to begin."))
    if model is None or not asked:
        return
    digests = [hashlib.sha256(f"{q.passage}\0{q.text}".encode()).hexdigest() for q in asked]
    found = results.answers(APPLICATION, model, asked, digests, chosen, shared=example is not None)
    if good := results.good(found or []):
        show(passage, good)


def show(passage: str, good: list[AnswerResult]) -> None:
    """The answers in the passage and one by one, and as files."""
    with st.container(key="data passage"):
        st.html(answers.marked(passage, good))
    for number, result in enumerate(good, 1):
        answers.show(number, result)
    results.made_by(good[0])
    with st.container(horizontal=True):
        rows = [json.dumps(r.as_json(), ensure_ascii=False) for r in good]
        results.download("JSON", "\n".join(rows) + "\n", "answers.jsonl", "application/json")
        table = APPLICATION.predicting().table([r.question for r in good], good, current())
        csv = tables.write(table.columns, table.rows)
        results.download("CSV", csv, "answers.csv", "text/csv")


side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
    chosen = options.form(APPLICATION, catalog.find(model) if model else None)
with stage:
    if asked := ask():
        answer(model, chosen, *asked)
    layout.explanation(APPLICATION)
