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
        titles = _(", ").join(_(entry.title) for entry in users(w)) or _("the example photographs")
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


def row(family: str, entries: list[ModelEntry], states: dict[str, State]) -> None:
    """A line that unfolds into one model, or into a menu of the family's models."""
    star = " · ⭐" if any(entry.starter for entry in entries) else ""
    if len(entries) == 1:
        label = picker.label(entries[0], states[entries[0].id])
    else:
        ready = sum(states[entry.id].kind == "ready" for entry in entries)
        counted = _("{count} models, {ready} ready").format(count=len(entries), ready=ready)
        label = f"{'✅' if ready else '📦'} {family} · {counted}"
    key = f"{entries[0].task} {family}"
    with st.expander(label + star, key=f"row {key}", on_change="rerun") as opened:
        if opened.open:
            entry = one_of(entries, states, key)
            picker.describe(entry)
            with errors.guard():
                controls(entry.weights, states[entry.id], entry.id)


def one_of(entries: list[ModelEntry], states: dict[str, State], key: str) -> ModelEntry:
    """The only one, or the one chosen in a menu: at first one that is on this computer."""
    if len(entries) == 1:
        return entries[0]
    titles = {e.id: picker.label(e, states[e.id]) for e in entries}
    ready = [i for i, e in enumerate(entries) if states[e.id].kind == "ready"]
    chosen = st.selectbox(
        _("Model"),
        titles,
        index=(ready or [0])[0],
        format_func=titles.__getitem__,
        key=f"one of {key}",
    )
    return catalog.find(chosen)


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
ready = sum(state.kind == "ready" for state in states.values())
with st.container(horizontal=True, gap="large"):
    st.metric(_("Models ready"), f"{ready} / {len(entries)}", width="content")
    st.metric(_("On disk"), f"{used / 1e6:.0f} MB", width="content")
    st.metric(_("In memory"), f"{sum(pool.loaded().values()) / 1e6:.0f} MB", width="content")
st.caption(_("Folder: `{folder}` (PORTAL_DATA)").format(folder=settings().data))
for one in task.tasks():
    st.subheader(_(one.title))
    families: dict[str, list[ModelEntry]] = {}
    for entry in catalog.entries(one.name):
        families.setdefault(entry.family, []).append(entry)
    for family, members in families.items():
        row(family, members, states)
st.subheader(_("Example photographs"))
there = weights.is_ready(PHOTOGRAPHS)
controls((PHOTOGRAPHS,), State("ready" if there else "downloadable"), "samples")
