"""What the object detection page shows of its boxes, and its video panel."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import streamlit as st
from core.tasks.object_detection.export import to_csv, to_yolo_zip

from core.data import samples
from core.errors import PortalError
from core.inputs import images, video
from core.models import catalog, weights
from core.progress import Progress
from core.settings import settings
from core.tasks import object_detection
from core.tasks.object_detection.boxes import DetectionResult
from core.tasks.object_detection.draw import colour, draw
from core.tasks.object_detection.options import DetectionOptions
from pages._ui.kit import errors, text, work
from pages._ui.kit.i18n import _, current
from pages._ui.predict import inputs, results
from pages._ui.predict.inputs import Picture

Rendered = tuple[bytes, list[DetectionResult]]


@cache
def _chinese() -> dict[str, str]:
    path = Path(object_detection.__file__).parent / "labels_zh.json"
    return json.loads(path.read_text("utf-8"))


def names() -> Mapping[str, str]:
    """{English class name: the visitor's}; what is missing stays English."""
    return _chinese() if current() == "zh" else {}


def total(found: Sequence[DetectionResult]) -> dict[str, int]:
    """Boxes per class in all pictures, most frequent first."""
    return dict(sum((Counter(r.counts()) for r in found), Counter()).most_common())


def in_words(counts: Mapping[str, int]) -> str:
    """`2 × person, 1 × bus`, ready for Markdown: a model from elsewhere may call its classes anything."""
    known = names()
    return _(", ").join(f"{n} × {text.plain(known.get(c, c))}" for c, n in counts.items()) or _(
        "Nothing found at this confidence"
    )


def unique(labels: Sequence[str]) -> list[str]:
    """File names with a number where one occurs twice."""
    seen: Counter[str] = Counter()
    result = []
    for label in labels:
        seen[label] += 1
        result.append(label if seen[label] == 1 else f"{seen[label]} {label}")
    return result


def count_chart(counts: Mapping[str, int]) -> None:
    """A bar per class, in the colour of its boxes."""
    if not counts:
        return
    rows = [
        {"class": names().get(c, c), "count": n, "colour": _shade(c)} for c, n in counts.items()
    ]
    y = {"field": "class", "type": "nominal", "sort": None, "title": None}
    x = {"field": "count", "type": "quantitative", "title": None, "axis": {"tickMinStep": 1}}
    bar = {
        "mark": {"type": "bar", "cornerRadiusEnd": 4},
        "encoding": {"color": {"field": "colour", "type": "nominal", "scale": None}},
    }
    text = {
        "mark": {"type": "text", "align": "left", "dx": 4},
        "encoding": {"text": {"field": "count", "type": "quantitative"}},
    }
    spec = {"layer": [bar, text], "encoding": {"y": y, "x": x}, "height": 70 + 34 * len(rows)}
    st.vega_lite_chart(pd.DataFrame(rows), spec, width="stretch")


def _shade(name: str) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour(name))


def of_pictures(pictures: Sequence[Picture], found: Sequence[DetectionResult]) -> None:
    """The annotated pictures, what is on them, and the files to take home."""
    counts = total(found)
    st.subheader(in_words(counts))
    if len(pictures) == 1:
        st.image(_view(pictures[0], found[0], 1000), width="stretch")
    else:
        columns = st.columns(2)
        for i, (picture, result) in enumerate(zip(pictures, found, strict=True)):
            with columns[i % 2]:
                caption = f"{text.plain(picture.name)}: {in_words(result.counts())}"
                st.image(_view(picture, result, 480), caption=caption, width="stretch")
    count_chart(counts)
    results.made_by(found[0])
    labelled = dict(zip(unique([p.name for p in pictures]), found, strict=True))
    with st.container(horizontal=True):
        results.download(
            "JSON", results.as_json(found, list(labelled)), "boxes.jsonl", "application/x-ndjson"
        )
        results.download("CSV", to_csv(labelled), "boxes.csv", "text/csv")
        results.download("YOLO", to_yolo_zip(labelled), "boxes-yolo.zip", "application/zip")
        if len(pictures) == 1:
            picture, boxes, known = pictures[0].image, found[0].boxes, names()
            results.download(
                _("Picture"),
                lambda: images.jpeg(draw(picture, boxes, known)),
                "boxes.jpg",
                "image/jpeg",
            )


def _view(picture: Picture, result: DetectionResult, side: int) -> bytes:
    """The annotated picture as a JPEG; drawn again only when its boxes or the language changed."""
    views = st.session_state.setdefault("_annotated", {})
    key = (picture.digest, side, tuple(result.boxes), current())
    if key not in views:
        while len(views) >= 2 * settings().images:
            views.pop(next(iter(views)))
        views[key] = images.jpeg(draw(picture.image, result.boxes, names(), side))
    return views[key]


def of_video(model: str | None, chosen: DetectionOptions) -> None:
    """Uploader, work with progress and cancel, the annotated video, counts per frame, downloads."""
    given = _given()
    if given is None or not model:
        return
    data, name = given
    files = [weights.manifest(w).get("files") for w in catalog.find(model).weights]
    digest = hashlib.sha256(data).hexdigest()
    asked = json.dumps([model, files, digest])
    found = work.run(
        "detect video",
        asked,
        lambda progress: _detect(data, name, model, progress),
        limited=False,
    )
    if found is None:
        return
    look = json.dumps([asked, chosen.model_dump(mode="json"), current()])
    labels = names()
    drawn = work.run(
        "draw video",
        look,
        lambda progress: _render(data, name, found, chosen, labels, progress),
        limited=False,
    )
    if drawn is not None:
        _show(drawn, name, video.probe(data, name).rate)


def _given() -> tuple[bytes, str] | None:
    """The video to look at: uploaded, or the example."""
    upload = st.file_uploader(
        _("A short video (MP4, AVI, MOV), at most {frames} frames").format(
            frames=settings().video_frames
        ),
        type=[suffix[1:] for suffix in video.SUFFIXES],
        key="video",
    )
    if upload:
        info = inputs.decoded(upload, video.probe)
        if isinstance(info, PortalError):
            errors.show(info)
            return None
        return upload.getvalue(), upload.name
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
    from core.tasks.object_detection.video import pan

    return pan(Path(path).read_bytes(), Path(path).name)


def _detect(data: bytes, name: str, model: str, progress: Progress) -> list[DetectionResult]:
    from core.tasks.object_detection.video import detect

    return detect(data, name, model, DetectionOptions(), progress)


def _render(
    data: bytes,
    name: str,
    found: Sequence[DetectionResult],
    chosen: DetectionOptions,
    labels: Mapping[str, str],
    progress: Progress,
) -> Rendered:
    from core.tasks.object_detection.video import render

    with TemporaryDirectory() as folder:
        target = Path(folder) / "boxes.mp4"
        shown = render(data, name, found, chosen, target, progress, labels)
        return target.read_bytes(), shown


def _timeline(shown: Sequence[DetectionResult], counts: Mapping[str, int], rate: Fraction) -> None:
    """Boxes of each class over the seconds of the video."""
    if not counts:
        return
    rows = [
        {"second": float(i / rate), "class": names().get(c, c), "count": result.counts().get(c, 0)}
        for i, result in enumerate(shown)
        for c in counts
    ]
    shades = {"domain": [names().get(c, c) for c in counts], "range": [_shade(c) for c in counts]}
    legend = {"orient": "bottom", "title": None}
    spec = {
        "mark": {"type": "line", "interpolate": "step-after"},
        "encoding": {
            "x": {"field": "second", "type": "quantitative", "title": _("second")},
            "y": {
                "field": "count",
                "type": "quantitative",
                "title": _("boxes"),
                "axis": {"tickMinStep": 1},
            },
            "color": {"field": "class", "type": "nominal", "scale": shades, "legend": legend},
        },
        "height": 280,
    }
    st.vega_lite_chart(pd.DataFrame(rows), spec, width="stretch")


def _show(drawn: Rendered, name: str, rate: Fraction) -> None:
    annotated, shown = drawn
    st.video(annotated, format="video/mp4", loop=True)
    counts = total(shown)
    most = {c: max(r.counts().get(c, 0) for r in shown) for c in counts}
    st.markdown(
        _("**{frames} frames.** Most in one frame: {most}").format(
            frames=len(shown), most=in_words(most)
        )
    )
    _timeline(shown, counts, rate)
    results.made_by(shown[len(shown) // 2])
    labelled = {f"{name} #{i}": result for i, result in enumerate(shown)}
    with st.container(horizontal=True):
        results.download(_("Video"), annotated, "boxes.mp4", "video/mp4")
        results.download(
            "JSON", results.as_json(shown, list(labelled)), "frames.jsonl", "application/x-ndjson"
        )
        results.download("CSV", to_csv(labelled), "frames.csv", "text/csv")
