"""Image classification: what does each picture show? Two models can be compared side by side."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

import pandas as pd
import streamlit as st
from core.tasks.image_classification.predict import ClassificationResult, ClassScore

from core import tasks
from core.data import samples
from core.models import catalog
from core.tasks import image_classification
from pages._ui.kit import charts, layout, options
from pages._ui.kit.i18n import _, current
from pages._ui.kit.text import plain
from pages._ui.models import picker
from pages._ui.predict import inputs, results
from pages._ui.predict.inputs import Picture

Row = tuple[str, list[ClassificationResult]]  # model id, a result per picture

TASK = tasks.find("image_classification")
EXAMPLES = (samples.CHELSEA, samples.COFFEE, samples.ROCKET, samples.CHINA, samples.FLOWER)


@cache
def chinese_names() -> list[str]:
    """The 1,000 class names in Chinese, in index order; our own translation."""
    path = Path(image_classification.__file__).parent / "labels_zh.json"
    return json.loads(path.read_text("utf-8"))


def name(score: ClassScore, model: str) -> str:
    """The class's name; a model of one's own has classes of its own."""
    own = catalog.find(model).finetuned
    return chinese_names()[score.index] if current() == "zh" and not own else score.label


def chart(result: ClassificationResult) -> None:
    """Bars of the top classes, most likely first."""
    rows = [{"label": name(s, result.model), "score": s.score} for s in result.labels]
    charts.bars(rows, label="label", value="score")


def show(pictures: list[Picture], rows: list[Row]) -> None:
    """One picture: chart per model; several: a table. `rows` holds (model id, results)."""
    if len(pictures) == 1:
        left, *columns = st.columns([1] + [1.4] * len(rows))
        left.image(pictures[0].preview, width="stretch")
        for column, (model, answers) in zip(columns, rows, strict=True):
            with column:
                for result in results.good(answers):
                    best = result.labels[0]
                    st.subheader(f"{plain(name(best, model))} · {best.score:.0%}")
                    chart(result)
                    results.made_by(result)
        return
    table = {_("File"): [p.name for p in pictures]}
    for model, answers in rows:
        title = catalog.find(model).title
        table[title] = [name(a.labels[0], model) for a in answers]
        table[f"{title} %"] = [round(100 * a.labels[0].score, 1) for a in answers]
    st.dataframe(pd.DataFrame(table), width="stretch", hide_index=True)
    for _model, answers in rows:
        results.made_by(answers[0])


def as_csv(pictures: list[Picture], rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["file", "model", "rank", "index", "label", "score"])
    for model, answers in rows:
        for picture, result in zip(pictures, answers, strict=True):
            for rank, s in enumerate(result.labels, 1):
                writer.writerow(
                    [picture.name, model, rank, s.index, name(s, model), f"{s.score:.6f}"]
                )
    return out.getvalue()


side, stage = layout.columns()
with side:
    first = picker.model_picker(TASK)
    second = None
    if st.toggle(_("Compare with a second model"), key="compare", bind="query-params"):
        second = picker.model_picker(TASK, key="second")
    chosen = options.form(TASK, catalog.find(first) if first else None)
with stage:
    pictures = inputs.pictures(EXAMPLES)
    if not pictures:
        st.info(_("Upload a picture, take one, or click an example to begin."))
    rows: list[Row] = []
    for model in dict.fromkeys(m for m in (first, second) if m and pictures):
        answers = results.answers(
            TASK,
            model,
            [p.image for p in pictures],
            [p.digest for p in pictures],
            chosen,
            name=f"predict {model}",
            shared=all(p.example for p in pictures),
        )
        if answers:
            rows.append((model, answers))
    if rows:
        show(pictures, rows)
        results.download(_("CSV"), as_csv(pictures, rows), "classes.csv", "text/csv")
    if current() == "zh":
        st.caption(_("The Chinese class names are our own translation of ImageNet's (AGPL-3.0)."))
    layout.explanation(TASK)
