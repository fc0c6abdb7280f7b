"""One run, live: where it is, its curves, and what can be done with it.

Everything comes from the store, so any page and any reload shows the same. The fragment looks once a
second and stops when the job has ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

import streamlit as st

from core import tasks
from core.data import datasets
from core.errors import N_, PortalError
from core.jobs import history, queue, store
from core.jobs.history import History
from core.jobs.store import ENDED, Job
from core.training import diagnosis
from core.training.events import EarlyStop, Features, Start, to_json
from pages._ui.finetune import data as training_data
from pages._ui.finetune import form
from pages._ui.jobs import job_actions, job_results, job_tabs
from pages._ui.kit import charts, errors, figures, options, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session

POLL = 1.0
STATES = {
    "queued": (N_("queued"), "gray", "⏳"),
    "preparing": (N_("preparing"), "blue", "🧺"),
    "running": (N_("running"), "blue", "▶️"),
    "stopping": (N_("stopping"), "orange", "⏹️"),
    "done": (N_("done"), "green", "✅"),
    "stopped": (N_("stopped"), "green", "⏹️"),
    "failed": (N_("failed"), "red", "❌"),
    "interrupted": (N_("interrupted"), "orange", "⏸️"),
}
NOTES = {
    "batch_halved": N_("out of memory: the batch is computed in {pieces} micro-batches"),
    "resumed": N_("resumed here"),
    "early_stop": N_("stopped early"),
    "diverged": N_("the loss became NaN or infinite"),
}


def show(job_id: str) -> None:
    """The whole view of one job."""
    with errors.guard():
        job = store.find(job_id)
        st.subheader(text.plain(job.name))
        live = job.state not in ENDED
        st.fragment(_live, run_every=POLL if live else None)(job_id)
        if not live:
            job_results.items(store.find(job_id))


def _live(job_id: str) -> None:
    """What changes while it runs. Runs the whole page again when the job has ended or goes on."""
    held_up = None
    try:
        with errors.guard():  # where nothing can be written, what there is can still be looked at
            held_up = queue.dispatch()
        job = queue.seen(store.find(job_id))
        told = of(job)
    except PortalError as error:
        errors.show(error)
        return
    was = session.job_states.get(job_id, job.state)
    session.job_states[job_id] = job.state
    if (was in ENDED) != (job.state in ENDED):
        st.rerun()
    parts: list[Callable[[], None]] = [
        lambda: _facts(job, told),
        lambda: _progress(job, told),
        lambda: _held_up(job, held_up),
        lambda: job_actions.row(job),
        lambda: job_results.model(job) if job.state in ENDED else None,
        lambda: _findings(job, told),
        lambda: _figures(job, told),
        lambda: job_tabs.show(job, told),
    ]
    for part in parts:  # a damaged file of the run costs the part that shows it
        with errors.guard():
            part()


def _held_up(job: Job, why: PortalError | None) -> None:
    """Who keeps a queued run from starting, once that has been so for longer than starting one takes."""
    waits = why is not None and job.state == "queued"
    since = session.held_up_since if waits else None
    session.held_up_since = (since or time.monotonic()) if waits else None
    if why and since and time.monotonic() - since > queue.WAIT_S:
        st.warning(errors.message(why), icon="⏳")


def of(job: Job) -> History:
    """The job's history as this visitor has seen it, brought up to date."""
    return history.of(job, session.histories)


def _facts(job: Job, told: History) -> None:
    """State and what it is made of, in one line."""
    start = told.last(Start)
    words = [_(title_of(job.task)), form.base_title(job.request.base)]
    words = [text.plain(word) for word in words]
    if start and start.pretrained is not None:
        words.append(_("pretrained") if start.pretrained else _("from scratch"))
    if job.request.data:
        words.append(f"📚 {_data_name(job.request.data, job.task)}")
    words.append(text.plain(job.device))
    words.append(datetime.fromtimestamp(job.created).strftime("%Y-%m-%d %H:%M"))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(badge(job.state), width="content")
        st.caption(" · ".join(words))


def _data_name(data: str, task_name: str) -> str:
    try:
        return text.plain(training_data.title(datasets.find(data, task_name)))
    except PortalError:
        return text.plain(data)


def badge(state: str) -> str:
    word, colour, mark = STATES[state]
    return f":{colour}-badge[{mark} {_(word)}]"


def title_of(task_name: str) -> str:
    """The application's title; its name where it is not installed any more."""
    return tasks.find(task_name).title if task_name in tasks.names() else task_name


def _progress(job: Job, told: History) -> None:
    """A bar with the time left, or what is being waited for, or why it ended."""
    step, steps = told.done
    if job.state == "queued":
        _queue(job)
    elif job.active and not steps:
        features = told.last(Features)
        fraction = features.done / features.of if features else 0.0
        words = (
            _("Computing the features of each sample once")
            if features
            else _("Loading libraries and data")
        )
        st.progress(fraction, text=f"{words} …")
    elif job.active:
        st.progress(min(1.0, step / steps), text=" · ".join(pace(job, told)))
    if job.error:
        why = errors.message_of(job.error.template, job.error.values)
        (st.error if job.state == "failed" else st.warning)(why, icon="⚠️")
    elif (ended := told.last(EarlyStop)) and job.state == "done":
        words = _(
            "It stopped early, after epoch {epoch} of {epochs}: neither its metric nor the validation loss "
            "had improved for {patience} epochs."
        )
        values = {"epochs": "?", "patience": "?", **job.request.options}
        st.caption(
            "⏹️ "
            + words.format(epoch=ended.epoch, epochs=values["epochs"], patience=values["patience"])
        )


def pace(job: Job, told: History) -> list[str]:
    """How far a run is that has begun, and how long it may still take."""
    step, steps = told.done
    left = told.seconds_left()
    words = [_("step {step} of {steps}").format(step=step, steps=steps)] if steps else []
    if job.state == "stopping":
        words.append(_("finishing this step, then keeping the best"))
    elif left is not None:
        words.append(_("{time} left").format(time=figures.duration(left)))
    return words


def _queue(job: Job) -> None:
    """What has to end before this one starts, and how long that may take."""
    ahead = queue.ahead(job)
    lines = []
    for other in ahead:
        left = of(other).seconds_left() if other.active else None
        about = _("{time} left").format(time=figures.duration(left)) if left is not None else ""
        lines.append(f"{len(lines) + 1}. {badge(other.state)} {text.plain(other.name)} {about}")
    if lines:
        head = _("Waiting for {count} before it on {device}:").format(
            count=len(lines), device=text.plain(job.device)
        )
        st.info(head + "\n\n" + "\n".join(lines), icon="⏳")
    else:
        st.info(_("It starts in a moment."), icon="⏳")


def _findings(job: Job, told: History) -> None:
    """What went wrong, in plain words, each with a form that remedies it."""
    rows = job_results.items_of(job, "best") if job.state in ENDED else []
    for finding in diagnosis.diagnose(told.events(), job.request.options, rows):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown("🩺 " + errors.message_of(finding.template, finding.values))
            if not finding.changes:
                continue
            fields = tasks.find(job.task).trained().options.model_fields
            words = _(", ").join(
                f"{options.title(fields.get(name), name)} {options.said(fields.get(name), value)}"
                for name, value in finding.changes.items()
            )
            if st.button(
                _("Try it with {changes}").format(changes=text.plain(words)), key=finding.kind
            ):
                form.fill(tasks.find(job.task), job.request, finding.changes)


def _figures(job: Job, told: History) -> None:
    """The latest figures as tiles, then the curves."""
    if told.epochs:
        with st.container(horizontal=True, gap="medium"):
            _tiles(job, told)
    if not told.steps:
        return
    left, right = st.columns(2)
    with left:
        title = _("Loss over the steps")
        charts.curves(
            named(told.losses(), told), marks=marks(told), title=title, key=f"loss {job.id}"
        )
    with right:
        title = _("On the validation samples")
        charts.curves(
            named(told.metrics(), told), title=title, key=f"metrics {job.id}", points=True
        )
    with st.expander(_("Learning rate"), key="learning rate", on_change="rerun") as opened:
        if opened.open:
            title = _("Learning rate over the steps")
            charts.curves(named(told.rates(), told), title=title, key=f"rate {job.id}", height=160)


def _tiles(job: Job, told: History) -> None:
    last, base = told.epochs[-1].event, told.epochs[0].event
    st.metric(_("Epoch"), f"{last.epoch} / {job.request.options['epochs']}", width="content")
    if not job.model:  # its metrics stand above then: those of the epoch that was kept
        before = base.metrics if last.epoch else {}
        figures.metrics(dict(list(last.metrics.items())[:3]), before, told.reported)
    st.metric(_("Memory"), f"{last.memory_mb:.0f} MB", width="content")
    if told.steps:
        seconds = told.steps[-1].event.seconds
        st.metric(_("Time per step"), figures.seconds(seconds), width="content")


def named(rows: Iterable[dict[str, object]], told: History) -> list[dict[str, object]]:
    """Rows of a curve with the series' names in the visitor's language."""
    return [{**row, "series": figures.title(row["series"], told.reported)} for row in rows]


def marks(told: History) -> list[dict[str, object]]:
    return [
        {
            "step": step,
            "note": _(NOTES[event.kind]).format(**to_json(event)[1]),
            "colour": charts.RULES[event.kind],
        }
        for step, event in told.marks()
    ]
