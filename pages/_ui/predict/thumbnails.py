"""The live thumbnails on the home page: one example per application, answered by the installed models.

All are computed one after the other in one background thread, once for all visitors.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core import tasks
from core.errors import PortalError
from core.progress import Progress
from core.serving.predictor import Result
from core.tasks.application import Application, Thumbnail, Words
from pages._ui.kit import text
from pages._ui.kit.background import Work
from pages._ui.kit.i18n import LANGUAGES, _, current

log = logging.getLogger("portal")


@dataclass(frozen=True)
class Answered:
    """The thumbnail in each language; none where the example could not be answered."""

    thumbnails: dict[str, Thumbnail]


Answers = dict[str, Answered]


@st.cache_resource(show_spinner=False)
def _answers(ready: tuple[str, ...]) -> tuple[Work, Answers]:
    """Answers by application; fills up while the thread works. New when other models become ready."""
    answers: Answers = {}
    work = Work("thumbnails", partial(_fill, answers, ready), Progress())
    work.start()
    return work, answers


def _fill(answers: Answers, ready: Sequence[str], progress: Progress) -> None:
    for name in ready:
        answers[name] = Answered(_thumbnails(tasks.find(name), progress))


def _thumbnails(one: Application, progress: Progress) -> dict[str, Thumbnail]:
    prediction = one.predicting()
    given = prediction.examples()[: prediction.thumbnail_inputs]
    if not given:
        return dict.fromkeys(LANGUAGES, Thumbnail())
    try:
        results: list[Result | PortalError] = tasks.predict(
            one.name, given, one.parse({}), progress=progress
        )
        good = [result for result in results if isinstance(result, Result)]
        if len(good) == len(given):
            return {code: prediction.thumbnail(given, good, code) for code in LANGUAGES}
    except PortalError as error:
        log.warning("%s: the example was not answered: %s", one.name, error, exc_info=error)
    return {}


def ready_tasks() -> tuple[str, ...]:
    """The applications that have a model and an example on this computer."""
    return tuple(
        one.name
        for one in tasks.applications()
        if one.prediction and tasks.candidates(one.name) and one.prediction.examples_ready()
    )


def thumbnail(name: str, ready: tuple[str, ...]) -> bool:
    """Draw the card's example; True once there is nothing more to wait for."""
    if name not in ready:
        st.caption("📦 " + _("No model is on this computer yet: open the page to fetch one."))
        return True
    _work, answers = _answers(ready)
    if name not in answers:
        st.caption("⏳ " + _("The model is at work on an example …"))
        return False
    found = answers[name].thumbnails.get(current())
    if found is None:
        st.caption(_("The example could not be answered just now."))
        return True
    with st.container(key=f"data card {name}"):
        for image in found.images:
            st.image(image, width="stretch", output_format=found.format)
        for line in found.words:
            st.markdown(_marked(line))
    return True


def _marked(line: Words) -> str:
    """The line as Markdown: its words come from models, and from what was asked."""
    before, strong, after = (_kept_apart(part) for part in (line.before, line.strong, line.after))
    return f"{before}**{strong}**{after}" if strong else before + after


def _kept_apart(part: str) -> str:
    """Escaped, with the blanks that keep it apart from its neighbours."""
    return " " * part[:1].isspace() + text.plain(part) + " " * part[-1:].isspace()
