"""Face generation: a grid of faces from seeds; one of them closer, a way between two, a walk in latent space."""

from __future__ import annotations

import random

import streamlit as st

from core import tasks
from core.models import catalog
from pages._ui.kit import address, layout, options
from pages._ui.kit.i18n import _
from pages._ui.models import picker
from pages._ui.predict import faces

TASK = tasks.find("face_generation")
VIEWS = {
    "closer": ("🔍", _("Closer"), faces.closer),
    "between": ("↔️", _("Between two"), faces.between),
    "walk": ("🧭", _("Walk"), faces.walk),
}


def new_seed() -> None:
    st.session_state["seed"] = random.randrange(1_000_000)


side, stage = layout.columns()
with side:
    model = picker.model_picker(TASK)
    entry = catalog.find(model) if model else None
    few = faces.few(entry) if entry else {}
    chosen = options.form(TASK, entry, **few)
    st.button("🎲 " + _("New seed"), on_click=new_seed, width="stretch", key="new seed")
with stage:
    if entry:
        faces.examples(entry)
        above = (
            st.container()
        )  # the menu is drawn even while the faces are, so that a link to it holds
        view = address.menu(
            _("Look closer"),
            list(VIEWS),
            key="view",
            default="closer",
            title=lambda v: " ".join(VIEWS[v][:2]),
            widget=st.segmented_control,
            required=True,
        )
        with above:
            drawn = faces.grid(entry, chosen)
        if drawn:
            VIEWS[view][2](entry, chosen, drawn)
        st.caption(
            _(
                "The people do not exist. Every file says in its metadata that a model made it "
                "(IPTC: trainedAlgorithmicMedia)."
            )
        )
    layout.explanation(TASK, entry.family if entry else "")
