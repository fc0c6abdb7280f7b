"""Sentiment: one text, coloured sentence by sentence, or a whole column of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import streamlit as st

from core import tasks
from core.errors import PortalError
from core.inputs import tables, texts
from core.models import weights
from core.tasks.sentiment.catalog import ENGLISH_STARTER
from core.tasks.sentiment.examples import EXAMPLES, MANY
from core.tasks.sentiment.predictor import SentimentResult
from pages._ui.kit import address, layout
from pages._ui.kit.i18n import _, current
from pages._ui.models import fetching, picker
from pages._ui.predict import classified_texts, columns, inputs, results

APPLICATION = tasks.find("sentiment")
PREDICTION = APPLICATION.predicting()
LOOKS = classified_texts.Looks(
    name=lambda label: APPLICATION.class_names.name(label, current()),
    colours={"negative": "#d1495b", "neutral": "#8d99ae", "positive": "#2a9d8f"},
    marks={"negative": "🔴", "neutral": "⚪", "positive": "🟢"},
    signs={"negative": "−", "neutral": "○", "positive": "+"},
)

Answer = SentimentResult | PortalError


def judge(model: str, given: Sequence[str], *, each: bool, shared: bool) -> list[Answer]:
    """An answer or error per text; nothing while the model works or when it could not run."""
    cleaned = [clean(text) for text in given]
    good = [text for text in cleaned if isinstance(text, str)]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in good]
    asked = APPLICATION.parse({"sentences": each})
    found = results.answers(APPLICATION, model, good, digests, asked, shared=shared)
    if found is None:
        return []
    answers = iter(found)
    return [next(answers) if isinstance(text, str) else text for text in cleaned]


def clean(text: str) -> str | PortalError:
    try:
        return texts.clean(text)
    except PortalError as error:
        return error


def one(model: str | None) -> None:
    """A text area with examples; the text comes back coloured."""
    titles = [_(example.title) for example in EXAMPLES]
    example = EXAMPLES[inputs.choose_example([e.name for e in EXAMPLES], titles)]
    text = st.text_area(
        _("Text: type or paste your own"), example.text, height=180, key=f"text {example.name}"
    )
    field = PREDICTION.options.model_fields["sentences"]
    each = st.toggle(
        _(field.title or ""),
        value=True,
        help=_(field.description or ""),
        key="sentences",
        bind="query-params",
    )
    if model is None:
        return
    if not text.strip():
        st.info(_("Type a text or click an example to begin."))
        return
    for result in results.good(judge(model, [text], each=each, shared=text == example.text)):
        text = texts.clean(text)
        classified_texts.show(text, result, LOOKS)
        results.made_by(result)
        rows = results.as_json([result], [text])
        results.download("JSON", rows, "sentiment.jsonl", "application/json")


def many(model: str | None) -> None:
    """A column of texts: how the labels are distributed, each text with its answer, and a file."""
    asked = columns.ask(MANY)
    if asked is None or model is None:
        return
    table, cells = asked
    answers = judge(model, cells, each=False, shared=cells == list(MANY))
    if not answers:
        return
    classified_texts.distribution(answers, LOOKS)
    classified_texts.table(cells, answers, LOOKS)
    good = [(c, a) for c, a in zip(cells, answers, strict=True) if not isinstance(a, PortalError)]
    for result in {answer.model: answer for _cell, answer in good}.values():
        results.made_by(result)
    made = PREDICTION.table([c for c, _a in good], [a for _c, a in good], current())
    file = columns.answered(table, answers, made)
    results.download("CSV", tables.write(file.columns, file.rows), "sentiment.csv", "text/csv")


side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
    if model == "":  # Chinese comes with the code; English has to be fetched once
        state = weights.states([ENGLISH_STARTER])[ENGLISH_STARTER.id]
        fetching.offer(ENGLISH_STARTER.weights, state, key="english")
with stage:
    kinds = {"one": "📝 " + _("One text"), "many": "📊 " + _("Many texts")}
    kind = address.menu(
        _("Input"),
        list(kinds),
        key="kind",
        default="one",
        title=kinds.__getitem__,
        widget=st.segmented_control,
        required=True,
    )
    (many if kind == "many" else one)(model)
    layout.explanation(APPLICATION)
