"""The first page: what this is, a card for each application, what this computer offers."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.device import free_bytes, total_bytes
from core.models import catalog
from core.tasks.application import Application
from pages._ui.kit import address, damaged, warm
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.predict import thumbnails


def card(one: Application, ready: tuple[str, ...]) -> bool:
    with st.container(border=True, height="stretch"):
        st.subheader(f"{one.icon} {_(one.title)}")
        st.caption(_(one.summary))
        finished = one.prediction is None or thumbnails.thumbnail(one.name, ready)
        st.page_link(address.page_of(one.name), label=_("Try it"), icon="➡️")
    return finished


def gallery() -> None:
    """A card an application, drawn again every second until every thumbnail is there."""
    ready = thumbnails.ready_tasks()
    everything = tasks.applications()
    finished = []
    for start in range(0, len(everything), 3):
        for column, one in zip(st.columns(3), everything[start : start + 3], strict=False):
            with column:
                finished.append(card(one, ready))
    if all(finished) and session.gallery_waits:
        session.gallery_waits = False
        st.rerun()


def status() -> None:
    ready = [tasks.is_ready(entry) for entry in catalog.entries()]
    left, middle, right = st.columns(3)
    left.metric(_("Models ready offline"), f"{sum(ready)} / {len(ready)}", border=True)
    middle.metric(
        _("Memory free"),
        f"{free_bytes('cpu') / 1e9:.1f} / {total_bytes() / 1e9:.1f} GB",
        border=True,
        help=_("Loaded models take {size:.0f} MB now.").format(
            size=sum(tasks.pool.loaded().values()) / 1e6
        ),
    )
    device = warm.start().device
    right.metric(_("Device"), device.name.upper() if device else "…", border=True)
    if not all(ready):
        st.page_link("models.py", label=_("Fetch more models"), icon="📦")


st.title("🧠 " + _("Deep-learning portal"))
st.markdown(
    _(
        "See deep-learning models at work on your own images and sentences: what they answer, how confident "
        "they are, how long it took, which weights did it.  \nEverything runs on this computer; nothing you "
        "give leaves it."
    )
)
damaged.folder()
st.fragment(gallery, run_every=1.0 if session.gallery_waits else None)()
status()
