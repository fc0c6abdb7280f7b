"""Pairs of sentences as they are stored: tidied, checked, with near-duplicates in groups and languages named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from core.data import drafts, near_duplicates
from core.data.datasets import DataSet
from core.data.drafts import Draft, Row, Sample
from core.errors import N_, DataSetError, TextError
from core.inputs import languages, texts
from core.tasks.translation.layout import LONGEST

Pair = tuple[str, str, str]
"""Where it stands, the sentence, its translation."""

PLACEHOLDER = re.compile(r"%\(\w+\)[-+#0 ]?[\d.]*[a-zA-Z]|%[sdif]|\{[\w.!:]*\}")
ALIKE = 0.6
"""Lower than usual: interface messages are short, and often differ in one word alone."""


def checked(draft: Draft, pairs: Iterable[Pair], named: tuple[str, str], name: str) -> Draft:
    """The draft with `pairs` with its problems; `named` are the languages as far as they are known ("").

    Raises:
        DataSetError: no pairs, or languages that cannot be recognised.
    """
    for origin, source, target in pairs:
        _add(draft, origin, _tidy(source), _tidy(target))
    if not draft.samples:
        raise DataSetError(N_("There are no pairs of sentences in {name}."), name=name)
    drafts.find_duplicates(draft)
    for item, group in zip(draft.samples, _groups(draft.samples), strict=True):
        item.row["group"] = group
    source, target = _languages(named, draft, name)
    draft.facts |= {"source": source, "target": target}
    return draft


def stored(row: Row) -> tuple[str, str]:
    """The sentence and its translation in a data set's row."""
    return str(row["source"]), str(row["target"])


def direction(data: DataSet) -> tuple[str, str]:
    """The languages of a data set's sentences and translations (ISO 639-1)."""
    return str(data.facts["source"]), str(data.facts["target"])


def language(text: str) -> str:
    """The code of the language that `text` names: en, en-US, pt_BR, zh_Hans, English; "" if none."""
    text = text.strip().lower()
    by_name = {name.lower(): code for code, name in languages.NAMES.items()}
    begin = re.split(r"[-_]", text)[0]
    return by_name.get(text) or (begin if begin in languages.NAMES else "")


def _languages(named: tuple[str, str], draft: Draft, name: str) -> tuple[str, str]:
    """What the languages are; a doubt about what was named becomes a problem."""
    found: list[str] = []
    for code, side in zip(named, ("source", "target"), strict=True):
        sample = "\n".join(str(item.row[side]) for item in draft.samples[:200])
        seen = languages.detect(PLACEHOLDER.sub(" ", sample))
        known = code or seen or ""
        if known not in languages.NAMES:
            raise DataSetError(
                N_(
                    "The languages of {name} could not be detected. Name its columns or files after them, "
                    "such as en and fr."
                ),
                name=name,
            )
        if code and seen and seen != code:
            draft.trouble(
                "language",
                N_("Sentences that should be in {source} look like {target}."),
                source=languages.NAMES[code],
                target=languages.NAMES[seen],
            )
        found.append(known)
    if found[0] == found[1]:
        raise DataSetError(
            N_("Both sides of {name} are in {language}. Choose other columns."),
            name=name,
            language=languages.NAMES[found[0]],
        )
    return found[0], found[1]


def _tidy(text: str) -> str:
    """One line, without control characters; blanks that do not break stay."""
    try:
        return re.sub(r"[ \t\n]+", " ", texts.clean(text)).strip()
    except TextError:  # empty, or far too long: both are reported below
        return text.strip()


def _add(draft: Draft, origin: str, source: str, target: str) -> None:
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


def _groups(items: Sequence[Sample]) -> list[str]:
    """The group of each pair: the same for those with nearly the same sentence on either side."""
    from scipy.cluster.hierarchy import DisjointSet

    groups = DisjointSet(range(len(items)))
    for side in ("source", "target"):
        for i, other in enumerate(
            near_duplicates.groups([str(item.row[side]) for item in items], ALIKE)
        ):
            groups.merge(other, i)
    return [str(groups[i]) for i in range(len(items))]
