"""How face generators work: shown at the end of the page."""

from __future__ import annotations

from core.errors import N_
from core.tasks.application import Explanation

GAN = Explanation(
    N_(
        "A **generative adversarial network** is a game of two networks. The *generator* G turns a "
        "random vector z, the **latent vector**, into an image; layer by layer it grows from 4 × 4 "
        "to 64 × 64 (transposed convolutions). The *discriminator* D sees real images and "
        "generated ones and says how real each looks. D learns to tell them apart, G learns to fool it, and "
        "both get better. After the training D is thrown away. Faces that lie close together in "
        "latent space look alike, so a walk there changes a face smoothly. The walks here follow an "
        "arc and not a straight line: random vectors of 100 numbers all have about the same length, "
        "and in the middle of a line they would be too short."
    ),
    (
        N_("random vector z"),
        N_("generator G"),
        N_("generated face G(z)"),
        N_("discriminator D (sees real faces too)"),
        N_("real or generated?"),
        N_("both networks learn from the answer"),
    ),
    r"\min_G \max_D \;\; \mathbb{E}_{x \sim \text{data}}\left[\log D(x)\right] + \mathbb{E}_{z \sim \mathcal{N}(0, I)}\left[\log\left(1 - D(G(z))\right)\right]",
)

DIFFUSION = Explanation(
    N_(
        "A **diffusion model** learned to clean images. In training, noise was mixed into "
        "photographs, from a trace to nothing but noise, and a network, a *U-Net*, learned to say "
        "which part is noise. To generate, it starts from pure noise and repeats: guess the noise, take "
        "a part of it away. The **scheduler** decides how large a part, and with it how many steps "
        "are needed. Every step runs the whole network: that is why it takes so much longer than a "
        "GAN, which needs a single pass."
    ),
    (
        N_("pure noise"),
        N_("U-Net guesses the noise"),
        N_("scheduler takes a part away"),
        N_("… repeated"),
        N_("face"),
    ),
    r"x_{t-1} = \frac{1}{\sqrt{\alpha_t}} \left( x_t - \frac{1 - \alpha_t}{\sqrt{1 - \bar\alpha_t}} \, \epsilon_\theta(x_t, t) \right) + \sigma_t z",
)
