"""The second part of an application's page: data, form, start; then the run itself, live.

The address says everything: `part=tune`, the data, the base, the options (`ft.…`), or the `job` looked at.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core import tasks
from core.cli import finetune
from core.data.datasets import DataSet
from core.errors import PortalError
from core.inputs import texts
from core.jobs import estimate, pace, queue
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.tasks.application import Application
from core.training import automatic
from core.training.options import TrainOptions
from core.workers import reading
from pages._ui.finetune import augmented, form
from pages._ui.finetune import data as training_data
from pages._ui.jobs import job, jobs_list
from pages._ui.kit import address, background, errors, figures, layout
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.predict import inputs

MOST_TRACKED = 8
DRY_RUN = "dry run"


def show(page: StreamlitPage) -> None:
    """A page with its two parts; one that is no application's is shown as it is. Only the chosen part runs.
    An application that has nothing to ask shows its page above the form."""
    if page.url_path not in tasks.names():
        page.run()
        return
    one = tasks.find(page.url_path)
    layout.header(one)
    both = one.prediction is not None and one.training is not None
    part = _part() if both else ""
    if part != "tune":
        page.run()
    if part == "tune" or (one.training and not both):
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
            st.button(_("New run"), icon="➕", on_click=lambda: address.write("job", []), key="new")
            job.show(job_id)
            return
        jobs_list.active(one)
        left, right = st.columns([1.25, 1], gap="large")
        data = sample = None
        if one.data:
            with left:
                st.subheader("① " + _("Data"))
                data, sample = training_data.choose(one)
        with right if one.data else left:
            st.subheader(("② " if one.data else "① ") + _("Settings"))
            base = form.base_picker(one, sample)
            values = form.ask(one, sample, data)
        with right:
            st.subheader(("③ " if one.data else "② ") + _("Start"))
            start(one, data, base, values)
        if data:
            with left:
                augmented.preview(one, data, values)
        jobs_list.earlier(one)


def start(
    one: Application, data: DataSet | None, base: ModelEntry | None, values: dict[str, object]
) -> None:
    """Name, tracked examples, the dry run and the button that starts."""
    name = st.text_input(
        _("Name of the new model"),
        key="ft name",
        max_chars=80,
        placeholder=data.name if data else "",
    )
    examples = tracked(one)
    parsed = form.parsed(one, values)
    missing = one.data is not None and data is None
    if missing:
        st.info(_("Choose a data set, fetch a sample or store an upload first."))
    ready = not missing and parsed is not None
    with st.container(horizontal=True):
        begin = st.button(
            _("Fine-tune"), type="primary", icon="🚀", disabled=not ready, key="start"
        )
        asked = st.button(
            _("Dry run"),
            icon="🩺",
            disabled=not ready,
            help=_(
                "A few real steps: how long the run will take, how much memory it needs, what batch fits."
            ),
            key="check",
        )
    if missing or parsed is None:
        return
    _length(one, data, base, parsed)
    data_id = data.id if data else None
    request = {"base": base.id if base else None, "options": parsed.model_dump(mode="json")}
    if begin:
        with errors.guard():
            new = queue.submit(one.name, data_id, name=name, tracked=examples, **request)
            st.query_params["job"] = new.id
            st.rerun()
    checked(one, data_id, request, asked)
    texts = examples if one.input.tracked == "lines" else []
    line = finetune.command(
        one.name, data_id, request["base"], request["options"], name=name, tracked=texts
    )
    with st.expander("⌨️ " + _("The same on the command line")):
        st.code(line, language="bash", wrap_lines=True)


def _length(
    one: Application, data: DataSet | None, base: ModelEntry | None, options: TrainOptions
) -> None:
    """How many optimiser steps that will be, and how long such steps took before on this computer."""
    with errors.guard():
        decided = automatic.resolved(options, data)
        samples = automatic.training_samples(options, data)
        if not samples:
            return
        steps = decided.epochs * math.ceil(samples / decided.batch_size)
        words = _(
            "{samples} training samples in batches of {batch}, {epochs} epochs: {steps} steps"
        )
        line = words.format(
            samples=samples, batch=decided.batch_size, epochs=decided.epochs, steps=steps
        )
        if seconds := pace.seconds_per_step(one.name, base.id if base else None, decided):
            time = figures.duration(seconds * steps)
            line += _(", about {time} on this computer").format(time=time)
        st.caption(line)


def checked(one: Application, data_id: str | None, request: dict[str, object], asked: bool) -> None:
    """What the dry run found, once it was asked for with exactly these settings."""
    fingerprint = json.dumps([one.name, data_id, request], sort_keys=True)
    if asked:
        session.estimates.pop(fingerprint, None)
        background.drop(DRY_RUN)
        session.checked = fingerprint
    if session.checked != fingerprint:
        return
    found = session.estimates.get(fingerprint) or background.run(
        DRY_RUN,
        fingerprint,
        partial(_dry_run, one.name, data_id, request, background.visitor()),
        limited=False,
        stays=False,
    )
    if found:
        session.estimates[fingerprint] = found
        with st.container(border=True, horizontal=True, gap="medium"):
            steps = _("{count} steps").format(count=found.steps)
            st.metric(_("Total time"), figures.duration(found.total_s), help=steps, width="content")
            st.metric(_("Time per step"), figures.seconds(found.step_s), width="content")
            st.metric(_("Memory"), f"{found.memory_mb:.0f} MB", width="content")
            st.metric(_("Largest batch"), found.largest_batch, width="content")


def _dry_run(
    name: str, data_id: str | None, request: dict[str, Any], owner: str, progress: Progress
) -> estimate.Estimate:
    return estimate.estimate(name, data_id, owner=owner, progress=progress, **request)


def tracked(one: Application) -> list[str]:
    """Inputs to follow, as they are stored with the run: what the model answers to them is shown after every epoch."""
    if not one.input.tracked:
        return []
    help_text = _("Up to {count}; the model's answers to them are shown after every epoch.")
    with st.expander("📌 " + _("Tracked examples"), key="tracked", on_change="rerun") as opened:
        if not opened.open:
            return session.tracked.get(one.name, [])
        st.caption(help_text.format(count=MOST_TRACKED))
        if one.input.tracked == "files":
            uploads = st.file_uploader(
                _("Files to track"),
                type=[suffix[1:] for suffix in one.input.suffixes],
                accept_multiple_files=True,
                key="tracked files",
            )
            found = _encoded(one, (uploads or [])[:MOST_TRACKED])
        else:
            found = _lines(one)
        session.tracked[one.name] = [given for given in found if given]
    return session.tracked[one.name]


def _lines(one: Application) -> list[str]:
    """Texts, one a line; where they belong to a context (a passage), that comes first."""
    kind, context = one.input, ""
    if kind.context:
        context = st.text_area(_(kind.context), key="tracked context", height=140).strip()
    text = st.text_area(
        _(kind.line_title), key="tracked texts", height=100 if kind.context else 140
    )
    lines = [line.strip() for line in texts.lines(text) if line.strip()]
    found = [kind.track_line(line, context) for line in lines]
    return [line for line in found if line][:MOST_TRACKED]


def _encoded(one: Application, uploads: Sequence[Any]) -> list[str]:
    """Uploaded files as tracked examples; what cannot be read is shown with its error."""
    read = partial(reading.tracked, one.name)
    found = inputs.all_decoded(uploads, read, f"tracked {one.name}") or []
    for error in found:
        if isinstance(error, PortalError):
            errors.show(error)
    return [given for given in found if isinstance(given, str)]
