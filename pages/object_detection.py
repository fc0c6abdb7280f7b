"""Object detection: boxes on pictures or a video. Sliders only draw again, no network runs for them."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.data import samples
from core.models import catalog
from core.tasks.object_detection.boxes import refilter
from core.tasks.object_detection.coco import CLASSES
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
    layout.explanation(
        TASK,
        _(
            "A **convolutional backbone** turns the picture into maps of features. On them a *head* answers two "
            "questions for thousands of places and shapes at once: which class is here (a score for each), and "
            "how must this shape move and stretch to become the object's box. **SSD** and **YOLO** do this in one "
            "pass (*you only look once*); **Faster R-CNN** first proposes regions that may hold something and "
            "then looks at each more closely: slower, often more exact. Many answers describe the same object, so "
            "*non-maximum suppression* keeps the surest and drops those of its class that overlap it by more than "
            "the IoU threshold. YOLO26 learned to give one box per object and needs no suppression."
        ),
        [
            _("picture"),
            _("convolutional backbone"),
            _("maps at several scales"),
            _("boxes and class scores"),
            _("score threshold"),
            _("non-maximum suppression"),
            _("labelled boxes"),
        ],
        r"\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|}",
    )
