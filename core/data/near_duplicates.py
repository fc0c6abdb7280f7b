"""Texts that say almost the same, found without comparing every pair (MinHash, library: datasketch)."""

from __future__ import annotations

from collections.abc import Sequence

from core.inputs.texts import key

THRESHOLD = 0.8
"""Fraction of common runs of letters (Jaccard similarity, in [0, 1]) from which two texts count as near-duplicates."""
PERMUTATIONS = 32
RUN = 4


def groups(texts: Sequence[str], threshold: float = THRESHOLD) -> list[int]:
    """For each text the position of the first one that says almost the same: its own, if none does.

    20,000 sentences take about three seconds.
    """
    from datasketch import MinHash, MinHashLSH

    runs = [_runs(key(text)) for text in texts]
    known = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    found: list[int] = []
    for i, sketch in enumerate(MinHash.bulk(runs, num_perm=PERMUTATIONS)):
        alike = known.query(sketch)
        found.append(min((found[other] for other in alike), default=i))
        known.insert(i, sketch)
    return found


def _runs(text: str) -> set[bytes]:
    """All runs of `RUN` letters; of a shorter text, itself."""
    return {text[i : i + RUN].encode() for i in range(max(1, len(text) - RUN + 1))}
