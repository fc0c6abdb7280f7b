"""Units of a translation memory or of aligned files: the same sentence in two languages or more, and which two of them
are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from core.data.drafts import Draft
from core.errors import N_
from core.inputs import languages
from core.tasks.translation.pairs import KNOWN, Pair

WEIGHED = 30
"""Languages of which all pairs are counted; files with more are told by the most frequent ones."""
OFFERED = 40
"""Pairs that a person can choose from."""


class Unit(NamedTuple):
    """`sentences` by the tag of their language as the file spells it (`zh-CN`)."""

    origin: str
    sentences: dict[str, str]
    part: str = ""


def pairs(
    draft: Draft, units: Sequence[Unit], declared: str = ""
) -> tuple[list[Pair], tuple[str, str]]:
    """The pairs in the two languages that stand together most often, and their codes; ("", "") where none do.

    `declared` is the tag of the language that the file says to be translated from. Two languages that the portal
    translates come before others; variants of one (zh-CN, zh-TW) are different languages here.
    """
    ranked = _ranked(units, declared)
    if not ranked:
        return [], ("", "")
    offered = {f"{a} → {b}": (a, b) for a, b in ranked[:OFFERED]}
    offered |= {f"{b} → {a}": (b, a) for a, b in ranked[:OFFERED]}
    taken = draft.choose(
        "pair",
        next(iter(offered)),
        N_("Of the languages of the file, {taken} are taken."),
        options=tuple(offered),
    )
    source, target = offered[taken]
    _tell_rest(draft, units, source, target)
    found = [
        Pair(unit.origin, unit.sentences[source], unit.sentences[target], unit.part)
        for unit in units
        if source in unit.sentences and target in unit.sentences
    ]
    return found, (languages.of_tag(source), languages.of_tag(target))


def _ranked(units: Sequence[Unit], declared: str) -> list[tuple[str, str]]:
    """Pairs of tags, the best first, each in the direction that the file gives: from the declared language, else from
    the one that it names first."""
    tags = Counter(tag for unit in units for tag in unit.sentences)
    weighed = {tag for tag, _ in tags.most_common(WEIGHED)}
    order = {tag: i for i, tag in enumerate(tags)}
    counts = Counter(
        pair
        for unit in units
        for pair in _couples([tag for tag in unit.sentences if tag in weighed], order)
    )

    most = max(counts.values(), default=0)

    def rank(pair: tuple[str, str]) -> tuple[int, int, int, int]:
        codes = {languages.of_tag(tag) for tag in pair}
        often = 2 * counts[pair] >= most  # what is declared need not be what most units are in
        return (
            -(len(codes & set(KNOWN)) == 2),
            -(often and any(_is_declared(tag, declared) for tag in pair)),
            -counts[pair],
            order[pair[0]] + order[pair[1]],
        )

    directed = sorted(counts, key=rank)
    return [(b, a) if _is_declared(b, declared) else (a, b) for a, b in directed]


def _couples(tags: list[str], order: dict[str, int]) -> Iterator[tuple[str, str]]:
    return (pair for pair in permutations(tags, 2) if order[pair[0]] < order[pair[1]])


def _is_declared(tag: str, declared: str) -> bool:
    """The tag itself, or the language without its country: srclang="en" where the units say en-US."""
    spelt = declared.lower().replace("_", "-")
    tag = tag.lower().replace("_", "-")
    return bool(spelt) and (tag == spelt or tag.partition("-")[0] == spelt.partition("-")[0])


def _tell_rest(draft: Draft, units: Sequence[Unit], source: str, target: str) -> None:
    """What is not in both languages is left out."""
    alone = sum(not {source, target} <= unit.sentences.keys() for unit in units)
    if alone:
        draft.trouble(
            "other_languages",
            N_("{count} units have no sentence in {first} or none in {second}; they are left out."),
            count=alone,
            first=source,
            second=target,
        )
    others = sorted({tag for unit in units for tag in unit.sentences} - {source, target})
    if others:
        draft.trouble(
            "other_languages",
            N_("Sentences in {others} are left out."),
            others=", ".join(others[:WEIGHED]),
        )
