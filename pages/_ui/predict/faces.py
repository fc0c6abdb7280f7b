"""The panels of the face generation page: examples, grid, one face closer, interpolation, walk."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st
from core.tasks.face_generation.predict import FaceResult

from core import tasks
from core.errors import N_
from core.models import weights
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.settings import settings
from core.tasks.face_generation import media
from core.tasks.face_generation.latent import SEEDS, LatentPoint, along
from core.tasks.face_generation.latent import between as way
from core.tasks.face_generation.options import FaceOptions
from pages._ui.kit import work
from pages._ui.kit.i18n import _
from pages._ui.predict import results

TASK = tasks.find("face_generation")
EXAMPLES: tuple[tuple[str, dict[str, Any]], ...] = (
    (N_("Sixteen people"), {"seed": 0, "count": 16, "truncation": 1.0}),
    (N_("Close to average"), {"seed": 100, "count": 16, "truncation": 0.7}),
    (N_("Far from average"), {"seed": 200, "count": 16, "truncation": 1.4}),
    (N_("A crowd"), {"seed": 300, "count": 36, "truncation": 1.0}),
)
FACE_WIDTH = 104


def quick(entry: ModelEntry) -> bool:
    """Whether a dozen faces cost no more than a moment."""
    return "count" not in entry.option_bounds


def few(entry: ModelEntry) -> dict[str, int]:
    """How many faces a slow model is asked for: a choice of its own, at first one."""
    if quick(entry):
        return {}
    field = TASK.predicting().options.model_fields["count"]
    low, high = (int(bound) for bound in entry.option_bounds["count"] or (1, 1))
    label, help_text = _(field.title or ""), _(field.description or "")
    chosen = st.slider(label, low, high, low, help=help_text, key="few", bind="query-params")
    return {"count": chosen}


def draw(
    entry: ModelEntry, points: Sequence[LatentPoint], chosen: FaceOptions, name: str
) -> list[FaceResult]:
    """The faces at `points`; nothing while the model works. Which options named the points does not
    matter for the answer, so that the same face is never drawn twice."""
    options = chosen.model_copy(update={"seed": 0, "count": 1})
    key = results.fingerprint_of(TASK, entry.id, [repr(point) for point in points], options)
    found = work.run(
        f"faces {name}",
        key,
        partial(_predict, entry, points, options),
        shared=name == "grid" and _is_example(chosen),
        limited=False,  # each call in it is
    )
    return results.good(found or [])


def _predict(
    entry: ModelEntry, points: Sequence[LatentPoint], options: FaceOptions, progress: Progress
) -> list[Any]:
    """All at once by a quick model; one by one by a slow one, where every face has its own time."""
    batches = [points] if quick(entry) else [[point] for point in points]
    found: list[Any] = []
    for i, batch in enumerate(batches):

        def report(done: float, total: float | None, note: str, start: int = i) -> None:
            share = done / total if total else 0.0
            progress.step(round(start + share, 2), len(batches), note)

        part = replace(
            progress,
            report=report if len(batches) > 1 else progress.report,
            seconds=settings().time_limit_s,
            started=time.monotonic(),
        )
        found += tasks.predict(TASK.name, batch, options, model=entry.id, progress=part)
    return found


def picture(png: bytes, caption: str | None = None) -> None:
    """A face as it is: shown as a JPEG, which is the default, it would lose what says that it was made by
    a model."""
    st.image(png, caption, width="stretch", output_format="PNG")


def _is_example(chosen: FaceOptions) -> bool:
    return any(all(getattr(chosen, k) == v for k, v in values.items()) for _t, values in EXAMPLES)


def _take(values: dict[str, Any]) -> None:
    st.session_state.update(values)


def examples(entry: ModelEntry) -> None:
    """Settings worth a look, each with its first face; a click moves the sliders there."""
    if not quick(entry):
        return
    files = weights.manifest(entry.weights[0]).get("files")
    first = work.run("face examples", f"{entry.id} {files}", partial(_first, entry), shared=True)
    st.caption(_("Or click an example"))
    with st.container(horizontal=True, gap="small"):
        for i, (title, values) in enumerate(EXAMPLES):
            with st.container(width=110, gap="small"):
                if first:
                    picture(first[i])
                st.button(
                    _(title), key=f"example {i}", on_click=_take, args=(values,), width="stretch"
                )


def _first(entry: ModelEntry, progress: Progress) -> list[bytes]:
    """The first face of each example, drawn one by one: each has its own truncation."""
    faces = []
    for _title, values in EXAMPLES:
        options = TASK.parse(values)
        point = LatentPoint(options.seed)
        faces += tasks.predict(TASK.name, [point], options, model=entry.id, progress=progress)
    return [face.png for face in faces]


def picked(chosen: FaceOptions) -> list[int]:
    """The seeds of the two faces clicked last, the latest first; at first those of the grid."""
    clicked = st.session_state.get("picked faces", [])
    return [*clicked, *(s for s in (chosen.seed, chosen.seed + 1) if s not in clicked)][:2]


def _pick(seed: int, chosen: FaceOptions) -> None:
    st.session_state["picked faces"] = [seed, *(s for s in picked(chosen) if s != seed)][:2]


def grid(entry: ModelEntry, chosen: FaceOptions) -> list[FaceResult]:
    """The faces with a button each; a click looks closer at one and makes it one of the pair."""
    points = [LatentPoint(seed) for seed in range(chosen.seed, chosen.seed + chosen.count)]
    drawn = draw(entry, points, chosen, "grid")
    if not drawn:
        return []
    marks = dict(zip(picked(chosen), ("①", "②"), strict=False))
    with st.container(horizontal=True, gap="small", key="faces"):
        for face in drawn:
            with st.container(width=FACE_WIDTH, gap="small"):
                picture(face.png)
                st.button(
                    f"{marks.get(face.seed, '')} {face.seed}",
                    key=f"face {face.seed}",
                    on_click=_pick,
                    args=(face.seed, chosen),
                    type="primary" if face.seed in marks else "secondary",
                    width="stretch",
                )
    st.caption(
        _("Click a face to look closer. The two clicked last, ① and ②, are the pair to go between.")
    )
    results.made_by(drawn[0])
    files = tuple((f"{entry.id}-{face.seed}.png", face.png) for face in drawn)
    results.download(_("All as ZIP"), _archive(files), f"{entry.id}.zip", "application/zip")
    return drawn


def closer(entry: ModelEntry, chosen: FaceOptions, drawn: Sequence[FaceResult]) -> None:
    """The face clicked last, enlarged; from a diffusion model also how it came out of the noise."""
    seed = picked(chosen)[0]
    known = [face for face in drawn if face.seed == seed]
    for face in known or draw(entry, [LatentPoint(seed)], chosen, "closer"):
        with st.container(width=384):
            picture(face.png, _("Seed {seed}").format(seed=seed))
        with st.container(horizontal=True):
            results.download("PNG", face.png, f"{entry.id}-{seed}.png", "image/png")
            if face.stages:
                stages = (*face.stages, face.png)
                name = f"{entry.id}-{seed}-denoising"
                results.download(
                    "GIF", _gif(stages, entry.id, str(seed)), f"{name}.gif", "image/gif"
                )
        if face.stages:
            st.markdown(_("**From noise to face**"))
            picture(_strip(stages, entry.id, str(seed)))


def between(entry: ModelEntry, chosen: FaceOptions, drawn: Sequence[FaceResult]) -> None:
    """The way between the two picked faces as a strip and an animation."""
    second, first = picked(chosen)
    most = 32 if quick(entry) else 4
    count = st.slider(_("Pictures on the way"), 3, most, min(12, most), key="frames")
    st.caption(_("From ② (seed {first}) to ① (seed {second})").format(first=first, second=second))
    faces = draw(entry, way(first, second, count), chosen, "between")
    if not faces:
        return
    pictures, origin = tuple(face.png for face in faces), f"{first} to {second}"
    strip, gif = _strip(pictures, entry.id, origin), _gif(pictures, entry.id, origin, True)
    picture(strip)
    with st.container(width=256):
        st.image(gif, width="stretch", caption=_("There and back, endlessly"))
    results.made_by(faces[0])
    with st.container(horizontal=True):
        name = f"{entry.id}-{first}-{second}"
        results.download("GIF", gif, f"{name}.gif", "image/gif")
        results.download(_("Strip"), strip, f"{name}.png", "image/png")


def _new_direction() -> None:
    st.session_state["direction"] = random.randrange(10_000)


def walk(entry: ModelEntry, chosen: FaceOptions, drawn: Sequence[FaceResult]) -> None:
    """The face clicked last, turned by a slider into a random latent direction."""
    seed = picked(chosen)[0]
    left, right = st.columns(2)
    with left:
        angle = st.slider(_("Degrees along the direction"), -90, 90, 30, step=5, key="degrees")
    with right:
        number = st.number_input(_("Direction"), 0, SEEDS - 1, 1, key="direction")
        st.button("🎲 " + _("New direction"), on_click=_new_direction, key="new direction")
    faces = draw(entry, along(seed, int(number), [0, angle]), chosen, "walk")
    if not faces:
        return
    captions = (_("Seed {seed}").format(seed=seed), f"{angle:+d}°")
    with st.container(horizontal=True):
        for face, caption in zip(faces, captions, strict=True):
            with st.container(width=256):
                st.image(face.png, width="stretch", caption=caption)
    results.made_by(faces[-1])
    file = f"{entry.id}-{seed}-{number}-{angle}.png"
    results.download("PNG", faces[-1].png, file, "image/png")


@st.cache_data(show_spinner=False, max_entries=64)
def _archive(files: tuple[tuple[str, bytes], ...]) -> bytes:
    return media.archive(dict(files))


@st.cache_data(show_spinner=False, max_entries=64)
def _strip(faces: tuple[bytes, ...], model: str, origin: str) -> bytes:
    return media.strip(faces, model, origin)


@st.cache_data(show_spinner=False, max_entries=64)
def _gif(faces: tuple[bytes, ...], model: str, origin: str, back: bool = False) -> bytes:
    return media.gif(faces, model, origin, back=back)
