"""What can be done with weights that are on this computer: verify and remove."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.models import weights
from core.models.catalog import Weights
from core.tasks import removal
from pages._ui.kit import background, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session
from pages._ui.models import picker


def controls(wanted: Sequence[Weights], row: str) -> None:
    """Verify or remove what is there. Several rows may share weights: `row` tells their buttons apart."""
    for w in wanted:
        if w.bundled or not weights.manifest(w):
            continue
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                f"{text.code(w.name)} · {weights.bytes_on_disk(w) / 1e6:.0f} MB · {picker.link(w.licence)}"
            )
            _verify(w, row)
            _confirm_removal(w, row)


def _verify(w: Weights, row: str) -> None:
    """Button and result of comparing the files with their SHA-256."""
    key = f"verify {w.name} {row}"
    if st.button("🔍 " + _("Verify"), key=key) or key in session.asked:
        session.asked.add(key)
        if background.run(key, "", lambda p: weights.verify(w, p) or True, limited=False):
            session.asked.discard(key)
            background.drop(key)
            st.toast(
                _("{name}: every file is as it was published.").format(name=text.plain(w.name)),
                icon="✅",
            )


def _confirm_removal(w: Weights, row: str) -> None:
    with st.popover("🗑️ " + _("Remove")):
        titles = _(", ").join(text.plain(_(entry.title)) for entry in removal.users(w)) or _(
            "the example photographs"
        )
        st.write(
            _("This deletes {name} from this computer. It is used by: {titles}.").format(
                name=text.plain(w.name), titles=titles
            )
        )
        if st.button(_("Remove now"), key=f"remove {w.name} {row}", type="primary"):
            removal.remove(w)
            st.rerun()
