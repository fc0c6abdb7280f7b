"""How samples are shown: of a data set, of a draft with its problems, and with a model's answers.

Everything here goes by what a row holds (a file, a label, texts), so a new application needs nothing, unless
its rows want a drawing of their own (`Data.draw`).
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from core import tasks
from core.data.datasets import DataSet
from core.data.drafts import Draft, Sample
from core.inputs import images
from core.tasks.application import Application
from pages._ui.kit import charts, text
from pages._ui.kit.i18n import _

SHOWN = 12
"""Images in a preview; twice as many rows of text."""
TECHNICAL = {"file", "group", "part", "right", "boxes", "width", "height"}
"""Fields of a row that say nothing to a reader."""
Row = Mapping[str, object]
Draw = Callable[[Image.Image, Row], Image.Image]


def labels(items: Sequence[Sample]) -> dict[str, int]:
    return dict(Counter(str(i.row["label"]) for i in items if "label" in i.row))


def counts(by_label: Mapping[str, int], items: int) -> None:
    """Bars of the samples per class; the number of samples where there are no classes."""
    if not by_label:
        st.markdown(f"**{_('{count} samples').format(count=items)}**")
        return
    rows = [{"label": label, "count": n} for label, n in by_label.items()]
    charts.counts(sorted(rows, key=lambda row: -row["count"])[:40], label="label", value="count")


def some(data: DataSet) -> list[dict[str, object]]:
    """A few rows of a stored data set, classes in turn."""
    return _some(str(data.folder), data.sha256)


def preview(data: DataSet) -> None:
    """A few samples of a stored data set, of every class."""
    rows = some(data)
    if rows and rows[0].get("file"):
        gallery(data, rows[:SHOWN], key=f"preview {data.id}")
    else:
        table(rows)


@st.cache_data(show_spinner=False, max_entries=64)
def _some(folder: str, _sha256: str) -> list[dict[str, object]]:
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


def preview_draft(task: Application, draft: Draft) -> None:
    """A few samples of a draft, of every class."""
    kept = draft.kept(drop=False)
    position = {id(item.row): item for item in kept}
    rows = in_turn([item.row for item in kept], 2 * SHOWN)
    if not (kept and kept[0].has_file):
        table(rows)
        return
    draw = task.stored().draw
    with st.container(horizontal=True, gap="small"):
        for row in rows[:SHOWN]:
            st.image(_small(position[id(row)].read(), draw, row), caption=caption(row), width=96)


def gallery(data: DataSet, rows: Sequence[Row], *, key: str, width: int = 96) -> None:
    """Images of rows side by side, with what is known of each below it."""
    draw = tasks.find(data.task).stored().draw
    with st.container(horizontal=True, gap="small", key=f"data {key}"):
        for row in rows:
            path = data.file(dict(row))
            if path.is_file():
                st.image(_small(path.read_bytes(), draw, row), caption=caption(row), width=width)


def caption(row: Row) -> str | None:
    """The label; with an answer, what was said instead and how confidently."""
    if "predicted" in row:
        mark = "✅" if row.get("right") else "❌"
        score = f" {row['score']:.0%}" if isinstance(row.get("score"), float) else ""
        wrong = "" if row.get("right") else f"{row['label']} → "
        return text.plain(f"{mark} {wrong}{row['predicted']}{score}")
    return text.plain(str(row["label"])) if "label" in row else None


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
    st.dataframe(plain, hide_index=True, width="stretch", key=key)


def answered(data: DataSet | None, rows: Sequence[Row], *, key: str) -> None:
    """Validation samples with what the model said, as images or as a table."""
    if not rows:
        st.caption(_("None."))
        return
    if data and rows[0].get("file"):
        gallery(data, rows[:60], key=key, width=112)
        if len(rows) > 60:
            st.caption(_("The first {count} of {all}.").format(count=60, all=len(rows)))
    else:
        table(rows, key=f"table {key}")


def _small(content: bytes, draw: Draw, row: Row) -> bytes:
    """A JPEG of at most 192 pixels a side; tiny images keep hard edges when they are enlarged."""
    with Image.open(io.BytesIO(content)) as opened:
        image = opened.convert("RGB")
    image = draw(image, row)
    if max(image.size) < 64:
        image = image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)
    image.thumbnail((192, 192))
    return images.jpeg(image)
