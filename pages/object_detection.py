"""Object detection: boxes on pictures or a video. Sliders only draw again, no network runs for them."""

from __future__ import annotations

import streamlit as st
from core.tasks.object_detection.coco import CLASSES

from core import tasks
from core.data import samples
from core.models import catalog
from core.tasks.object_detection.boxes import refilter
from core.tasks.object_detection.options import DetectionOptions
from pages._ui.kit import address, layout, options
from pages._ui.kit.i18n import _, current
from pages._ui.models import picker
from pages._ui.predict import detections, inputs, results

TASK = tasks.find("object_detection")
EXAMPLES = (
    samples.BUS,
    samples.ZIDANE,
    samples.CHELSEA,
    samples.COFFEE,
    samples.MOTORCYCLE,
    samples.ASTRONAUT,
)


def class_filter() -> list[str]:
    names, field = detections.names(), TASK.predicting().options.model_fields["classes"]
    return address.several(
        _(field.title or ""),
        CLASSES,
        key="classes",
        title=lambda name: names.get(name, name),
        placeholder=_("all 80 classes"),
        help=_(field.description or ""),
    )


def of_pictures(model: str | None, chosen: DetectionOptions) -> None:
    pictures = inputs.pictures(EXAMPLES)
    if not pictures:
        st.info(_("Upload a picture, take one, or click an example to begin."))
    if not model or not pictures:
        return
    answers = results.answers(
        TASK,
        model,
        [p.image for p in pictures],
        [p.digest for p in pictures],
        TASK.parse({}),  # the same for every slider position: the answer is filtered below
        shared=all(p.example for p in pictures),
    )
    if answers:
        detections.of_pictures(
            pictures, [refilter(result, chosen) for result in results.good(answers)]
        )


side, stage = layout.columns()
with side:
    model = picker.model_picker(TASK)
    classes = class_filter()
    chosen = options.form(TASK, catalog.find(model) if model else None, classes=classes)
with stage:
    kinds = {"pictures": "🖼️ " + _("Pictures"), "video": "🎬 " + _("Video")}
    kind = address.menu(
        _("Input"),
        list(kinds),
        key="kind",
        default="pictures",
        title=kinds.__getitem__,
        widget=st.segmented_control,
        required=True,
    )
    if kind == "video":
        detections.of_video(model, chosen)
    else:
        of_pictures(model, chosen)
    if current() == "zh":
        st.caption(_("The Chinese class names are our own translation of COCO's (AGPL-3.0)."))
    layout.explanation(TASK)
