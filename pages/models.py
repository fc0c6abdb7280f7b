"""The model library: what is on disk and what can be fetched, checked and removed."""

from __future__ import annotations

import streamlit as st

from core import catalog, task, weights
from core.catalog import ModelEntry, Weights
from core.runtime import pool
from core.samples import PHOTOGRAPHS
from core.settings import settings
from core.weights import State
from pages._ui import errors, fetching, picker, work
from pages._ui.i18n import _


def users(w: Weights) -> list[ModelEntry]:
    """The models that need these weights: removing them takes all of these away."""
    return [entry for entry in catalog.entries() if w in entry.weights]


def remove(w: Weights) -> None:
    for entry in users(w):
        pool.drop(entry.id)
    weights.remove(w)


def verify(w: Weights) -> None:
    """Button and result of comparing the files with their SHA-256."""
    key = f"verify {w.name}"
    if st.button("🔍 " + _("Verify"), key=key) or st.session_state.get(f"asked {key}"):
        st.session_state[f"asked {key}"] = True
        if work.run(key, "", lambda p: weights.verify(w, p) or True, limited=False):
            st.session_state.pop(f"asked {key}")
            st.session_state["_works"].pop(key)
            st.toast(_("{name}: every file is as it was published.").format(name=w.name), icon="✅")


def confirm_removal(w: Weights) -> None:
    with st.popover("🗑️ " + _("Remove")):
        titles = ", ".join(_(entry.title) for entry in users(w)) or _("the example photographs")
        st.write(
            _("This deletes {name} from this computer. It is used by: {titles}.").format(
                name=w.name, titles=titles
            )
        )
        if st.button(_("Remove now"), key=f"remove {w.name}", type="primary"):
            remove(w)
            st.rerun()


def controls(wanted: tuple[Weights, ...], state: State, key: str) -> None:
    """Fetch what is missing; verify or remove what is there."""
    if state.kind != "ready":
        fetching.offer(wanted, state, key=key)
    for w in wanted:
        if w.bundled or not weights.is_ready(w):
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"`{w.name}` · {weights.bytes_on_disk(w) / 1e6:.0f} MB · {picker.link(w.licence)}"
            )
            verify(w)
            confirm_removal(w)


def row(entry: ModelEntry, state: State) -> None:
    label = f"{_(entry.title)} · {picker.state_text(entry, state)}" + (
        " · ⭐" if entry.starter else ""
    )
    with st.expander(label, key=f"row {entry.id}", on_change="rerun") as opened:
        if opened.open:
            picker.describe(entry)
            with errors.guard():
                controls(entry.weights, state, entry.id)


st.title("📦 " + _("Models"))
st.markdown(
    _(
        "Everything that is on this computer or can be fetched. ⭐ marks the starters: they come from the Python package index and work without a model hub."
    )
)
entries = catalog.entries()
states = weights.states(entries)
on_disk = {w.name: w for e in entries for w in e.weights if not w.bundled and weights.is_ready(w)}
used = sum(weights.bytes_on_disk(w) for w in on_disk.values())
ready, disk, memory = st.columns(3)
ready.metric(
    _("Models ready"), f"{sum(s.kind == 'ready' for s in states.values())} / {len(entries)}"
)
disk.metric(_("On disk"), f"{used / 1e6:.0f} MB")
memory.metric(_("In memory"), f"{sum(pool.loaded().values()) / 1e6:.0f} MB")
st.caption(_("Folder: `{folder}` (PORTAL_DATA)").format(folder=settings().data))
for one in task.tasks():
    st.subheader(_(one.title))
    for entry in catalog.entries(one.name):
        row(entry, states[entry.id])
st.subheader(_("Example photographs"))
there = weights.is_ready(PHOTOGRAPHS)
controls((PHOTOGRAPHS,), State("ready" if there else "downloadable"), "samples")
