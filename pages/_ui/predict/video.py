"""A video through a model that marks images: uploader, work with progress and cancel, the marked video, counts over
its seconds, and files to take home."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from core.data import samples
from core.errors import PortalError
from core.inputs import video
from core.models import catalog, weights
from core.progress import Progress
from core.serving.options import Options
from core.serving.predictor import Result
from core.settings import settings
from core.tasks.application import Application
from core.workers import reading
from pages._ui.kit import background, charts, errors
from pages._ui.kit.i18n import _, current
from pages._ui.predict import inputs, notes, results
from pages._ui.predict.marked import Marks

if TYPE_CHECKING:
    from core.tasks.frames import Watched

R = TypeVar("R", bound=Result)


def panel(
    application: Application,
    model: str | None,
    options: Options,
    marks: Marks[R],
    again: Callable[[R], R],
) -> None:
    """The whole panel. The network sees each frame once, with the usual options; `again` is a result under the
    chosen `options`, so that a slider only draws anew."""
    given = _given()
    if given is None or not model:
        return
    data, name = given
    asked = _fingerprint(model, data)
    usual = application.parse({})

    def detect(progress: Progress) -> Watched[R]:
        from core.tasks import frames

        return frames.predict(data, name, model, usual, progress)

    found = background.run("detect video", asked, detect, limited=False)
    if found is None:
        return
    look = json.dumps([asked, options.model_dump(mode="json"), current()])

    def draw(progress: Progress) -> tuple[bytes, list[R]]:
        shown = [again(result) for result in found.results]
        return _rendered(data, name, shown, marks, progress), shown

    drawn = background.run("draw video", look, draw, limited=False)
    if drawn is not None:
        _show(*drawn, found.starts, name, marks)
        notes.show(found.reading)


def _fingerprint(model: str, data: bytes) -> str:
    files = [weights.manifest(w).get("files") for w in catalog.find(model).weights]
    return json.dumps([model, files, hashlib.sha256(data).hexdigest()])


def _given() -> tuple[bytes, str] | None:
    """The video to look at: uploaded, or the example."""
    upload = st.file_uploader(
        _("A short video (MP4, MOV, AVI, MKV, WebM), at most {frames} frames").format(
            frames=settings().video_frames
        ),
        type=[suffix[1:] for suffix in video.SUFFIXES],
        key="video",
    )
    if upload:
        readable = inputs.decoded(upload, reading.video, "video")
        if isinstance(readable, PortalError):
            errors.show(readable)
        return (upload.getvalue(), upload.name) if readable is True else None
    if not samples.ready(samples.BUS):
        st.info(_("Upload a video to begin."))
        return None
    st.caption(
        _("No video at hand? This one pans over the bus photograph ({credit}, {licence}).").format(
            credit=samples.BUS.credit, licence=samples.BUS.licence.name
        )
    )
    if not st.toggle(_("Use the example video"), key="example video"):
        return None
    return _pan(str(samples.BUS.path)), "pan.mp4"


@st.cache_data(show_spinner=False)
def _pan(path: str) -> bytes:
    from core.tasks import frames

    return frames.pan(Path(path).read_bytes(), Path(path).name)


def _rendered(
    data: bytes, name: str, shown: Sequence[R], marks: Marks[R], progress: Progress
) -> bytes:
    from core.tasks import frames

    with TemporaryDirectory() as folder:
        target = Path(folder) / "boxes.mp4"
        frames.render(data, name, shown, lambda i, r: marks.draw(i, r, None), target, progress)
        return target.read_bytes()


def _show(
    annotated: bytes, shown: Sequence[R], starts: Sequence[float], name: str, marks: Marks[R]
) -> None:
    st.video(annotated, format="video/mp4", loop=True)
    classes = marks.total(shown)
    most = {c: max(marks.counts(r).get(c, 0) for r in shown) for c in classes}
    st.markdown(
        _("**{frames} frames.** Most in one frame: {most}").format(
            frames=len(shown), most=marks.in_words(most)
        )
    )
    _timeline(shown, starts, list(classes), marks)
    results.made_by(shown[len(shown) // 2])
    labelled = {f"{name} #{i} ({starts[i]:.3f} s)": result for i, result in enumerate(shown)}
    with st.container(horizontal=True):
        results.download(_("Video"), annotated, "boxes.mp4", "video/mp4")
        results.download(
            "JSON", results.as_json(shown, list(labelled)), "frames.jsonl", "application/x-ndjson"
        )
        results.download("CSV", marks.csv(labelled), "frames.csv", "text/csv")


def _timeline(
    shown: Sequence[R], starts: Sequence[float], classes: Sequence[str], marks: Marks[R]
) -> None:
    """How many things of each class there are over the seconds of the video."""
    rows = [
        {
            "second": start,
            "class": marks.name(c),
            "count": marks.counts(result).get(c, 0),
        }
        for start, result in zip(starts, shown, strict=True)
        for c in classes
    ]
    if rows:
        charts.timeline(rows, {marks.name(c): marks.colour(c) for c in classes}, y=_("boxes"))
