"""How object detectors work: shown at the end of the page."""

from __future__ import annotations

from core.errors import N_
from core.tasks.application import Explanation

EXPLANATION = Explanation(
    N_(
        "A **convolutional backbone** turns the image into maps of features. On them a *head* "
        "answers two questions for thousands of places and shapes at once: which class is here (a "
        "score for each), and how must this shape move and stretch to become the object's box. "
        "**SSD** and **YOLO** do this in one pass (*you only look once*); **Faster R-CNN** first "
        "proposes regions that may hold something and then looks at each more closely: slower, often "
        "more exact. Many answers describe the same object, so *non-maximum suppression* keeps the "
        "most confident and drops those of its class that overlap it by more than the IoU threshold. YOLO26 "
        "learned to give one box per object and needs no suppression."
    ),
    (
        N_("image"),
        N_("convolutional backbone"),
        N_("maps at several scales"),
        N_("boxes and class scores"),
        N_("score threshold"),
        N_("non-maximum suppression"),
        N_("labelled boxes"),
    ),
    r"\mathrm{IoU}(A, B) = \frac{|A \cap B|}{|A \cup B|}",
)
