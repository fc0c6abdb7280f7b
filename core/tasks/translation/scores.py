"""How good translations are: BLEU and chrF by sacrebleu (arXiv:1804.08771), and whether a gain is luck."""

from __future__ import annotations

from collections.abc import Sequence

RESAMPLES = 1000
WORDS = {"zh": "zh", "ja": "char", "ko": "char"}
"""sacrebleu's tokenizers of languages for which its usual one is wrong."""


def corpus(found: Sequence[str], references: Sequence[str], language: str) -> dict[str, float]:
    """BLEU and chrF, 0 to 100, of translations into `language`."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    bleu = BLEU(tokenize=WORDS.get(language, "13a"))
    return {
        "chrF": CHRF().corpus_score(found, [references]).score,
        "BLEU": bleu.corpus_score(found, [references]).score,
    }


def sentence(found: str, reference: str) -> float:
    """chrF of one translation, from 0 to 1."""
    from sacrebleu.metrics.chrf import CHRF

    score: float = CHRF().sentence_score(found, [reference]).score
    return score / 100


def gain(
    before: Sequence[str], after: Sequence[str], references: Sequence[str]
) -> tuple[float, float]:
    """The 95 % interval of how much the chrF of `after` is above that of `before`.

    Paired bootstrap (Koehn 2004) as in sacrebleu.significance, which tells the p-value of the
    difference but not its interval: the same sentences are resampled for both, a thousand times.
    """
    import numpy as np
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF()
    chosen = np.random.default_rng(12345).integers(
        len(references), size=(RESAMPLES, len(references))
    )
    sides = []
    for found in (before, after):
        counts = np.array(metric._extract_corpus_statistics(found, [references]))
        sums = counts[chosen].sum(1)
        sides.append([metric._compute_score_from_stats(list(row)).score for row in sums])
    low, high = np.percentile(np.subtract(sides[1], sides[0]), (2.5, 97.5))
    return float(low), float(high)
