"""What can be done with weights that are on this computer: verify and remove."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core import tasks
from core.models import catalog, weights
from core.models.catalog import ModelEntry, Weights
from pages._ui.kit import work
from pages._ui.kit.i18n import _
from pages._ui.models import picker


def controls(wanted: Sequence[Weights], row: str) -> None:
    """Verify or remove what is there. Several rows may share weights: `row` tells their buttons apart."""
    for w in wanted:
        if w.bundled or not weights.manifest(w):
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"`{w.name}` · {weights.bytes_on_disk(w) / 1e6:.0f} MB · {picker.link(w.licence)}"
            )
            _verify(w, row)
            _confirm_removal(w, row)


def _users(w: Weights) -> list[ModelEntry]:
    """The models that need these weights: removing them takes all of these away."""
    return [entry for entry in catalog.entries() if w in entry.weights]


def _remove(w: Weights) -> None:
    for entry in _users(w):
        tasks.pool.drop(entry.id)
    weights.remove(w)


def _verify(w: Weights, row: str) -> None:
    """Button and result of comparing the files with their SHA-256."""
    key = f"verify {w.name} {row}"
    if st.button("🔍 " + _("Verify"), key=key) or st.session_state.get(f"asked {key}"):
        st.session_state[f"asked {key}"] = True
        if work.run(key, "", lambda p: weights.verify(w, p) or True, limited=False):
            st.session_state.pop(f"asked {key}")
            st.session_state["_works"].pop(key)
            st.toast(_("{name}: every file is as it was published.").format(name=w.name), icon="✅")


def _confirm_removal(w: Weights, row: str) -> None:
    with st.popover("🗑️ " + _("Remove")):
        titles = _(", ").join(_(entry.title) for entry in _users(w)) or _("the example photographs")
        st.write(
            _("This deletes {name} from this computer. It is used by: {titles}.").format(
                name=w.name, titles=titles
            )
        )
        if st.button(_("Remove now"), key=f"remove {w.name} {row}", type="primary"):
            _remove(w)
            st.rerun()
