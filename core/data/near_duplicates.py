"""Texts that say almost the same, found without comparing every pair (MinHash, library: datasketch)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.errors import N_
from core.inputs.reading import Reading
from core.inputs.texts import key

THRESHOLD = 0.8
"""Fraction of common runs of letters (Jaccard similarity, in [0, 1]) from which two texts count as near-duplicates."""
PERMUTATIONS = 32
RUN = 4
KEPT = 64
"""Texts of a group that later ones are compared with: without a bound a file of near-equal texts takes hours."""
LONGEST, TOTAL = 20_000, 20_000_000
"""Characters that are compared, of one text and of all (about half a minute)."""
BLOCK = 1000
"""Texts whose runs are in memory at once."""


def groups(
    texts: Sequence[str], threshold: float = THRESHOLD, reading: Reading | None = None
) -> list[int]:
    """For each text the position of the first one that says almost the same: its own, if none does.

    20,000 sentences take about three seconds; the time grows with their number. Texts beyond `TOTAL` characters are
    compared for equality alone; `reading` is told so.
    """
    from datasketch import MinHash, MinHashLSH

    keys = [key(text) for text in texts]
    first = {one: i for i, one in reversed(list(enumerate(keys)))}
    different = list(dict.fromkeys(first[one] for one in keys))
    compared = _within([keys[i] for i in different])
    if reading and compared < len(different):
        reading.assume(
            "not_compared",
            N_(
                "Only {compared} of {count} different texts were compared for near-duplicates; the others for "
                "equality alone."
            ),
            compared=compared,
            count=len(different),
        )
    known = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    found: dict[int, int] = {}
    members: Counter[int] = Counter()
    for start in range(0, compared, BLOCK):
        block = different[start : min(start + BLOCK, compared)]
        runs = [_runs(keys[i][:LONGEST]) for i in block]
        for i, sketch in zip(block, MinHash.bulk(runs, num_perm=PERMUTATIONS), strict=True):
            mine = found[i] = min((found[other] for other in known.query(sketch)), default=i)
            members[mine] += 1
            if members[mine] <= KEPT:
                known.insert(i, sketch)
    return [found.get(first[one], first[one]) for one in keys]


def _within(keys: Sequence[str]) -> int:
    """How many texts come before the limit of `TOTAL` characters."""
    total = 0
    for count, one in enumerate(keys):
        total += min(len(one), LONGEST)
        if total > TOTAL:
            return count
    return len(keys)


def _runs(text: str) -> set[bytes]:
    """All runs of `RUN` letters; of a shorter text, itself."""
    return {text[i : i + RUN].encode() for i in range(max(1, len(text) - RUN + 1))}
