"""How well answers match the right ones: F1 and exact match as in SQuAD.

Words in common between answer and truth (https://arxiv.org/abs/1606.05250, section 6.1), case, punctuation and
articles left aside; in Chinese, characters (https://arxiv.org/abs/1810.07366).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence


def words(text: str) -> list[str]:
    text = "".join(
        c for c in text.lower() if c not in string.punctuation + "，。、：；？！“”《》（）"
    )
    text = re.sub(r"([\u3400-\u9fff])", r" \1 ", text)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(answer: str, truths: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of words, the best over the right answers, 0 to 1."""

    def one(truth: str) -> float:
        given, wanted = Counter(words(answer)), Counter(words(truth))
        common = (given & wanted).total()
        return 2 * common / (given.total() + wanted.total()) if common else 0.0

    return max(map(one, truths))


def exact(answer: str, truths: Sequence[str]) -> bool:
    return words(answer) in [words(truth) for truth in truths]


def score(answer: str | None, truths: Sequence[str]) -> tuple[float, bool]:
    """(F1, exact match) as in SQuAD 2.0: where a passage has no answer, only none is right."""
    if not answer or not truths:
        right = not answer and not truths
        return float(right), right
    return f1(answer, truths), exact(answer, truths)
