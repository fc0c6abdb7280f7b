"""What came out of a run: figures before and after, the model, and every validation sample behind them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st

from core import tasks
from core.data import datasets
from core.data.datasets import DataSet
from core.errors import PortalError
from core.jobs import history
from core.jobs.store import Job
from core.models import catalog, finetuned
from core.tasks import exports
from core.training.recorder import FEW
from pages._ui.finetune import samples
from pages._ui.kit import address, background, errors, figures, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.predict import results

if TYPE_CHECKING:
    import pandas as pd

CHANGED = 0.05
"""Difference of a sample's score from which it counts as better or worse."""
MOST_CLASSES = 40


def items(job: Job) -> None:
    """Every validation sample: by label and answer, and before and after."""
    for path in damaged(job):
        st.warning(
            _(
                "{file} of this run is damaged; what it held is not shown. Extend the run to write it anew."
            ).format(file=f"`{path.name}`"),
            icon="⚠️",
        )
    best, base = items_of(job, "best"), items_of(job, "base")
    if not best:
        return
    data = _data(job)
    classes = tasks.find(job.task).trained().classifies
    if classes:
        st.subheader(_("Confusion matrix"))
        confusion(job, data, best)
    if base and len(base) == len(best):
        st.subheader(_("Before and after"))
        turned(job, data, base, best)
    elif not classes:
        st.subheader(_("Validation samples"))
        worst = sorted(best, key=lambda row: row["right"])
        samples.answered(data, worst, key=f"worst {job.id}")


def items_of(job: Job, name: Literal["base", "best"]) -> list[dict[str, object]]:
    """What the base or the best epoch answered to the validation samples; nothing where the file is damaged."""
    found = read(job.files.items(name))
    return found if _are_items(found) else []


def _are_items(found: Any) -> bool:
    return isinstance(found, list) and all(
        isinstance(one, dict) and isinstance(one.get("right"), int | float) for one in found
    )


def damaged(job: Job) -> list[Path]:
    """The files of a run that are there and cannot be shown."""
    items = [job.files.items("base"), job.files.items("best")]
    bad = [path for path in items if path.is_file() and not _are_items(read(path))]
    if job.files.curves.is_file() and not isinstance(read(job.files.curves), dict):
        bad.append(job.files.curves)
    return bad


def read(path: Path) -> Any:
    """What a run wrote into its folder as JSON; None where it did not, or where that is damaged."""
    return _json(str(path), path.stat().st_mtime_ns) if path.is_file() else None


@st.cache_data(show_spinner=False, max_entries=16)
def _json(path: str, _changed: int) -> Any:
    try:
        return json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _data(job: Job) -> DataSet | None:
    try:
        return datasets.find(job.request.data or "", job.task)
    except PortalError:
        return None


def model(job: Job) -> None:
    """Name and figures of the new model, the way to it, its file; nothing when none came out."""
    if not job.model:
        return
    if job.model not in {entry.id for entry in catalog.entries(job.task)}:
        st.caption(_("The model that it made was removed."))
        return
    with st.container(border=True), errors.guard():
        entry = catalog.find(job.model)
        card = finetuned.card(entry)
        asks = tasks.find(job.task).prediction is not None
        words = (
            _("**{title}** is in the model menu. Kept: epoch {epoch}.")
            if asks
            else _("**{title}** is on the Models page. Kept: epoch {epoch}.")
        )
        title = text.plain(entry.title)
        st.markdown("🎉 " + words.format(title=title, epoch=card.epoch))
        with st.container(horizontal=True, gap="medium"):
            figures.metrics(job.metrics, card.base_metrics, history.reported(job))
        _right(job)
        with st.container(horizontal=True, gap="small"):
            if asks and st.button(_("Use it now"), icon="▶️", type="primary", key=f"use {job.id}"):
                use(job)
            _export(job)


def _right(job: Job) -> None:
    """How many validation samples are right, of a classifier; with an interval where they are few."""
    after, before = items_of(job, "best"), items_of(job, "base")
    if not (after and tasks.find(job.task).trained().classifies):
        return
    right, count = sum(bool(row["right"]) for row in after), len(after)
    words = _("{right} of {count} validation samples are right").format(right=right, count=count)
    if len(before) == count:
        was = sum(bool(row["right"]) for row in before)
        words += _("; before: {right}").format(right=was)
    if count < FEW:
        low, high = figures.interval(right, count)
        words += " · " + _("of all such samples {low:.0%} to {high:.0%}").format(low=low, high=high)
        words += " " + _("(95 % confidence)")
    st.caption(words)


def use(job: Job) -> None:
    """Open the task's page with the new model chosen."""
    address.put("part", "use")
    address.put("model", str(job.model))
    parameters = {"model": str(job.model)}
    st.switch_page(address.page_of(job.task), query_params=parameters)


def _export(job: Job) -> None:
    """Pack the model when asked, then offer the file: packing may take a while."""
    name, target = f"export {job.id}", job.folder / f"{job.model}.zip"
    if st.button(_("Pack for download"), icon="📦", key=f"pack {job.id}"):
        session.asked.add(name)
    if name not in session.asked:
        return
    entry = catalog.find(str(job.model))
    packed = background.run(
        name, str(job.ended), lambda _p: exports.archive(entry, target), limited=False
    )
    if packed:
        results.download(_("Download"), packed.read_bytes, packed.name, "application/zip")


def confusion(job: Job, data: DataSet | None, rows: list[dict[str, object]]) -> None:
    """Labels down, answers across; a click on a cell shows its samples."""
    import pandas as pd

    labels = list(dict.fromkeys(sorted(str(row["label"]) for row in rows)))
    if len(labels) > MOST_CLASSES:
        wrong = Counter(str(row["label"]) for row in rows if not row["right"])
        labels = [label for label, _n in wrong.most_common(MOST_CLASSES)]
        st.caption(_("The {count} classes with most mistakes.").format(count=MOST_CLASSES))
    counted = Counter((str(row["label"]), str(row["predicted"])) for row in rows)
    matrix = pd.DataFrame([[counted[a, b] for b in labels] for a in labels], labels, labels)
    matrix.index.name = _("label ↓  answer →")
    st.caption(_("Rows are the labels, columns the answers. Click a cell to see its samples."))
    chosen = st.dataframe(
        matrix.style.apply(_shades, axis=None),
        key=f"confusion {job.id}",
        on_select="rerun",
        selection_mode="single-cell",
        width="content",
    )
    cells = chosen["selection"]["cells"] if chosen else []
    if cells:
        place, answer = cells[0]
        picked = [
            row
            for row in rows
            if (str(row["label"]), str(row["predicted"])) == (labels[place], answer)
        ]
        title = _("{count} samples of {label}, answered with {answer}")
        st.markdown(
            "**"
            + title.format(
                count=len(picked),
                label=text.plain(labels[place]),
                answer=text.plain(str(answer)),
            )
            + "**"
        )
    else:
        picked = [row for row in rows if not row["right"]]
        st.markdown("**" + _("All {count} mistakes").format(count=len(picked)) + "**")
    samples.answered(data, picked, key=f"cell {job.id}")


def _shades(matrix: pd.DataFrame) -> pd.DataFrame:
    """Green on the diagonal and red beside it, by the fraction of the row."""
    import pandas as pd

    shares = matrix.div(matrix.sum(axis=1).clip(lower=1), axis=0)
    styles = [
        [_shade(share, right=i == j) for j, share in enumerate(row)]
        for i, row in enumerate(shares.to_numpy())
    ]
    return pd.DataFrame(styles, matrix.index, matrix.columns)


def _shade(share: float, *, right: bool) -> str:
    colour = "13,148,136" if right else "219,39,119"
    return f"background-color: rgba({colour},{0.15 + 0.6 * share:.2f})" if share else ""


def turned(
    job: Job, data: DataSet | None, base: list[dict[str, object]], best: list[dict[str, object]]
) -> None:
    """The same samples answered by the base and by the new model: those that turned right or wrong."""
    pairs = list(zip(base, best, strict=True))
    kinds = {
        "right": [p for p in pairs if p[1]["right"] - p[0]["right"] > CHANGED],
        "wrong": [p for p in pairs if p[0]["right"] - p[1]["right"] > CHANGED],
        "same": [p for p in pairs if abs(p[1]["right"] - p[0]["right"]) <= CHANGED],
    }
    titles = {
        "right": "🟢 " + _("better"),
        "wrong": "🔴 " + _("worse"),
        "same": "⚪ " + _("as before"),
    }
    kind = st.segmented_control(
        _("Samples that are now"),
        list(kinds),
        default="right",
        required=True,
        format_func=lambda k: f"{titles[k]} ({len(kinds[k])})",
        key=f"turned {job.id}",
    )
    chosen = kinds[kind][:200]
    if data and best[0].get("file"):
        samples.answered(data, [new for _old, new in chosen], key=f"turned {kind} {job.id}")
    else:
        samples.table([compared(old, new) for old, new in chosen], key=f"turned {kind} {job.id}")


def compared(old: dict[str, object], new: dict[str, object]) -> dict[str, object]:
    """One row: what both have in common, and what differs as before and after."""
    row: dict[str, object] = {}
    for name, value in new.items():
        if name == "right":
            continue
        if old.get(name) == value or name in ("label", "source", "reference"):
            row[name] = value
        else:
            row[f"{_(name)} {_('before')}"] = old.get(name)
            row[f"{_(name)} {_('after')}"] = value
    return row
