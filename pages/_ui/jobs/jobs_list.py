"""Jobs as lines: what runs now, and what ran before."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.jobs import history, queue, store
from core.jobs.store import Job
from core.tasks.application import Application
from pages._ui.jobs import job as live
from pages._ui.kit import errors, figures, text
from pages._ui.kit.i18n import _

LINES = 8
IN_SIDEBAR = 3


def under_way(task_name: str | None = None) -> list[Job]:
    """The runs that are under way or wait, the first to start first."""
    return [j for j in reversed(store.jobs(task_name)) if j.under_way]


def active(task: Application) -> None:
    """A line for each run of this application that runs or waits."""
    for one in under_way(task.name):
        line(one)


def sidebar() -> None:
    """On every page: what runs and what waits, with the way to it."""
    moving = under_way()
    if moving:
        with errors.guard():
            queue.dispatch()  # one whose worker died is not shown as running
        moving = under_way()
    for one in moving[:IN_SIDEBAR]:
        word, _colour, mark = live.STATES[one.state]
        st.page_link(
            "training.py",
            label=f"{text.plain(one.name)} · {_(word)}",
            icon=mark,
            query_params={"job": one.id},
        )


def earlier(task: Application) -> None:
    """The last trainings of this task."""
    ended = [one for one in store.jobs(task.name) if one.state in store.ENDED]
    if not ended:
        return
    st.subheader(_("Earlier runs"))
    for one in ended[:LINES]:
        line(one)
    st.page_link("training.py", label=_("All runs, and comparing them"), icon="📈")


def line(one: Job, *, with_task: bool = False) -> None:
    """State, name, metric and date of a job, and the way to it. Among all trainings (`with_task`), where
    lines are drawn again and again, also how far it is."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(live.badge(one.state), width="content")
        words = [f"**{text.plain(one.name)}**"]
        if with_task:
            words.append(text.plain(_(live.title_of(one.task))))
        if one.active and with_task:
            words += live.pace(one, live.of(one))
        for name, value in list(one.metrics.items())[:1]:
            own = history.reported(one)
            said = f"{figures.metric_title(name, own)} {figures.figure(name, value, own)}"
            words.append(text.plain(said))
        words.append(datetime.fromtimestamp(one.created).strftime("%Y-%m-%d %H:%M"))
        st.markdown(" · ".join(words), width="stretch")
        if st.button(_("Open"), key=f"open {one.id}", icon="📈"):
            st.query_params["job"] = one.id
            st.rerun()
