"""The model library: what is on disk and what can be fetched, checked and removed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core import tasks
from core.data.samples import PHOTOGRAPHS
from core.models import catalog, finetuned, weights
from core.models.catalog import ModelEntry
from core.models.weights import State
from core.settings import settings
from core.tasks import registry
from pages._ui.kit import damaged, errors, text
from pages._ui.kit.i18n import _
from pages._ui.models import fetching, importing, picker, stored


def row(key: str, label: str, entries: list[ModelEntry], states: dict[str, State]) -> None:
    """A line that unfolds into one model, or into a menu of the family's models."""
    with st.expander(label, key=f"row {key}", on_change="rerun") as opened:
        if opened.open:
            entry = one_of(entries, states, key)
            picker.describe(entry)
            with errors.guard():
                if states[entry.id].kind != "ready":
                    fetching.offer(entry.weights, states[entry.id], key=key)
                stored.controls(entry.weights[-1:] if entry.finetuned else entry.weights, key)
            if entry.finetuned:
                importing.use(entry)


def family(name: str, entries: list[ModelEntry], states: dict[str, State]) -> str:
    """The label of a family's row."""
    star = " · ⭐" if any(entry.starter for entry in entries) else ""
    if len(entries) == 1:
        return picker.label(entries[0], states[entries[0].id]) + star
    ready = sum(states[entry.id].kind == "ready" for entry in entries)
    counted = _("{count} models, {ready} ready").format(count=len(entries), ready=ready)
    return f"{'✅' if ready else '📦'} {name} · {counted}{star}"


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


EACH = 30
"""Models of one's own with a row each; a page with a thousand rows would keep the server busy for all."""


def own_label(entry: ModelEntry) -> str:
    """The label of the row of a model of one's own."""
    named = replace(entry, title=text.plain(entry.title))
    return f"{picker.label(named, states[entry.id])} · {_(tasks.find(entry.task).title)}"


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
    st.metric(_("In memory"), f"{sum(tasks.pool.loaded().values()) / 1e6:.0f} MB", width="content")
st.caption(_("Folder: {folder} (PORTAL_DATA)").format(folder=text.code(str(settings().data))))
damaged.folder()
st.subheader(_("Your own models"))
own = [entry for entry in entries if entry.finetuned]
broken = registry.damaged_models()
if not own and not broken:
    st.caption(_("None yet: fine-tune one on an application's page, or import one."))
for entry in own[:EACH]:
    row(entry.id, own_label(entry), [entry], states)
if rest := own[EACH:]:
    row("older", _("{count} older models").format(count=len(rest)), rest, states)
damaged.show(_("Damaged models: {count}"), broken, lambda one: finetuned.remove(one.id))
importing.form()
for one in tasks.applications():
    families: dict[str, list[ModelEntry]] = {}
    for entry in entries:
        if entry.task == one.name and not entry.finetuned:
            families.setdefault(entry.family, []).append(entry)
    if families:
        st.subheader(_(one.title))
    for name, members in families.items():
        row(f"{one.name} {name}", family(name, members, states), members, states)
st.subheader(_("Example photographs"))
if not weights.is_ready(PHOTOGRAPHS):
    fetching.offer([PHOTOGRAPHS], State("downloadable"), key="samples")
stored.controls([PHOTOGRAPHS], "samples")
