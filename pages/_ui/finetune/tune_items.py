"""How items are shown: of a data set, of a draft with its problems, and with a model's answers.

Everything here goes by what a row holds (a file, a label, texts), so a new task needs nothing, unless
its rows want a drawing of their own (`CAPTIONS`, `DRAW`).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from PIL import Image

from core.data.datasets import DataSet, Draft, Item
from core.errors import N_
from core.inputs import images
from core.serving.task import Task
from pages._ui.kit import charts, errors
from pages._ui.kit.i18n import _
from pages._ui.predict import answers

SHOWN = 12
"""Pictures in a preview; twice as many rows of text."""
TECHNICAL = {"file", "group", "part", "right", "boxes", "width", "height"}
"""Fields of a row that say nothing to a reader."""
FORMATS = {
    "image_classification": N_("A zip file with one folder of pictures for each class."),
    "object_detection": N_(
        "A zip file in YOLO format (images and labels, data.yaml) or with a COCO JSON file."
    ),
    "face_generation": N_("A zip file with at least 50 pictures, faces in the middle."),
    "translation": N_(
        "CSV or TSV with a column for each language, TMX, PO, or two text files with the same sentences "
        "line by line, also in a zip file."
    ),
    "sentiment": N_("CSV, TSV or JSONL with a text and a label on each line."),
    "question_answering": N_(
        "JSON in SQuAD format, or CSV with the columns context, question, answer."
    ),
}
Row = Mapping[str, Any]
Draw = Callable[[Image.Image, Row], Image.Image]


def _boxed(picture: Image.Image, row: Row) -> Image.Image:
    """The picture with the boxes of its row: a data set's (class, centre and size as shares) or an
    answer's (`wanted` in white, `found` in orange, corners in pixels)."""
    from PIL import ImageDraw

    picture = picture.convert("RGB")
    pen = ImageDraw.Draw(picture)
    width = max(1, round(max(picture.size) / 160))
    for _class, x, y, wide, high in row.get("boxes", []):
        shares = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        corners = [share * picture.size[i % 2] for i, share in enumerate(shares)]
        pen.rectangle(corners, outline="#f59e0b", width=width)
    for kind, colour in (("wanted", "#ffffff"), ("found", "#f59e0b")):
        for box in row.get(kind, []):
            pen.rectangle(box["xyxy"], outline=colour, width=width)
    return picture


DRAW: dict[str, Draw] = {"object_detection": _boxed}


def labels(items: Sequence[Item]) -> dict[str, int]:
    return dict(Counter(str(i.row["label"]) for i in items if "label" in i.row))


def counts(by_label: Mapping[str, int], items: int) -> None:
    """Bars of the items per class; the number of items where there are no classes."""
    if not by_label:
        st.markdown(f"**{_('{count} items').format(count=items)}**")
        return
    rows = [{"label": label, "count": n} for label, n in by_label.items()]
    charts.counts(sorted(rows, key=lambda row: -row["count"])[:40], label="label", value="count")


def some(data: DataSet) -> list[dict[str, Any]]:
    """A few rows of a stored data set, classes in turn."""
    return _some(str(data.folder), data.sha256)


def preview(data: DataSet) -> None:
    """A few items of a stored data set, of every class."""
    rows = some(data)
    if rows and rows[0].get("file"):
        gallery(data, rows[:SHOWN], key=f"preview {data.id}")
    else:
        table(rows)


@st.cache_data(show_spinner=False, max_entries=64)
def _some(folder: str, _sha256: str) -> list[dict[str, Any]]:
    """Rows to look at, classes in turn."""
    rows = DataSet(Path(folder)).rows
    return in_turn(rows, 2 * SHOWN)


def in_turn(rows: Sequence[Row], count: int) -> list[Any]:
    """`count` of the rows: one of each class, then the next of each."""
    seen: Counter[str] = Counter()
    ranked = []
    for i, row in enumerate(rows):
        label = str(row.get("label", ""))
        ranked.append((seen[label], i))
        seen[label] += 1
    return [rows[i] for _rank, i in sorted(ranked)[:count]]


def preview_draft(task: Task, draft: Draft) -> None:
    """A few items of a draft, of every class."""
    kept = draft.kept(drop=False)
    position = {id(item.row): item for item in kept}
    rows = in_turn([item.row for item in kept], 2 * SHOWN)
    if not (kept and kept[0].content):
        table(rows)
        return
    draw = DRAW.get(task.name)
    with st.container(horizontal=True, gap="small"):
        for row in rows[:SHOWN]:
            content = position[id(row)].content or b""
            st.image(_small(content, draw, row), caption=caption(row), width=96)


def problems(draft: Draft) -> None:
    """A table of everything that is wrong, by kind."""
    if not draft.problems:
        st.success(_("Nothing is wrong with this data."), icon="✅")
        return
    fatal = sum(p.fatal for p in draft.problems)
    title = _("{count} problems ({fatal} items cannot be used)").format(
        count=len(draft.problems), fatal=fatal
    )
    with st.expander("⚠️ " + title, expanded=len(draft.problems) < 20):
        rows = [
            {
                _("What is wrong"): errors.message_of(p.template, p.values),
                _("What happens"): _("left out")
                if p.fatal
                else (_("you decide") if p.item is not None else _("to know")),
            }
            for p in draft.problems[:2000]
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def gallery(data: DataSet, rows: Sequence[Row], *, key: str, width: int = 96) -> None:
    """Pictures of rows side by side, with what is known of each below it."""
    draw = DRAW.get(data.task)
    with st.container(horizontal=True, gap="small", key=f"data {key}"):
        for row in rows:
            path = data.file(dict(row))
            if path.is_file():
                st.image(_small(path.read_bytes(), draw, row), caption=caption(row), width=width)


def caption(row: Row) -> str | None:
    """The label; with an answer, what was said instead and how surely."""
    if "predicted" in row:
        mark = "✅" if row.get("right") else "❌"
        score = f" {row['score']:.0%}" if isinstance(row.get("score"), float) else ""
        wrong = "" if row.get("right") else f"{row['label']} → "
        return answers.plain(f"{mark} {wrong}{row['predicted']}{score}")
    return answers.plain(str(row["label"])) if "label" in row else None


def table(rows: Sequence[Row], *, key: str | None = None) -> None:
    """Rows of texts and figures as a table, without what is technical."""
    plain = [
        {
            _(name): value if isinstance(value, str | int | float | bool) else str(value)
            for name, value in row.items()
            if name not in TECHNICAL
        }
        for row in rows
    ]
    st.dataframe(pd.DataFrame(plain), hide_index=True, width="stretch", key=key)


def items(data: DataSet | None, rows: Sequence[Row], *, key: str) -> None:
    """Validation items with what the model said, as pictures or as a table."""
    if not rows:
        st.caption(_("None."))
        return
    if data and rows[0].get("file"):
        gallery(data, rows[:60], key=key, width=112)
        if len(rows) > 60:
            st.caption(_("The first {count} of {all}.").format(count=60, all=len(rows)))
    else:
        table(rows, key=f"table {key}")


def _small(content: bytes, draw: Draw | None, row: Row) -> bytes:
    """A JPEG of at most 192 pixels a side; tiny pictures keep hard edges when they are enlarged."""
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    if draw:
        picture = draw(picture, row)
    if max(picture.size) < 64:
        picture = picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST)
    picture.thumbnail((192, 192))
    return images.jpeg(picture)
