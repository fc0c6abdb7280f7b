"""How image classifiers work: shown at the end of the page."""

from __future__ import annotations

from core.errors import N_
from core.tasks.application import Explanation

EXPLANATION = Explanation(
    N_(
        "A **convolutional neural network** slides small filters over the image. Early layers "
        "answer to edges and colours, later ones to textures, parts and whole objects; pooling "
        "shrinks the maps in between. The last, fully connected layer gives one number per class, a "
        "*logit*; softmax turns the logits into probabilities that add up to 1. Training moved the "
        "weights so that the right class of 1.28 million photographs got a high probability "
        "(cross-entropy loss, back-propagation). ResNet adds shortcuts around layers so that very "
        "deep networks still learn; EfficientNet balances depth, width and resolution."
    ),
    (
        N_("image 224 × 224"),
        N_("convolution"),
        N_("pooling"),
        N_("… repeated"),
        N_("fully connected layer"),
        N_("softmax"),
        N_("1,000 probabilities"),
    ),
    r"p_k = \frac{e^{z_k / T}}{\sum_j e^{z_j / T}}",
)
