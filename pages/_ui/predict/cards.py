"""The live thumbnails on the home page: one example per application, answered by the installed models.

All are computed one after the other in one background thread, once for all visitors.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core import tasks
from core.data import samples
from core.data.samples import Sample
from core.errors import PortalError
from core.inputs import images
from core.models import catalog, weights
from core.progress import Progress
from core.serving import task
from core.serving.task import Result
from pages._ui.kit.i18n import LANGUAGES, _, current
from pages._ui.kit.work import Work

log = logging.getLogger("portal")


@dataclass(frozen=True)
class Card:
    """What a card shows: `given` makes the inputs, `words` draws what is said of the answers, `pictures`
    are drawn before, for one language."""

    given: Callable[[], list[Any]]
    words: Callable[[list[Any], list[Any]], None] = lambda _given, _results: None
    pictures: Callable[[list[Any], list[Any], str], list[bytes]] = lambda *_: []


@dataclass(frozen=True)
class Answered:
    """`pictures` by language."""

    given: list[Any]
    results: list[Result | PortalError]
    pictures: dict[str, list[bytes]]


Answers = dict[str, Answered]


@st.cache_resource(show_spinner=False)
def _answers(ready: tuple[str, ...]) -> tuple[Work, Answers]:
    """Answers by task; fills up while the thread works. New when other models become ready."""
    answers: Answers = {}
    work = Work("cards", Progress())
    work.start(lambda progress: _fill(answers, ready, progress))
    return work, answers


def _fill(answers: Answers, ready: Sequence[str], progress: Progress) -> None:
    for name in ready:
        card = CARDS[name]
        given, pictures = card.given(), {}
        try:
            results = tasks.predict(name, given, task.find(name).parse({}), progress=progress)
            if not isinstance(results[0], PortalError):
                pictures = {code: card.pictures(given, results, code) for code in LANGUAGES}
        except PortalError as error:
            log.warning("%s: the example was not answered: %s", name, error, exc_info=error)
            results = [error]
        answers[name] = Answered(given, results, pictures)


def ready_tasks() -> tuple[str, ...]:
    """The applications that have a model (and, for pictures, the photographs) on this computer."""
    photographs = weights.is_ready(samples.PHOTOGRAPHS)
    return tuple(
        one.name
        for one in task.tasks()
        if (photographs or one.input != "image")
        and any(
            all(map(weights.is_ready, entry.weights))
            for entry in catalog.entries(one.name)
            if not entry.niche
        )
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
    known = answers[name]
    if isinstance(known.results[0], PortalError):
        st.caption(_("The example could not be answered just now."))
    else:
        with st.container(key=f"data card {name}"):
            for picture in known.pictures[current()]:
                kind = "PNG" if name == "face_generation" else "JPEG"  # see `faces.picture`
                st.image(picture, width="stretch", output_format=kind)
            CARDS[name].words(known.given, known.results)
    return True


def _photograph(sample: Sample) -> Callable[[], list[Any]]:
    return lambda: [images.decode(sample.path.read_bytes(), sample.file.name)]


def _recipe_examples(name: str, count: int) -> Callable[[], list[Any]]:
    return lambda: task.resolve(f"core.tasks.{name}.recipe:examples")()[:count]


@cache
def _chinese(name: str) -> Any:
    """The application's class names in Chinese."""
    path = Path(tasks.__file__).parent / name / "labels_zh.json"
    return json.loads(path.read_text("utf-8"))


def _photographed(given: list[Any], _results: list[Any], _language: str) -> list[bytes]:
    return [images.jpeg(images.thumbnail(given[0]))]


def _classified(_given: list[Any], results: list[Any]) -> None:
    top = results[0].labels[0]
    name = _chinese("image_classification")[top.index] if current() == "zh" else top.label
    st.markdown(f"**{name}** · {top.score:.0%}")


def _boxed(given: list[Any], results: list[Any], language: str) -> list[bytes]:
    from core.tasks.object_detection.draw import draw

    boxed = draw(given[0], results[0].boxes, _boxes_named(language))
    return [images.jpeg(images.thumbnail(boxed))]


def _boxes_named(language: str) -> dict[str, str]:
    return _chinese("object_detection") if language == "zh" else {}


def _detected(_given: list[Any], results: list[Any]) -> None:
    names = _boxes_named(current())
    found = {names.get(box.label, box.label) for box in results[0].boxes}
    st.markdown(" · ".join(f"**{name}**" for name in sorted(found)))


def _faces(_given: list[Any], results: list[Any], _language: str) -> list[bytes]:
    from core.tasks.face_generation.media import strip

    rows = [[r.png for r in results[i : i + 4]] for i in (0, 4)]
    return [strip(row, results[0].model, "") for row in rows]


def _translated(given: list[Any], results: list[Any]) -> None:
    st.markdown(f"{given[0]}  \n→ **{results[0].output}**")


def _judged(given: list[Any], results: list[Any]) -> None:
    for text, result in zip(given, results, strict=True):
        mark = {"positive": "🟢", "negative": "🔴"}.get(result.label, "⚪")
        st.markdown(f"{mark} {text}")


def _answered(given: list[Any], results: list[Any]) -> None:
    st.markdown(f"{given[0].text}  \n→ **{results[0].answer or '–'}**")


CARDS = {
    "image_classification": Card(_photograph(samples.CHELSEA), _classified, _photographed),
    "object_detection": Card(_photograph(samples.ZIDANE), _detected, _boxed),
    "face_generation": Card(_recipe_examples("face_generation", 8), pictures=_faces),
    "translation": Card(_recipe_examples("translation", 1), _translated),
    "sentiment": Card(_recipe_examples("sentiment", 3), _judged),
    "question_answering": Card(_recipe_examples("question_answering", 1), _answered),
}
