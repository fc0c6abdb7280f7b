"""What the Chinese sentiment starter has beside its LSTMs: weights of n-grams, and embeddings to start from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy import sparse
from sentencepiece import SentencePieceProcessor
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.utils.extmath import randomized_svd

from core.inputs.texts import normal
from core.tasks.sentiment.networks import wide_and_deep
from core.tasks.sentiment.public_texts import Example

NEAR = 3
"""Distance in sub-words up to which others count as neighbours."""


def baseline(
    train: Sequence[Example], dev: Sequence[Example], test: Sequence[Example]
) -> dict[str, float]:
    """A linear classifier over character n-grams, its one setting chosen on the dev part."""
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    known = grams.fit_transform([e.text for e in train])
    decide, report = (grams.transform([e.text for e in part]) for part in (dev, test))
    fitted = [
        LogisticRegression(C=c, max_iter=1000).fit(known, _labels(train)) for c in (0.3, 1, 3, 10)
    ]
    best = max(fitted, key=lambda model: model.score(decide, _labels(dev)))
    return {"C": best.C, "polarity_accuracy": round(best.score(report, _labels(test)), 4)}


def fit(
    examples: Sequence[Example], tokenizer: SentencePieceProcessor, c: float
) -> tuple[list[int], torch.Tensor]:
    """Checksums of the n-grams that occur at least twice, and one weight for each.

    Logistic regression on what the network sees: each n-gram that occurs counts 1 / sqrt(number of
    such n-grams). For it they are scaled up by how rare they are (as in tf-idf) and how much more
    often one class has them (naive Bayes, Wang and Manning 2012).
    """

    def grams(text: str) -> set[int]:
        return wide_and_deep.grams(normal(text)[: wide_and_deep.WINDOW], tokenizer)

    counter = CountVectorizer(analyzer=grams, binary=True, min_df=2, dtype=np.float64)
    found = counter.fit_transform([e.text for e in examples])
    labels = _labels(examples)
    texts, positive = (np.asarray(part.sum(0)).ravel() for part in (found, found[labels]))
    rates = [(1 + n) / (1 + n).sum() for n in (positive, texts - positive)]
    scale = (0.5 + abs(np.log(rates[0] / rates[1]))) * (1 + np.log((1 + len(labels)) / (1 + texts)))
    counts = np.maximum(1, np.diff(found.indptr))
    model = LogisticRegression(C=c, solver="liblinear", tol=1e-3, fit_intercept=False)
    model.fit(sparse.diags(1 / np.sqrt(counts)) @ found @ sparse.diags(scale), labels)
    keys = [int(key) for key in counter.get_feature_names_out()]
    return keys, torch.from_numpy(model.coef_[0] * scale).float()


def vectors(
    examples: Sequence[Example], tokenizer: SentencePieceProcessor, size: int
) -> torch.Tensor:
    """Embeddings (tokens, size) that put sub-words side by side that have the same neighbours.

    Positive pointwise mutual information with what stands up to `NEAR` away, smoothed and factored
    (Levy, Goldberg and Dagan 2015).
    """
    rows = [np.array(tokenizer.encode(normal(e.text)[: wide_and_deep.WINDOW])) for e in examples]
    pairs = [(row[:-d], row[d:]) for row in rows for d in range(1, NEAR + 1) if len(row) > d]
    left, right = map(np.concatenate, zip(*pairs, strict=True))
    tokens = tokenizer.vocab_size()
    counts = sparse.coo_matrix((np.ones(len(left)), (left, right)), shape=(tokens, tokens)).tocsr()
    counts = (counts + counts.T).tocoo()
    times = np.asarray(counts.sum(1)).ravel()
    context = times**0.75 / (times**0.75).sum()
    information = np.log(counts.data / (times[counts.row] * context[counts.col]))
    positive = (np.maximum(information, 0), (counts.row, counts.col))
    left, values, _ = randomized_svd(
        sparse.csr_matrix(positive, shape=counts.shape), size, random_state=0
    )
    table = np.zeros((tokens, size))
    table[:, : len(values)] = left * np.sqrt(values)  # fewer columns where there are few tokens
    table[wide_and_deep.PAD] = 0
    return torch.from_numpy(0.05 * table / table.std()).float()  # rare ones stay quiet


def _labels(examples: Sequence[Example]) -> np.ndarray:
    return np.array([e.label == 2 for e in examples])
