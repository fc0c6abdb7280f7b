"""All runs: what runs, what waits, what ran; open one, or compare any."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.jobs import queue, recovery, store
from core.jobs.store import Job
from core.tasks.application import Application
from pages._ui.jobs import compare, job, jobs_list
from pages._ui.kit import address, damaged, errors
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session

POLL = 2.0
SHOWN = 100


def filters() -> list[Job]:
    """The jobs of the chosen application and state, newest first."""
    trainable = [one for one in tasks.applications() if one.training]
    names = {"all": _("All applications")} | {one.name: _(one.title) for one in trainable}
    states = {"all": _("All states")} | {s: _(word) for s, (word, _c, _m) in job.STATES.items()}
    left, right = st.columns(2)
    with left:
        wanted = address.menu(
            _("Application"), list(names), key="task", default="all", title=names.__getitem__
        )
    with right:
        state = address.menu(
            _("State"), list(states), key="state", default="all", title=states.__getitem__
        )
    found = store.jobs(None if wanted == "all" else wanted)
    return [one for one in found if state in ("all", one.state)]


def lines() -> None:
    """A line a job, drawn again while any of them moves."""
    everything = store.jobs()
    moving = {one.id for one in everything if one.under_way}
    was, session.moving_jobs = session.moving_jobs, moving
    if was not in (None, moving):
        st.rerun()
    wanted = session.listed_jobs
    for one in [one for one in everything if one.id in wanted][:SHOWN]:
        jobs_list.line(one, with_task=True)


def first_to_try() -> list[Application]:
    """Two applications to begin with: classifiers first, whose runs take seconds and are easy to read."""
    trainable = [(one, one.training) for one in tasks.applications() if one.training]
    ranked = sorted(trainable, key=lambda pair: not pair[1].classifies)
    return [one for one, _training in ranked[:2]]


def overview() -> None:
    everything = store.jobs()
    if not everything:
        st.info(
            _(
                "No run yet. Open an application, choose “Fine-tune” at its top, take a sample "
                "data set and press the button: the run appears here at once."
            ),
            icon="📈",
        )
        for one in first_to_try():
            page = address.page_of(one.name)
            st.page_link(page, label=_(one.title), query_params={"part": "tune"}, icon="🎛️")
        return
    found = filters()
    session.listed_jobs = [one.id for one in found]
    if len(found) > 1:
        compare.choose(found)
    if not found:
        st.caption(_("No run matches."))
    st.fragment(lines, run_every=POLL if any(one.under_way for one in everything) else None)()


def broken() -> None:
    """Rows that cannot be read, and a store that was."""
    damaged.show(_("Damaged runs: {count}"), store.damaged(), lambda one: queue.delete(str(one.id)))
    if not (aside := recovery.set_aside()):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        words = _(
            "The file of all runs was damaged. It was rebuilt from its backup and from the runs' folders; the "
            "damaged one is kept as {file}."
        )
        st.caption("⚠️ " + words.format(file=f"`{aside[0].name}`"), width="stretch")
        if st.button(_("Remove"), icon="🗑️", key="remove damaged store"):
            recovery.forget_aside()
            st.rerun()


st.title("📈 " + _("Training"))
with errors.guard():
    queue.dispatch()
with errors.guard():
    broken()
    if job_id := st.query_params.get("job"):
        st.button(_("All runs"), icon="⬅️", on_click=lambda: address.write("job", []))
        job.show(job_id)
    else:
        overview()
