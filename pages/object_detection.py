"""Object detection: boxes on images or a video. Sliders only draw again, no network runs for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core import tasks
from core.data import samples
from core.models import catalog
from core.tasks.object_detection.draw import colour, draw
from core.tasks.object_detection.formats import yolo
from core.tasks.object_detection.options import DetectionOptions
from core.tasks.object_detection.predictor import DetectionResult, labels, refilter
from pages._ui.kit import address, layout, options
from pages._ui.kit.i18n import _, current
from pages._ui.models import picker
from pages._ui.predict import inputs, marked, results, video
from pages._ui.predict.marked import Marks

APPLICATION = tasks.find("object_detection")
EXAMPLES = (
    samples.BUS,
    samples.ZIDANE,
    samples.CHELSEA,
    samples.COFFEE,
    samples.MOTORCYCLE,
    samples.ASTRONAUT,
)


def class_filter(classes: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The classes to show, out of those that the model knows; none: all of them."""
    field = APPLICATION.predicting().options.model_fields["classes"]
    return address.several(
        _(field.title or ""),
        list(dict.fromkeys(classes)),
        key="classes",
        title=lambda name: names.get(name, name),
        placeholder=_("all {count} classes").format(count=len(classes)),
        help=_(field.description or ""),
    )


def marks(classes: Sequence[str], names: Mapping[str, str]) -> Marks[DetectionResult]:
    """How results of a model that knows `classes` are shown, to a visitor who calls them `names`."""
    language = current()

    def yolo_format(found: Mapping[str, DetectionResult]) -> None:
        results.download("YOLO", yolo.write(found, classes), "boxes-yolo.zip", "application/zip")

    return Marks(
        draw=lambda image, result, side: draw(image, result.boxes, names, side),
        counts=DetectionResult.counts,
        name=lambda label: names.get(label, label),
        colour=lambda label: "#{:02x}{:02x}{:02x}".format(*colour(label)),
        table=lambda inputs, found: APPLICATION.predicting().table(inputs, found, language),
        nothing=_("Nothing found at this confidence"),
        more=yolo_format,
    )


def of_images(model: str | None, chosen: DetectionOptions, shown: Marks[DetectionResult]) -> None:
    given = inputs.given_images(EXAMPLES)
    if given == []:
        st.info(_("Upload an image, take one, or click an example to begin."))
    if not model or not given:
        return
    answers = results.answers(
        APPLICATION,
        model,
        [p.image for p in given],
        [p.digest for p in given],
        APPLICATION.parse({}),  # the same for every slider position: the answer is filtered below
        shared=all(p.example for p in given),
    )
    if answers:
        found = [refilter(result, chosen) for result in results.good(answers)]
        marked.show(given, found, shown)


side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
    entry = catalog.find(model) if model else None
    # until the model is fetched, the classes of the best one: what a link asks for stays in the address
    classes = labels(entry or APPLICATION.predicting().entries[0])
    names = APPLICATION.class_names.mapping(current())
    chosen = options.form(APPLICATION, entry, classes=class_filter(classes, names))
with stage:
    kinds = {"pictures": "🖼️ " + _("Images"), "video": "🎬 " + _("Video")}
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
        video.panel(
            APPLICATION,
            model,
            chosen,
            marks(classes, names),
            lambda result: refilter(result, chosen),
        )
    else:
        of_images(model, chosen, marks(classes, names))
    if any(label in names for label in classes):
        st.caption(_("The Chinese class names are our own translation of COCO's (AGPL-3.0)."))
    layout.explanation(APPLICATION)
