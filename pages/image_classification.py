"""Image classification: what does each image show? Two models can be compared side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core import tasks
from core.data import samples
from core.inputs import tables
from core.models import catalog
from core.models.catalog import ModelEntry
from core.serving.options import Options
from core.tasks.image_classification.predictor import ClassificationResult
from core.tasks.image_classification.wording import class_name
from pages._ui.kit import charts, layout, options
from pages._ui.kit.i18n import _, current
from pages._ui.kit.text import plain
from pages._ui.models import picker
from pages._ui.predict import inputs, results
from pages._ui.predict.inputs import GivenImage

APPLICATION = tasks.find("image_classification")
EXAMPLES = (samples.CHELSEA, samples.COFFEE, samples.ROCKET, samples.CHINA, samples.FLOWER)


@dataclass(frozen=True)
class Answer:
    """A model and its result for each image."""

    entry: ModelEntry
    results: Sequence[ClassificationResult]


def ask(models: Sequence[str], images: Sequence[GivenImage], chosen: Options) -> list[Answer]:
    """The answers of those models that are done; the others show a bar or why they failed."""
    answered = []
    for model in models:
        found = results.answers(
            APPLICATION,
            model,
            [image.image for image in images],
            [image.digest for image in images],
            chosen,
            name=f"predict {model}",
            shared=all(image.example for image in images),
        )
        if found:
            answered.append(Answer(catalog.find(model), results.good(found)))
    return answered


def show_one(image: GivenImage, answered: Sequence[Answer]) -> None:
    """One image, and beside it the most likely classes by each model."""
    left, *columns = st.columns([1] + [1.4] * len(answered))
    left.image(image.preview, width="stretch")
    for column, answer in zip(columns, answered, strict=True):
        with column:
            for result in answer.results:
                best = result.labels[0]
                name = class_name(best, answer.entry, current())
                st.subheader(f"{plain(name)} · {best.score:.0%}")
                bars(answer.entry, result)
                results.made_by(result)


def bars(entry: ModelEntry, result: ClassificationResult) -> None:
    """The top classes, most likely first."""
    rows = [{"label": class_name(s, entry, current()), "score": s.score} for s in result.labels]
    charts.bars(rows, label="label", value="score")


def show_several(images: Sequence[GivenImage], answered: Sequence[Answer]) -> None:
    """Several images: a table with the most likely class of each by each model."""
    table: dict[str, list[object]] = {_("File"): [image.name for image in images]}
    for answer in answered:
        best = [result.labels[0] for result in answer.results]
        title = answer.entry.title
        table[title] = [class_name(one, answer.entry, current()) for one in best]
        table[f"{title} %"] = [round(100 * one.score, 1) for one in best]
    st.dataframe(pd.DataFrame(table), width="stretch", hide_index=True)
    for answer in answered:
        results.made_by(answer.results[0])


def as_csv(images: Sequence[GivenImage], answered: Sequence[Answer]) -> str:
    labels = [image.name for _answer in answered for image in images]
    found = [result for answer in answered for result in answer.results]
    table = APPLICATION.predicting().table(labels, found, current())
    return tables.write(table.columns, table.rows)


side, stage = layout.columns()
with side:
    first = picker.model_picker(APPLICATION)
    second = None
    if st.toggle(_("Compare with a second model"), key="compare", bind="query-params"):
        second = picker.model_picker(APPLICATION, key="second")
    chosen = options.form(APPLICATION, catalog.find(first) if first else None)
with stage:
    images = inputs.given_images(EXAMPLES)
    if images == []:
        st.info(_("Upload an image, take one, or click an example to begin."))
    models = list(dict.fromkeys(model for model in (first, second) if model))
    answered = ask(models, images, chosen) if images else []
    if images and answered and len(images) == 1:
        show_one(images[0], answered)
    elif images and answered:
        show_several(images, answered)
    if images and answered:
        results.download(_("CSV"), as_csv(images, answered), "classes.csv", "text/csv")
    if current() in APPLICATION.class_names.languages:
        st.caption(_("The Chinese class names are our own translation of ImageNet's (AGPL-3.0)."))
    layout.explanation(APPLICATION)
