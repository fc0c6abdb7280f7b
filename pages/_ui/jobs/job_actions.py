"""What can be done with a training: stop, cancel, resume, extend, clone, delete."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core import tasks
from core.jobs import queue
from core.jobs.store import Job
from pages._ui.finetune import tune_form
from pages._ui.kit import errors
from pages._ui.kit.i18n import _


def row(job: Job) -> None:
    """The buttons that fit the job's state."""
    with st.container(horizontal=True, gap="small"):
        if job.active and job.state != "stopping":
            if st.button(_("Stop and keep best"), icon="⏹️", type="primary", key=f"stop {job.id}"):
                _do(queue.stop, job.id)
        elif queue.can_resume(job) and st.button(
            _("Resume"), icon="▶️", type="primary", key=f"resume {job.id}"
        ):
            _do(queue.resume, job.id)
        if job.state in ("done", "stopped") and queue.has_checkpoint(job):
            _extend(job)
        if job.model and job.request.options.get("trainable") == "head":
            _continue(job)
        if st.button(_("Clone settings"), icon="🧬", key=f"clone {job.id}"):
            tune_form.fill(tasks.find(job.task), job.request, {})
        _remove(job)


def _do(action: object, *given: object) -> None:
    """Do it, show why not, and draw the page anew."""
    with errors.guard():
        action(*given)  # type: ignore[operator]
        st.rerun()


def _extend(job: Job) -> None:
    with st.popover(_("Extend"), icon="➕"):
        more = st.number_input(_("More epochs"), 1, 300, 3, key=f"more {job.id}")
        if st.button(_("Extend now"), key=f"extend {job.id}", type="primary"):
            _do(queue.extend, job.id, more)


def _continue(job: Job) -> None:
    """A form that starts from the new last layer and moves everything."""
    if st.button(_("Continue with all layers"), icon="🧱", key=f"continue {job.id}"):
        request = replace(job.request, base=job.model)
        tune_form.fill(tasks.find(job.task), request, {"trainable": "all"})


def _remove(job: Job) -> None:
    """Cancel and delete, or delete, after a second click."""
    running = job.under_way
    word = _("Cancel and delete") if running else _("Delete")
    with st.popover(word, icon="🗑️"):
        if running:
            st.write(_("This ends the training at once and keeps nothing of it."))
        elif job.model:
            st.write(_("This deletes the training and the model that it made."))
        else:
            st.write(_("This deletes the training and its files."))
        if st.button(_("Yes, delete"), key=f"delete {job.id}", type="primary"):
            with errors.guard():
                (queue.cancel if running else queue.delete)(job.id)
                st.query_params.pop("job", None)
                st.rerun()
