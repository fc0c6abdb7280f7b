"""Translation: a text into one or several languages, aligned sentence by sentence."""

from __future__ import annotations

import hashlib

import streamlit as st

from core import tasks
from core.errors import PortalError
from core.inputs import texts
from core.inputs.languages import NAMES
from core.models import catalog
from core.tasks.translation.examples import EXAMPLES, Example
from core.tasks.translation.options import TranslationOptions
from core.tasks.translation.predictor import TranslationResult
from core.workers import reading
from pages._ui.kit import address, errors, i18n, layout, options
from pages._ui.kit.i18n import _
from pages._ui.kit.state import Kept, session
from pages._ui.models import picker
from pages._ui.predict import aligned, inputs, notes, results

APPLICATION, AUTO = tasks.find("translation"), "auto"


class Translated:
    """What the page remembers besides its widgets."""

    example: Kept[str] = Kept(str)
    """Name of the example whose languages were set."""
    last: Kept[tuple[str, str, str] | None] = Kept(lambda: None)
    """Source, target and output of the last translation: what swapping turns round."""


memory = Translated()


def swap(text_key: str) -> None:
    """Turn the direction round; what was translated last becomes the text."""
    source, targets = st.session_state["source"], st.session_state["targets"]
    if memory.last:
        old, st.session_state["source"], st.session_state[text_key] = memory.last
        st.session_state["targets"] = [old]
    elif source != AUTO and targets:
        st.session_state["source"], st.session_state["targets"] = targets[0], [source]


def file_key() -> str:
    """Of the uploader; a click on an example changes it, which empties the uploader."""
    return f"text file {session.uploads}"


def pick_example() -> Example:
    """The example clicked last. A click also sets the languages it is meant for."""
    titles = [_(example.title) for example in EXAMPLES]
    uploaded = bool(st.session_state.get(file_key()))
    names = [e.name for e in EXAMPLES]
    example = EXAMPLES[inputs.choose_example(names, titles, own=uploaded)]
    if memory.example != example.name:
        first = not memory.example
        memory.example, memory.last = example.name, None
        if not (first and st.query_params.get_all("targets")):  # a link brings its own
            st.session_state["targets"] = list(example.targets)
        if not first:
            st.session_state["source"] = AUTO
    return example


def languages(text_key: str) -> tuple[str, list[str]]:
    """Source, swap button, targets in one row."""
    titles = TranslationOptions.model_fields["source"].json_schema_extra["titles"]
    left, middle, right = st.columns([3, 1, 4], vertical_alignment="bottom")
    with left:
        source = address.menu(
            _("From"),
            [AUTO, *NAMES],
            key="source",
            default=AUTO,
            title=lambda code: _(titles[code]),
        )
    middle.button(
        "⇄", help=_("Swap the languages"), on_click=swap, args=(text_key,), width="stretch"
    )
    with right:
        targets = address.several(
            _("Into (several at once)"), list(NAMES), key="targets", title=lambda c: _(NAMES[c])
        )
    return source, targets


def ask(example: Example) -> tuple[str, str, list[str]] | None:
    """Text, source and targets as chosen; a file's content can be edited like a typed text. None while it is read."""
    upload = st.file_uploader(
        _("Text from a file (txt, md)"),
        type=["txt", "md"],
        key=file_key(),
    )
    name, start = example.name, example.text
    if upload:
        content = inputs.decoded(upload, reading.text, "text")
        if content is None:
            return None
        if isinstance(content, PortalError):
            errors.show(content)
        else:
            words, noted = content
            notes.show(noted)
            name, start = upload.file_id, words
    text_key = f"text {name}"
    st.session_state.setdefault(text_key, start)
    source, targets = languages(text_key)
    return (
        st.text_area(_("Text: type or paste your own"), height=200, key=text_key),
        source,
        targets,
    )


def translate(
    model: str | None, text: str, targets: list[str], chosen: TranslationOptions, own: bool
) -> None:
    """A translation into every target; a target that does not work out says why. None where `model` is None."""
    try:
        text = texts.clean(text)
    except PortalError as error:
        errors.show(error)
        return
    if not targets:
        st.info(_("Choose at least one language to translate into."))
    digest = hashlib.sha256(text.encode()).hexdigest()
    for target in targets if model is not None else []:
        wanted = chosen.model_copy(update={"target": target})
        name = f"predict {target}"
        found = results.answers(
            APPLICATION, model, [text], [digest], wanted, name=name, shared=not own
        )
        for result in results.good(found or []):
            show(result)
            memory.last = (result.source, result.target, result.output)


def show(result: TranslationResult) -> None:
    """One target language: text, aligned sentences, other versions, downloads."""
    st.subheader(f"{_(NAMES[result.source])} → {_(NAMES[result.target])}")
    aligned.show(result.output, result.sentences, result.alternatives, key=result.target)
    results.made_by(result)
    name = f"translation-{result.source}-{result.target}"
    table = APPLICATION.predicting().table([name], [result], i18n.current())
    aligned.downloads(result.output, table, name)


side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
    chosen = options.form(
        APPLICATION, catalog.find(model) if model else None, source=AUTO, target="en"
    )
with stage:
    example = pick_example()
    if asked := ask(example):
        text, source, targets = asked
        chosen = chosen.model_copy(update={"source": source})
        translate(model, text, targets, chosen, own=text != example.text)
    layout.explanation(APPLICATION)
