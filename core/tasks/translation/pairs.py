"""Pairs of sentences as they are stored: tidied, checked, with near-duplicates in groups and languages named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from core.data import drafts, near_duplicates
from core.data.datasets import DataSet
from core.data.drafts import Draft, Row, Sample
from core.errors import N_, DataSetError, TextError
from core.inputs import languages, texts
from core.tasks.translation.layout import LONGEST

PLACEHOLDER = re.compile(r"%\(\w+\)[-+#0 ]?[\d.]*[a-zA-Z]|%[sdif]|\{[\w.!:]*\}")
ALIKE = 0.6
"""Lower than usual: interface messages are short, and often differ in one word alone."""
LOOKED_AT = 200
"""Pairs whose language is looked at."""
KNOWN = tuple(sorted(languages.NAMES))
"""ISO 639-1 codes of the languages that the portal's models translate."""
ARE_IN = {
    "source": N_("The sentences are in {language} ({taken})."),
    "target": N_("The translations are in {language} ({taken})."),
}


class Pair(NamedTuple):
    """`origin` says where it stands, `part` is that of a division of the data's own ("" where there is none)."""

    origin: str
    source: str
    target: str
    part: str = ""


def checked(draft: Draft, pairs: Iterable[Pair], named: tuple[str, str], name: str) -> Draft:
    """The draft with `pairs` and their problems; `named` are the codes of the languages (any of ISO 639) that the
    data names, "" where it does not. Without samples where they are not two that the portal translates.

    Raises:
        DataSetError: no pairs.
    """
    found = [one._replace(source=_tidy(one.source), target=_tidy(one.target)) for one in pairs]
    if not found and not draft.problems:
        raise DataSetError(N_("There are no pairs of sentences in {name}."), name=name)
    if not found:
        return draft
    source, target = (_language(draft, code, side, found) for side, code in _sides(named))
    if not _can_be_used(draft, source, target, name):
        return draft
    for one in found:
        _add(draft, one)
    drafts.find_duplicates(draft)
    for item, group in zip(draft.samples, _groups(draft), strict=True):
        item.row["group"] = group
    draft.facts |= {"source": source, "target": target}
    return draft


def stored(row: Row) -> tuple[str, str]:
    """The sentence and its translation in a data set's row."""
    return str(row["source"]), str(row["target"])


def direction(data: DataSet) -> tuple[str, str]:
    """The languages of a data set's sentences and translations (ISO 639-1)."""
    return str(data.facts["source"]), str(data.facts["target"])


def _sides(named: tuple[str, str]) -> Iterator[tuple[str, str]]:
    return zip(("source", "target"), named, strict=True)


def _language(draft: Draft, named: str, side: str, pairs: Sequence[Pair]) -> str:
    """What the language of one side is: as a person chose, as the data names it, else as the sentences look. What
    they look like otherwise is told."""
    some = "\n".join(str(getattr(one, side)) for one in pairs[:LOOKED_AT])
    seen = languages.recognise(PLACEHOLDER.sub(" ", some)) or ""
    code = draft.choices.get(side, "") or named or seen
    draft.choose(
        side,
        named or seen,
        ARE_IN[side],
        options=KNOWN,
        guessed=not named,
        language=languages.title(code) or "?",
    )
    if code in KNOWN and seen and seen != code:
        draft.trouble(
            "language",
            N_("Sentences that should be in {source} look like {target}."),
            source=languages.title(code),
            target=languages.title(seen),
        )
    return code


def _can_be_used(draft: Draft, source: str, target: str, name: str) -> bool:
    """Whether they are two languages that the portal translates; if not, why."""
    for code in dict.fromkeys((source, target)):
        if not code:
            draft.trouble(
                "language_unknown",
                N_(
                    "The languages of {name} could not be detected. Name its columns or files after them, "
                    "such as en and fr."
                ),
                name=name,
            )
        elif code not in KNOWN:
            draft.trouble(
                "language_unsupported",
                N_(
                    "{name} is in {language} ({code}); the portal's models translate: {known}. If it is "
                    "in one of these, choose it."
                ),
                name=name,
                language=languages.title(code),
                code=code,
                known=", ".join(KNOWN),
            )
    if source in KNOWN and source == target:
        draft.trouble(
            "language_same",
            N_("Both sides of {name} are in {language}. Choose other columns or languages."),
            name=name,
            language=languages.title(source),
        )
    return source in KNOWN and target in KNOWN and source != target


def _tidy(text: str) -> str:
    """One line, without control characters; blanks that do not break stay."""
    try:
        return re.sub(r"[ \t\n]+", " ", texts.clean(text)).strip()
    except TextError:  # empty, or far too long: both are reported below
        return text.strip()


def _add(draft: Draft, pair: Pair) -> None:
    origin, source, target, part = pair
    if not source or not target:
        draft.trouble("empty", N_("{origin} has an empty side; it is left out."), origin=origin)
        return
    if max(len(source), len(target)) > LONGEST:
        draft.trouble(
            "too_long",
            N_("{origin} is longer than {limit} characters; it is left out."),
            origin=origin,
            limit=LONGEST,
        )
        return
    row: Row = {"source": source, "target": target}
    if part:
        row["part"] = part
    draft.add(Sample(row, origin, key=f"{source}\n{target}"))
    for kind, template in _doubts(source, target):
        draft.trouble(kind, template, sample=len(draft.samples) - 1, origin=origin)


def _doubts(source: str, target: str) -> Iterator[tuple[str, str]]:
    if source == target:
        yield "untranslated", N_("{origin} is the same in both languages.")
    if Counter(PLACEHOLDER.findall(source)) != Counter(PLACEHOLDER.findall(target)):
        yield "placeholders", N_("{origin} has other placeholders than its translation.")
    short, long = sorted((len(source), len(target)))
    if long > 20 + 6 * short:
        yield "lengths", N_("{origin} and its translation differ very much in length.")


def _groups(draft: Draft) -> list[str]:
    """The group of each pair: the same for those with nearly the same sentence on either side."""
    from scipy.cluster.hierarchy import DisjointSet

    items = draft.samples
    groups = DisjointSet(range(len(items)))
    for side in ("source", "target"):
        for i, other in enumerate(
            near_duplicates.groups([str(item.row[side]) for item in items], ALIKE, draft)
        ):
            groups.merge(other, i)
    return [str(groups[i]) for i in range(len(items))]
