"""Face generation: a grid of faces from seeds; one of them closer, a way between two, a walk in latent space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import cast

import streamlit as st

from core import tasks
from core.errors import N_
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.tasks.face_generation import latent, media
from core.tasks.face_generation.generate import generate, is_quick
from core.tasks.face_generation.latent import LatentPoint
from core.tasks.face_generation.options import FaceOptions
from core.tasks.face_generation.predictor import FaceResult
from pages._ui.kit import address, background, layout, options
from pages._ui.kit.i18n import _
from pages._ui.models import picker
from pages._ui.predict import generated, results

APPLICATION = tasks.find("face_generation")
EXAMPLES: tuple[tuple[str, dict[str, float]], ...] = (
    (N_("Sixteen people"), {"seed": 0, "count": 16, "truncation": 1.0}),
    (N_("Close to average"), {"seed": 100, "count": 16, "truncation": 0.7}),
    (N_("Far from average"), {"seed": 200, "count": 16, "truncation": 1.4}),
    (N_("A crowd"), {"seed": 300, "count": 36, "truncation": 1.0}),
)
Panel = Callable[[ModelEntry, FaceOptions, Sequence[FaceResult]], None]


def few(entry: ModelEntry) -> dict[str, int]:
    """How many faces a slow model is asked for: a choice of its own, at first one."""
    if is_quick(entry):
        return {}
    field = FaceOptions.model_fields["count"]
    low, high = (int(bound) for bound in entry.option_bounds["count"] or (1, 1))
    label, help_text = _(field.title or ""), _(field.description or "")
    count = st.slider(label, low, high, low, help=help_text, key="few", bind="query-params")
    return {"count": count}


def faces(
    entry: ModelEntry,
    points: Sequence[LatentPoint],
    chosen: FaceOptions,
    panel: str,
    *,
    shared: bool = False,
) -> list[FaceResult]:
    """The faces at `points`; nothing while the model works. Which options named the points does not
    matter for the answer, so that the same face is never generated twice."""
    alike = chosen.model_copy(update={"seed": 0, "count": 1})
    key = results.fingerprint_of(APPLICATION, entry.id, [repr(point) for point in points], alike)
    found = background.run(
        f"faces {panel}",
        key,
        partial(generate, entry, points, alike),
        shared=shared,
        limited=False,  # each call in it is
    )
    return results.good(found or [])


def examples(entry: ModelEntry) -> None:
    """Settings worth a look, each with its first face."""
    files = weights.manifest(entry.weights[0]).get("files")
    first = background.run(
        "face examples", f"{entry.id} {files}", partial(_first, entry), shared=True
    )
    titles, values = [_(title) for title, _values in EXAMPLES], [v for _title, v in EXAMPLES]
    generated.examples(titles, values, first)


def _first(entry: ModelEntry, progress: Progress) -> list[bytes]:
    """The first face of each example, one by one: each has its own truncation."""
    found: list[FaceResult] = []
    for _title, values in EXAMPLES:
        setting = FaceOptions.model_validate(values)
        point = LatentPoint(setting.seed)
        found += tasks.predict(
            APPLICATION.name, [point], setting, model=entry.id, progress=progress
        )
    return [face.png for face in found]


def grid(entry: ModelEntry, chosen: FaceOptions) -> list[FaceResult]:
    """The faces of the seeds asked for; nothing while the model works."""
    points = [LatentPoint(seed) for seed in range(chosen.seed, chosen.seed + chosen.count)]
    found = faces(entry, points, chosen, "grid", shared=_is_example(chosen))
    if found:
        generated.grid(found, chosen.seed)
        st.caption(
            _(
                "Click a face to look closer. The two clicked last, ① and ②, are the pair to go between."
            )
        )
        results.made_by(found[0])
        files = tuple((f"{entry.id}-{face.seed}.png", face.png) for face in found)
        results.download(_("All as ZIP"), _archive(files), f"{entry.id}.zip", "application/zip")
    return found


def _is_example(chosen: FaceOptions) -> bool:
    return any(all(getattr(chosen, k) == v for k, v in values.items()) for _t, values in EXAMPLES)


def closer(entry: ModelEntry, chosen: FaceOptions, shown: Sequence[FaceResult]) -> None:
    """The face clicked last, enlarged; from a diffusion model also how it came out of the noise."""
    seed = generated.picked(chosen.seed)[0]
    known = [face for face in shown if face.seed == seed]
    for face in known or faces(entry, [LatentPoint(seed)], chosen, "closer"):
        stages = (*face.stages, face.png)
        with st.container(width=384):
            generated.image(face.png, _("Seed {seed}").format(seed=seed))
        with st.container(horizontal=True):
            results.download("PNG", face.png, f"{entry.id}-{seed}.png", "image/png")
            if face.stages:
                gif, name = _gif(stages, entry.id, str(seed)), f"{entry.id}-{seed}-denoising.gif"
                results.download("GIF", gif, name, "image/gif")
        if face.stages:
            st.markdown(_("**From noise to face**"))
            generated.image(_strip(stages, entry.id, str(seed)))


def between(entry: ModelEntry, chosen: FaceOptions, shown: Sequence[FaceResult]) -> None:
    """The way between the two picked faces as a strip and an animation."""
    second, first = generated.picked(chosen.seed)
    most = 32 if is_quick(entry) else 4
    count = st.slider(_("Images on the way"), 3, most, min(12, most), key="frames")
    st.caption(_("From ② (seed {first}) to ① (seed {second})").format(first=first, second=second))
    found = faces(entry, latent.between(first, second, count), chosen, "between")
    if not found:
        return
    frames, origin = tuple(face.png for face in found), f"{first} to {second}"
    strip, gif = _strip(frames, entry.id, origin), _gif(frames, entry.id, origin, True)
    generated.image(strip)
    with st.container(width=256):
        st.image(gif, width="stretch", caption=_("There and back, endlessly"))
    results.made_by(found[0])
    with st.container(horizontal=True):
        name = f"{entry.id}-{first}-{second}"
        results.download("GIF", gif, f"{name}.gif", "image/gif")
        results.download(_("Strip"), strip, f"{name}.png", "image/png")


def walk(entry: ModelEntry, chosen: FaceOptions, shown: Sequence[FaceResult]) -> None:
    """The face clicked last, turned by a slider into a random latent direction."""
    seed = generated.picked(chosen.seed)[0]
    left, right = st.columns(2)
    with left:
        angle = st.slider(_("Degrees along the direction"), -90, 90, 30, step=5, key="degrees")
    with right:
        number = st.number_input(_("Direction"), 0, latent.SEEDS - 1, 1, key="direction")
        generated.random_number(_("New direction"), "direction", 10_000)
    found = faces(entry, latent.along(seed, int(number), [0, angle]), chosen, "walk")
    if not found:
        return
    captions = (_("Seed {seed}").format(seed=seed), f"{angle:+d}°")
    with st.container(horizontal=True):
        for face, caption in zip(found, captions, strict=True):
            with st.container(width=256):
                generated.image(face.png, caption)
    results.made_by(found[-1])
    file = f"{entry.id}-{seed}-{number}-{angle}.png"
    results.download("PNG", found[-1].png, file, "image/png")


@st.cache_data(show_spinner=False, max_entries=64)
def _archive(files: tuple[tuple[str, bytes], ...]) -> bytes:
    return media.archive(dict(files))


@st.cache_data(show_spinner=False, max_entries=64)
def _strip(images: tuple[bytes, ...], model: str, origin: str) -> bytes:
    return media.strip(images, model, origin)


@st.cache_data(show_spinner=False, max_entries=64)
def _gif(images: tuple[bytes, ...], model: str, origin: str, back: bool = False) -> bytes:
    return media.gif(images, model, origin, back=back)


PANELS: dict[str, tuple[str, Panel]] = {
    "closer": ("🔍 " + _("Closer"), closer),
    "between": ("↔️ " + _("Between two"), between),
    "walk": ("🧭 " + _("Walk"), walk),
}
side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
    entry = catalog.find(model) if model else None
    count = few(entry) if entry else {}
    chosen = cast(FaceOptions, options.form(APPLICATION, entry, **count))
    generated.random_number(_("New seed"), "seed", 1_000_000, width="stretch")
with stage:
    if entry:
        if is_quick(entry):
            examples(entry)
        # the menu is there even while the faces are generated, so that a link to a panel holds
        above = st.container()
        panel = address.menu(
            _("Look closer"),
            list(PANELS),
            key="view",
            default="closer",
            title=lambda code: PANELS[code][0],
            widget=st.segmented_control,
            required=True,
        )
        with above:
            shown = grid(entry, chosen)
        if shown:
            PANELS[panel][1](entry, chosen, shown)
        st.caption(
            _(
                "The people do not exist. Every file says in its metadata that a model made it "
                "(IPTC: trainedAlgorithmicMedia)."
            )
        )
    layout.explanation(APPLICATION, entry.family if entry else "")
