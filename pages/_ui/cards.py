"""The live thumbnails on the home page: one example per application, answered by the installed models.

All are computed one after the other in one background thread, once for all visitors.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from core import catalog, images, samples, task, tasks, weights
from core.errors import PortalError
from core.progress import Progress
from core.samples import Sample
from core.task import Result
from pages._ui.i18n import _, current
from pages._ui.work import Work

log = logging.getLogger("portal")
Answers = dict[str, tuple[Any, list[Result | PortalError]]]


@st.cache_resource(show_spinner=False)
def _answers(ready: tuple[str, ...]) -> tuple[Work, Answers]:
    """Answers by task; fills up while the thread works. New when other models become ready."""
    answers: Answers = {}
    work = Work("cards", Progress())
    work.start(lambda progress: _fill(answers, ready, progress))
    return work, answers


def _fill(answers: Answers, ready: Sequence[str], progress: Progress) -> None:
    for name in ready:
        shown = EXAMPLES[name][0]()
        try:
            results = tasks.predict(name, shown, task.find(name).parse({}), progress=progress)
        except PortalError as error:
            log.warning("%s: the example was not answered: %s", name, error, exc_info=error)
            results = [error]
        answers[name] = (shown, results)


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
    shown, results = answers[name]
    if isinstance(results[0], PortalError):
        st.caption(_("The example could not be answered just now."))
    else:
        with st.container(key=f"data card {name}"):
            EXAMPLES[name][1](shown, results)
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


def _classified(shown: Any, results: list[Any]) -> None:
    st.image(images.thumbnail(shown[0]), width="stretch")
    top = results[0].labels[0]
    name = _chinese("image_classification")[top.index] if current() == "zh" else top.label
    st.markdown(f"**{name}** · {top.score:.0%}")


def _detected(shown: Any, results: list[Any]) -> None:
    from core.tasks.object_detection.draw import draw

    names = _chinese("object_detection") if current() == "zh" else {}
    st.image(images.thumbnail(draw(shown[0], results[0].boxes, names)), width="stretch")
    found = {names.get(box.label, box.label) for box in results[0].boxes}
    st.markdown(" · ".join(f"**{name}**" for name in sorted(found)))


def _faces(_shown: Any, results: list[Any]) -> None:
    from core.tasks.face_generation.media import strip

    rows = [[r.png for r in results[i : i + 4]] for i in (0, 4)]
    for row in rows:
        st.image(strip(row, results[0].model, ""), width="stretch")


def _translated(shown: Any, results: list[Any]) -> None:
    st.markdown(f"{shown[0]}  \n→ **{results[0].output}**")


def _judged(shown: Any, results: list[Any]) -> None:
    for text, result in zip(shown, results, strict=True):
        mark = {"positive": "🟢", "negative": "🔴"}.get(result.label, "⚪")
        st.markdown(f"{mark} {text}")


def _answered(shown: Any, results: list[Any]) -> None:
    st.markdown(f"{shown[0].text}  \n→ **{results[0].answer or '–'}**")


EXAMPLES: dict[str, tuple[Callable[[], list[Any]], Callable[[Any, list[Any]], None]]] = {
    "image_classification": (_photograph(samples.CHELSEA), _classified),
    "object_detection": (_photograph(samples.ZIDANE), _detected),
    "face_generation": (_recipe_examples("face_generation", 8), _faces),
    "translation": (_recipe_examples("translation", 1), _translated),
    "sentiment": (_recipe_examples("sentiment", 3), _judged),
    "question_answering": (_recipe_examples("question_answering", 1), _answered),
}
"""For each application: what its model is asked, and how the answer is drawn."""
