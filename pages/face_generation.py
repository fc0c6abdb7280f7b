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


def explain_gan() -> None:
    layout.explanation(
        TASK,
        _(
            "A **generative adversarial network** is a game of two networks. The *generator* G turns a random "
            "vector z, the **latent vector**, into a picture; layer by layer it grows from 4 × 4 to 64 × 64 "
            "(transposed convolutions). The *discriminator* D sees real pictures and drawn ones and says how real "
            "each looks. D learns to tell them apart, G learns to fool it, and both get better. After the "
            "training D is thrown away. Faces that lie close together in latent space look alike, so a walk "
            "there changes a face smoothly. The walks here follow an arc and not a straight line: random vectors "
            "of 100 numbers all have about the same length, and in the middle of a line they would be too short."
        ),
        [
            _("random vector z"),
            _("generator G"),
            _("drawn face G(z)"),
            _("discriminator D (sees real faces too)"),
            _("real or drawn?"),
            _("both networks learn from the answer"),
        ],
        r"\min_G \max_D \;\; \mathbb{E}_{x \sim \text{data}}\left[\log D(x)\right] + "
        r"\mathbb{E}_{z \sim \mathcal{N}(0, I)}\left[\log\left(1 - D(G(z))\right)\right]",
    )


def explain_diffusion() -> None:
    layout.explanation(
        TASK,
        _(
            "A **diffusion model** learned to clean pictures. In training, noise was mixed into photographs, "
            "from a trace to nothing but noise, and a network, a *U-Net*, learned to say which part is noise. "
            "To draw, it starts from pure noise and repeats: guess the noise, take a part of it away. The "
            "**scheduler** decides how large a part, and with it how many steps are needed. Every step runs the "
            "whole network: that is why it takes so much longer than a GAN, which draws in a single pass."
        ),
        [
            _("pure noise"),
            _("U-Net guesses the noise"),
            _("scheduler takes a part away"),
            _("… repeated"),
            _("face"),
        ],
        r"x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( x_t - \frac{1 - \alpha_t}{\sqrt{1 - \bar\alpha_t}} "
        r"\, \epsilon_\theta(x_t, t) \right) + \sigma_t z",
    )


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
    if entry and entry.family == "DDPM":
        explain_diffusion()
    else:
        explain_gan()
