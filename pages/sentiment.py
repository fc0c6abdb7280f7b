"""Sentiment: one text, coloured sentence by sentence, or a whole column of texts."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.errors import PortalError
from core.inputs import texts
from core.models import weights
from core.tasks.sentiment.examples import EXAMPLES, MANY
from core.tasks.sentiment.models import ENGLISH_STARTER
from pages._ui.kit import address, layout
from pages._ui.kit.i18n import _
from pages._ui.models import fetching, picker
from pages._ui.predict import columns, inputs, moods, results

TASK = tasks.find("sentiment")


def one(model: str | None) -> None:
    """A text area with examples; the text comes back coloured."""
    titles = [_(example.title) for example in EXAMPLES]
    example = EXAMPLES[inputs.choose_example([e.name for e in EXAMPLES], titles)]
    text = st.text_area(
        _("Text: type or paste your own"), example.text, height=180, key=f"text {example.name}"
    )
    each = st.toggle(
        _(TASK.predicting().options.model_fields["sentences"].title or ""),
        value=True,
        help=_(TASK.predicting().options.model_fields["sentences"].description or ""),
        key="sentences",
        bind="query-params",
    )
    if model is None:
        return
    if not text.strip():
        st.info(_("Type a text or click an example to begin."))
        return
    for result in results.good(moods.judge(model, [text], each=each, shared=text == example.text)):
        moods.show(texts.clean(text), result)


def many(model: str | None) -> None:
    """A column of texts: how the labels are distributed, each text with its answer, and a file."""
    asked = columns.ask(MANY)
    if asked is None or model is None:
        return
    table, cells = asked
    answers = moods.judge(model, cells, each=False, shared=cells == list(MANY))
    if not answers:
        return
    moods.distribution(answers)
    moods.table(cells, answers)
    for result in {a.model: a for a in answers if not isinstance(a, PortalError)}.values():
        results.made_by(result)
    results.download("CSV", moods.as_csv(table, answers), "sentiment.csv", "text/csv")


side, stage = layout.columns()
with side:
    model = picker.model_picker(TASK)
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
    layout.explanation(TASK)
