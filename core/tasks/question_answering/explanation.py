"""How readers work: shown at the end of the page."""

from __future__ import annotations

from core.errors import N_
from core.tasks.application import Explanation

EXPLANATION = Explanation(
    N_(
        "An **encoder** such as BERT reads question and passage together; attention lets every token "
        "look at every other one. Two numbers come out for each token: how well the answer could "
        "begin there and how well it could end there. The answer is the run of tokens with the "
        "largest sum. A **decoder** such as Gemma (GPT family) only ever predicts the next token. A "
        "prompt with a few examples shows it what to do; every run of passage words is then scored "
        "by the probability that the model would write it as the answer, and by how much its "
        "sentence is like the question. A passage longer than the model's window is cut into "
        "overlapping windows; MiniLM turns sentences and question into vectors and picks the windows "
        "to read. The confidence is the probability of the best run among all that were compared."
    ),
    (
        N_("passage"),
        N_("windows"),
        N_("search by meaning"),
        N_("question + window"),
        N_("Transformer"),
        N_("score of every run"),
        N_("answer"),
    ),
    r"P(i, j) = \frac{e^{s_i + t_j}}{\sum_{a \le b} e^{s_a + t_b}}",
)
