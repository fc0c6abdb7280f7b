"""The linear part of the Chinese starter, fitted before its LSTM: weights of runs of characters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import torch
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from core.tasks.sentiment.data import Example, Split
from core.tasks.sentiment.lstm import runs

FOLDS = 5


def baseline(data: Split) -> dict[str, float]:
    """A linear classifier over character n-grams, its one setting chosen on the dev part."""
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    train = grams.fit_transform([e.text for e in data.train])
    dev, test = (grams.transform([e.text for e in part]) for part in (data.dev, data.test))
    labels = {name: _labels(getattr(data, name)) for name in ("train", "dev", "test")}
    fitted = [
        LogisticRegression(C=c, max_iter=1000).fit(train, labels["train"]) for c in (0.3, 1, 3, 10)
    ]
    best = max(fitted, key=lambda model: model.score(dev, labels["dev"]))
    return {"C": best.C, "polarity_accuracy": round(best.score(test, labels["test"]), 4)}


def fit(data: Split, places: int, seed: int) -> tuple[torch.Tensor, dict[str, float]]:
    """One weight per place, and for each training text the answer of weights that never saw it.

    The first go into the network; beside the second its LSTM learns. Weights that saw a text are
    far surer of it than they will be of a new one, and would leave nothing to learn.
    """
    train, dev = (_features(part, places) for part in (data.train, data.dev))
    labels, wanted = _labels(data.train), _labels(data.dev)
    fitted = {c: _weights(train, labels, c) for c in (3, 10, 30)}
    scores = {c: float(((dev @ w > 0) == wanted).mean()) for c, w in fitted.items()}
    print(f"n-gram weights alone, on the dev part by C: {scores}", flush=True)
    best = max(scores, key=scores.__getitem__)
    unseen = np.zeros(len(labels))
    for known, rest in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(train, labels):
        unseen[rest] = train[rest] @ _weights(train[known], labels[known], best)
    print(f"on unseen training texts: {((unseen > 0) == labels).mean():.4f}", flush=True)
    answers = {e.text: float(value) for e, value in zip(data.train, unseen, strict=True)}
    return torch.from_numpy(fitted[best]).float(), answers


def _labels(examples: Sequence[Example]) -> np.ndarray:
    return np.array([e.label == 2 for e in examples])


def _features(examples: Sequence[Example], places: int) -> sparse.csr_matrix:
    """What the network sees: each place that occurs counts 1 / sqrt(number of such places)."""
    found = [runs(e.text, places) for e in examples]
    counts = np.array([len(row) for row in found])
    values = np.repeat(1 / np.sqrt(counts), counts)
    columns = np.fromiter(chain.from_iterable(found), dtype=np.int32)
    return sparse.csr_matrix(
        (values, columns, np.r_[0, counts.cumsum()]), shape=(len(examples), places)
    )


def _weights(features: sparse.csr_matrix, labels: np.ndarray, c: float) -> np.ndarray:
    """Logistic regression; rare runs are scaled up for it as in tf-idf, those seen once left out."""
    texts = np.bincount(features.indices, minlength=features.shape[1])
    rarity = (texts > 1) * (1 + np.log((1 + len(labels)) / (1 + texts))) / 5
    model = LogisticRegression(C=c, solver="liblinear", tol=1e-3, fit_intercept=False)
    model.fit(features @ sparse.diags(rarity), labels)
    return model.coef_[0] * rarity
