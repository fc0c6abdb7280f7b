"""Offers to fetch weights that are missing: size, licence, a button, a bar that follows the bytes."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.models import weights
from core.models.catalog import Weights
from core.models.weights import State
from core.progress import Progress
from pages._ui.kit import background, text
from pages._ui.kit.i18n import _
from pages._ui.kit.state import session


def offer(wanted: Sequence[Weights], state: State, *, key: str) -> None:
    """Draw the offer for those of `wanted` that are missing; runs the page again when they are there."""
    missing = [w for w in wanted if not weights.is_ready(w)]
    if not missing:
        return
    name, fingerprint = "fetch", " ".join(w.name for w in missing)
    with st.container(border=True):
        size = sum(w.download_mb for w in missing)
        st.markdown(
            _("**Not on this computer yet.** The weights are {size:.0f} MB.").format(size=size)
        )
        for w in missing:
            terms = text.link(_(w.licence.name), w.licence.url)
            st.caption(
                f"{text.code(w.name)} · {w.download_mb:.0f} MB · {terms}  \n{_(w.licence.notice)}"
            )
        if state.kind == "offline":
            reason = _(state.reason).format(host=text.plain(state.host))
            st.warning(
                _(
                    "It cannot be fetched now: {reason}. Choose a model that is ready, or connect and reload."
                ).format(reason=reason),
                icon="⛔",
            )
            return
        asked = st.button(_("Fetch now"), key=f"fetch {key} {fingerprint}", type="primary")
        if asked or background.running(name, fingerprint) or fingerprint in session.asked:
            session.asked.add(fingerprint)
            if background.run(
                name, fingerprint, lambda p: _fetch(missing, p), shared=True, limited=False
            ):
                background.forget(name, fingerprint)
                session.asked.discard(fingerprint)
                st.rerun()


def _fetch(missing: Sequence[Weights], progress: Progress) -> bool:
    for w in missing:
        weights.fetch(w, progress)
    return True
