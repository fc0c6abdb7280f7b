"""How sentiment models work: shown at the end of the page."""

from __future__ import annotations

from core.errors import N_
from core.tasks.application import Explanation

EXPLANATION = Explanation(
    N_(
        "Each token becomes a vector (*embedding*). An **LSTM** reads them one after the other and "
        "carries a memory; its gates learn what to keep, what to forget and what to pass on. A "
        "**Transformer** such as BERT looks at all tokens at once: attention mixes each token's "
        "vector with those it depends on, so that *not* can turn *good* around. The vectors of all "
        "tokens are averaged, the LSTM's with weights it learns (*attention pooling*), and a last "
        "linear layer gives one logit for each class; softmax turns them into probabilities. The "
        "English model is **transfer learning**: MiniLM had read a billion pairs of sentences "
        "before; we froze it and trained only small *low-rank adapters* (LoRA) in its layers. The "
        "Chinese LSTM was trained from nothing on reviews. A text longer than the model's window is "
        "read in several windows whose probabilities are averaged."
    ),
    (
        N_("text"),
        N_("tokens"),
        N_("embeddings"),
        N_("LSTM or Transformer"),
        N_("pooling"),
        N_("linear layer"),
        N_("softmax"),
        N_("negative · neutral · positive"),
    ),
    r"W' = W + \tfrac{\alpha}{r} B A, \qquad p = \mathrm{softmax}\Bigl(W_h \sum_t a_t h_t + b\Bigr)",
)
