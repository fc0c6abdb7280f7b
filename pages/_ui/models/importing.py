"""A model from a zip file that a portal exported: uploaded, checked, and in the menus."""

from __future__ import annotations

import io

import streamlit as st

from core import tasks
from core.errors import N_
from core.inputs.reading import Problem, Reading
from core.models import catalog
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.settings import settings
from core.tasks import exports
from pages._ui.kit import address, background, errors, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session

NAME = "import"


def form() -> None:
    """The uploader, the work, and what came of the last import."""
    with st.expander("📥 " + _("Import a model"), key="importing", on_change="rerun") as opened:
        if opened.open:
            _ask()
    there = {entry.id: entry for entry in catalog.entries()}
    if done := there.get(session.imported):
        _arrived(done)


def _ask() -> None:
    st.caption(_("A zip file that a portal exported. Code and pickles in it are not read."))
    upload = st.file_uploader(
        _("Zip file of a model"),
        type=["zip"],
        key=f"model file {session.imports}",  # a new key empties the uploader
        max_upload_size=settings().archive_mb,
    )
    if upload is None:
        return
    content, name = upload.getvalue(), upload.name

    def read(progress: Progress) -> tuple[ModelEntry, list[Problem]]:
        progress.step(0, None, N_("Reading and checking"))
        reading = Reading()
        return exports.read_in(io.BytesIO(content), name, reading), reading.problems

    if done := background.run(NAME, upload.file_id, read, limited=False):
        background.drop(NAME)
        entry, session.import_problems = done
        session.imported = entry.id
        session.imports += 1
        st.rerun()


def _arrived(entry: ModelEntry) -> None:
    """Where the model can be used, and what it lacks."""
    words = (
        _("**{title}** was imported and is in the model menu.")
        if tasks.find(entry.task).prediction
        else _("**{title}** was imported.")
    )
    st.success(words.format(title=text.plain(entry.title)), icon="✅")
    for problem in session.import_problems:
        st.caption(text.plain(errors.message_of(problem.template, problem.values)))
    if not tasks.is_ready(entry):
        st.info(
            _("It needs the files of the model it was made from: fetch them in its line."), icon="⬇️"
        )
    use(entry)


def use(entry: ModelEntry) -> None:
    """The way to the model's page, with the model chosen; nothing where its application asks no models."""
    if tasks.find(entry.task).prediction is None:
        return
    chosen = {"part": "use", "model": entry.id}
    page = address.page_of(entry.task)
    st.page_link(page, label=_("Use it now"), icon="▶️", query_params=chosen)
