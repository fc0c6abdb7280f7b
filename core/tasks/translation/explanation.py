"""How translators work: shown at the end of the page."""

from __future__ import annotations

from core.errors import N_
from core.tasks.application import Explanation

EXPLANATION = Explanation(
    N_(
        "A **Transformer** turns each token into a vector and lets *attention* mix in the tokens it "
        "depends on, wherever they stand. In Marian and M2M100 an **encoder** reads the whole "
        "sentence and a **decoder** writes the translation token by token, looking back at the "
        "encoder's vectors. Gemma is a decoder alone (GPT family), trained only to continue texts; "
        "the prompt shows it three translated sentences, and the likeliest continuation of the next "
        "line is the translation (*few-shot prompting*). **Greedy** decoding takes the likeliest "
        "token every time, **beam search** follows several beginnings side by side, **sampling** "
        "draws at random. A long text is split into sentences, translated in batches, and put back "
        "with its paragraphs."
    ),
    (
        N_("text"),
        N_("language"),
        N_("sentences"),
        N_("tokens"),
        N_("Transformer"),
        N_("token by token"),
        N_("text put together"),
    ),
    r"P(y \mid x) = \prod_t P(y_t \mid y_{<t}, x), \qquad \mathrm{Attention}(Q, K, V) = \mathrm{softmax}\Bigl(\tfrac{Q K^\top}{\sqrt{d}}\Bigr) V",
)
