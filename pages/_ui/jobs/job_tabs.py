"""What a run shows besides its curves: generated images and tracked examples of every epoch, its log, its settings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from PIL import Image

from core import tasks
from core.cli import finetune
from core.jobs.history import History
from core.jobs.store import Job
from core.training.events import Epoch
from pages._ui.jobs import job_results
from pages._ui.kit import address, charts, figures, options, text
from pages._ui.kit.i18n import _

LOG_LINES = 40
FILMSTRIP = 12


def show(job: Job, told: History) -> None:
    """A switch between the kinds; only the chosen one is drawn."""
    titles = {}
    if any(e.event.samples for e in told.epochs):
        titles["samples"] = "🎞️ " + _("Samples")
    if job.request.tracked:
        titles["probes"] = "📌 " + _("Tracked examples")
    kept = job_results.read(job.files.curves)
    if isinstance(kept, dict) and {"x", "y", "epoch", "each", "mean", "at"} <= set(kept):
        titles["curves"] = "📐 " + text.plain(_over(kept))
    titles |= {"settings": "⚙️ " + _("Settings"), "log": "📜 " + _("Log")}
    chosen = address.menu(
        _("More of this run"),
        list(titles),
        key="look",
        default=next(iter(titles)),
        title=titles.__getitem__,
        widget=st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )
    parts = {"samples": samples, "probes": tracked, "curves": curves, "settings": settings}
    {**parts, "log": log}[chosen](job, told)


def samples(job: Job, told: History) -> None:
    """The newest images large, those of earlier epochs as a filmstrip."""
    shown = [e.event for e in told.epochs if e.event.samples]
    names = shown[-1].samples
    name = names[0]
    titles = tasks.find(job.task).trained().sample_titles
    if len(names) > 1:
        name = st.segmented_control(
            _("Image"),
            names,
            default=names[0],
            required=True,
            format_func=lambda one: text.plain(_(titles.get(Path(one).stem, Path(one).stem))),
            key="sample",
        )
    newest = shown[-1].epoch
    st.caption(_("epoch {epoch}").format(epoch=newest))
    _image(job.files.samples(newest) / name, width=520)
    with st.container(horizontal=True, gap="small"):
        for one in _spread(shown, FILMSTRIP):
            with st.container(width=150):
                _image(job.files.samples(one.epoch) / name, width=150)
                st.caption(_("epoch {epoch}").format(epoch=one.epoch))


def _image(path: Path, width: int) -> None:
    if not path.is_file():
        return
    content = path.read_bytes()
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.verify()
    except Exception:  # whatever a damaged file makes Pillow raise
        st.caption("⚠️ " + _("{file} is damaged.").format(file=f"`{path.name}`"))
        return
    st.image(content, width=width)


def _spread(events: Sequence[Epoch], count: int) -> list[Epoch]:
    """At most `count` of them, evenly, the first and the last among them."""
    if len(events) <= count:
        return list(events)
    return [events[round(i * (len(events) - 1) / (count - 1))] for i in range(count)]


def tracked(job: Job, told: History) -> None:
    """For each tracked example the answers before, after epochs, and at the end."""
    shown = _spread([e.event for e in told.epochs if e.event.tracked], FILMSTRIP)
    if not shown:
        st.caption(_("The first answers come with the first evaluation."))
    kind = tasks.find(job.task).input
    for i, given in enumerate(job.request.tracked):
        with st.container(border=True, key=f"data tracked {i}"):
            left, right = st.columns([1, 3])
            example = kind.shown(given)
            if example.image:
                left.image(example.image, width=140)
            else:
                left.text(example.text)
            rows = [answer_row(e.epoch, e.tracked[i]) for e in shown]
            if rows:
                right.dataframe(rows, hide_index=True, width="stretch")


def answer_row(epoch: int, answer: dict[str, object]) -> dict[str, object]:
    """An answer as a row: figures are scores by class, the likeliest first; texts stay as they are."""
    row: dict[str, object] = {_("epoch"): _("before") if epoch == 0 else str(epoch)}
    scores = {k: v for k, v in answer.items() if isinstance(v, float)}
    if scores and len(scores) == len(answer):
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])[:3]
        words = " · ".join(f"{name}: {score:.0%}" for name, score in ranked)
        return row | {_("answer"): words}
    named = {_(k): f"{v:.0%}" if isinstance(v, float) else v for k, v in answer.items()}
    return row | (named or {_("answer"): "–"})


def curves(job: Job, _told: History) -> None:
    """One figure over another for every class, at the best epoch."""
    kept = job_results.read(job.files.curves)
    st.markdown(
        f"**{text.plain(_over(kept))}** · " + _("epoch {epoch}").format(epoch=kept["epoch"])
    )
    st.caption(_("Bold: the mean of all classes. Hover over a thin line to see its class."))
    x, y = figures.title(kept["x"]), figures.title(kept["y"])
    charts.relation(kept, x=x, y=y, key=f"curves {job.id}")


def _over(kept: dict[str, object]) -> str:
    return _("{y} over {x}").format(x=figures.title(kept["x"]), y=figures.title(kept["y"]))


def settings(job: Job, _told: History) -> None:
    """Everything it was started with; the command that repeats it."""
    fields = tasks.find(job.task).trained().options
    rows = []
    for name, value in job.request.options.items():
        field = fields.model_fields.get(name) if fields else None
        usual = field.get_default(call_default_factory=True) if field else value
        mark = "" if value == usual else "●"
        said = {_("option"): options.title(field, name), _("value"): options.said(field, value)}
        rows.append({**said, _("changed"): mark})
    st.dataframe(rows, hide_index=True, width="stretch", height=300)
    line = finetune.command(
        job.task,
        job.request.data,
        job.request.base,
        job.request.options,
        name=job.name,
        tracked=job.request.tracked if tasks.find(job.task).input.tracked == "lines" else [],
    )
    st.caption(_("The command that repeats it"))
    st.code(line, language="bash", wrap_lines=True)
    st.caption(_("Folder: {folder}").format(folder=text.code(str(job.folder))))


def log(job: Job, _told: History) -> None:
    """The end of what the worker printed."""
    path = job.files.log
    lines = _tail(path) if path.is_file() else ""
    if lines:
        st.code(lines, language=None, wrap_lines=True, height=300)
    else:
        st.caption(_("Nothing was printed."))


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 20_000))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-LOG_LINES:])
