"""The second part of each task's page: data, form, start; then the training itself, live.

The address says everything: `part=tune`, the data, the base, the options (`ft.…`), or the `job` looked at.
"""

from __future__ import annotations

import json
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core import tasks
from core.data.datasets import DataSet
from core.errors import PortalError
from core.inputs import images
from core.jobs import estimate, queue
from core.models.catalog import ModelEntry
from core.tasks.application import Application
from pages._ui.finetune import augmented, tune_data, tune_form
from pages._ui.jobs import job, jobs_list
from pages._ui.kit import address, errors, figures, layout, work
from pages._ui.kit.i18n import _
from pages._ui.predict import inputs

PROBES = 8
CHECKED = "trial steps"


def show(page: StreamlitPage) -> None:
    """A page with its two parts; one that is no task's is shown as it is. Only the chosen part runs."""
    if page.url_path not in tasks.names():
        page.run()
        return
    one = tasks.find(page.url_path)
    layout.header(one, page.icon)
    if one.training is None or _part() == "use":
        page.run()
    else:
        panel(one)


def _part() -> str:
    titles = {"use": "▶️ " + _("Use"), "tune": "🎛️ " + _("Fine-tune")}
    return address.menu(
        _("Part of the page"),
        list(titles),
        key="part",
        default="use",
        title=titles.__getitem__,
        widget=st.segmented_control,
        required=True,
        label_visibility="collapsed",
    )


def panel(one: Application) -> None:
    """The job that the address names, or the form for a new one with the earlier ones below."""
    with errors.guard():
        if job_id := st.query_params.get("job"):
            st.button(
                _("New training"), icon="➕", on_click=lambda: address.write("job", []), key="new"
            )
            job.show(job_id)
            return
        jobs_list.active(one)
        left, right = st.columns([1.25, 1], gap="large")
        with left:
            st.subheader("① " + _("Data"))
            data, sample = tune_data.choose(one)
        with right:
            st.subheader("② " + _("Settings"))
            base = tune_form.base_picker(one, sample)
            values = tune_form.ask(one, sample)
            st.subheader("③ " + _("Start"))
            start(one, data, base, values)
        with left:
            if data:
                augmented.preview(one, data, values)
        jobs_list.earlier(one)


def start(
    one: Application, data: DataSet | None, base: ModelEntry | None, values: dict[str, Any]
) -> None:
    """Name, probes, the check and the button that starts."""
    name = st.text_input(
        _("Name of the new model"),
        key="ft name",
        max_chars=80,
        placeholder=data.name if data else "",
    )
    probes = pinned(one)
    parsed = tune_form.parsed(one, values)
    if data is None:
        st.info(_("Choose a data set, fetch a sample or store an upload first."))
    ready = data is not None and parsed is not None
    with st.container(horizontal=True):
        begin = st.button(
            _("Fine-tune"), type="primary", icon="🚀", disabled=not ready, key="start"
        )
        asked = st.button(
            _("Check"),
            icon="🩺",
            disabled=not ready,
            help=_(
                "Runs a few real steps: how long it will take, how much memory, what batch fits."
            ),
            key="check",
        )
    if data is None or parsed is None:
        return
    request = {"base": base.id if base else None, "options": parsed.model_dump(mode="json")}
    if begin:
        with errors.guard():
            new = queue.submit(one.name, data.id, name=name, tracked=probes, **request)
            st.query_params["job"] = new.id
            st.rerun()
    checked(one, data, request, asked)
    texts = probes if one.input.tracked == "lines" else []
    line = command(one, data, request, name=name, probes=texts)
    with st.expander("⌨️ " + _("The same on the command line")):
        st.code(line, language="bash", wrap_lines=True)


def command(one: Application, data: DataSet, request: dict[str, Any], **more: Any) -> str:
    from core.cli import finetune

    return finetune.command(one.name, data.id, request["base"], request["options"], **more)


def checked(one: Application, data: DataSet, request: dict[str, Any], asked: bool) -> None:
    """What the trial steps found, once they were asked for with exactly these settings."""
    fingerprint = json.dumps([one.name, data.id, request], sort_keys=True)
    if asked:
        work.drop(CHECKED)
        st.session_state[CHECKED] = fingerprint
    if st.session_state.get(CHECKED) != fingerprint:
        return
    found = work.run(
        CHECKED,
        fingerprint,
        lambda progress: estimate.estimate(one.name, data.id, progress=progress, **request),
        limited=False,
    )
    if found:
        with st.container(border=True, horizontal=True, gap="medium"):
            steps = _("{count} steps").format(count=found.steps)
            st.metric(
                _("Time in all"), figures.duration(found.total_s), help=steps, width="content"
            )
            st.metric(_("A step"), figures.seconds(found.step_s), width="content")
            st.metric(_("Memory"), f"{found.memory_mb:.0f} MB", width="content")
            st.metric(_("Largest batch"), found.largest_batch, width="content")


def pinned(one: Application) -> list[str]:
    """Inputs that the person pins: what the model answers to them is shown after every epoch."""
    if not one.input.tracked:
        return []
    pins = f"pinned {one.name}"
    help_text = _("Up to {count}; the model's answers to them are shown after every epoch.")
    with st.expander("📌 " + _("Probes"), key="probes", on_change="rerun") as opened:
        if not opened.open:
            return st.session_state.get(pins, [])
        st.caption(help_text.format(count=PROBES))
        if one.input.tracked == "files":
            uploads = st.file_uploader(
                _("Pictures to pin"),
                type=[suffix[1:] for suffix in one.input.suffixes],
                accept_multiple_files=True,
                key="probe pictures",
            )
            found = [_encoded(one, upload) for upload in (uploads or [])[:PROBES]]
        else:
            found = _lines(one)
        st.session_state[pins] = [probe for probe in found if probe]
    return st.session_state[pins]


def _lines(one: Application) -> list[str]:
    """Texts, one a line; where they belong to a context (a passage), that comes first."""
    context = ""
    if one.input.context:
        context = st.text_area(_(one.input.context), key="probe passage", height=140).strip()
        text = st.text_area(_("Questions, one per line"), key="probe texts", height=100)
    else:
        text = st.text_area(_("One text per line"), key="probe texts", height=140)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [one.input.track_line(line, context) for line in lines]
    return [line for line in found if line][:PROBES]


def _encoded(one: Application, upload: Any) -> str:
    """A picture as a small base64 JPEG; empty (and said so) when it cannot be read."""
    picture = inputs.decoded(upload, images.decode)
    if isinstance(picture, PortalError):
        errors.show(picture)
        return ""
    return one.input.track(picture)
