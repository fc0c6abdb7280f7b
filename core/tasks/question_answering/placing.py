"""From questions as their file has them to samples: the answers found in their passages, and what is wrong told."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import partial

from core.data.drafts import Draft, Sample
from core.errors import N_, DataSetError, TextError
from core.inputs import texts
from core.settings import settings
from core.tasks.question_answering.formats.asked import Asked, Said
from core.tasks.question_answering.offsets import UNITS, Passage, Place, passage

MOST = 200_000_000
"""Characters of the passages of all questions, each counted with its own: so they are stored. SQuAD has 65 million."""
LOOKED_AT = 5_000
"""Answers by which it is seen what offsets count."""
NOT_THERE = N_("{origin}: the answer “{answer}” does not stand in the passage.")
UNCLEAR = N_(
    "{origin}: the answer “{answer}” does not stand at its offset {offset} but in {count} other places; it is "
    "left out."
)
LOOKED_UP = N_(
    "{origin}: the answer “{answer}” does not stand at its offset {offset}; the only place where it stands is "
    "taken."
)


def add(draft: Draft, questions: Sequence[Asked], **row: object) -> None:
    """Note each question, or why it cannot be used; `row` is added to its row."""
    if (total := sum(len(asked.passage) for asked in questions)) > MOST:
        raise DataSetError(
            N_(
                "The passages of all {count} questions together have {total} characters; the limit is {limit}. Give "
                "fewer questions, or each the part of its passage that it is about."
            ),
            count=len(questions),
            total=total,
            limit=MOST,
        )
    unit = _unit(draft, questions)
    ids: dict[str, str] = {}
    for asked in questions:
        if asked.id in ids:
            draft.trouble(
                "same_id",
                N_("{origin} has the id “{id}” of {other}."),
                origin=asked.origin,
                id=asked.id[:80],
                other=ids[asked.id],
            )
        elif asked.id:
            ids[asked.id] = asked.origin
        _add(draft, asked, unit, row)


def _unit(draft: Draft, questions: Sequence[Asked]) -> str:
    """What the offsets count: the unit in which most answers stand where they are said to; the first of those."""
    fits: Counter[str] = Counter()
    places = dict.fromkeys(UNITS, 0)
    """By unit the hash of where the answers stand."""
    total = 0
    for asked in questions:
        if total >= LOOKED_AT:
            break
        where = passage(asked.passage)
        for said in (one for one in asked.answers if one.offset is not None):
            total += 1
            for unit in UNITS:
                at = where.stands(said.text, said.offset or 0, unit)
                fits[unit] += at is not None
                places[unit] = hash((places[unit], at))
    if len(set(places.values())) == 1:  # it makes no difference
        return UNITS[0]
    best = max(UNITS, key=lambda unit: fits[unit])
    rivals = [u for u in UNITS if fits[u] == fits[best] and places[u] != places[best]]
    return draft.choose(
        "offsets",
        best,
        N_("The offsets count {taken}: {count} of {total} answers stand at theirs."),
        options=UNITS,
        guessed=bool(rivals),
        count=fits[draft.choices.get("offsets") or best],
        total=total,
    )


def _add(draft: Draft, asked: Asked, unit: str, row: dict[str, object]) -> None:
    where = passage(asked.passage)
    try:
        if not where.cleaned.text.strip() or len(asked.passage) > settings().text_chars:
            texts.clean(asked.passage, asked.origin)  # says what is wrong
        question = texts.clean(asked.question, asked.origin).strip()
    except TextError as error:
        draft.unreadable(error)
        return
    found = [_place(draft, where, said, unit, asked.origin) for said in asked.answers]
    placed = [_cleaned(where, place) for place in found if place is not None]
    if asked.answers and not placed:
        return
    record = {
        "passage": where.cleaned.text,  # one object for all its questions
        "question": question,
        "answers": list(dict.fromkeys(text for text, _ in placed)),
        "start": placed[0][1] if placed else -1,
        **row,
    }
    about = f"{where.digest}\n{texts.key(question)}"
    answer = [record["answers"], record["start"]]
    draft.add(Sample(record, asked.origin, key=about, answer=answer))
    for said, place in zip(asked.answers, found, strict=True):
        if place and said.offset is None and len(places := where.everywhere(said.text.strip())) > 1:
            draft.trouble(
                "ambiguous",
                N_(
                    "{origin}: the answer “{answer}” stands in {count} places and no offset says in which; "
                    "the first is taken."
                ),
                sample=len(draft.samples) - 1,
                origin=asked.origin,
                answer=said.text[:80],
                count=len(places),
            )


def _place(draft: Draft, where: Passage, said: Said, unit: str, origin: str) -> Place | None:
    """Where an answer stands; None, with a problem noted, where that cannot be told."""
    text, offset = said.text.strip(), said.offset
    if offset is not None:
        for spelt in (said.text, text):
            if place := where.stands(spelt, offset, unit):
                return place
    places = where.everywhere(text)
    at = None if offset is None else where.at(offset, unit)
    there = [place for place in places if place.start == at]
    tell = partial(draft.trouble, origin=origin, answer=text[:80], count=len(places), offset=offset)
    if not places:
        tell("no_such_answer", NOT_THERE)
        return None
    if offset is not None and not there:
        if len(places) > 1:
            tell("offset_unclear", UNCLEAR)
            return None
        tell("looked_up", LOOKED_UP)
    place = (there or places)[0]
    if not place.exactly:
        tell(
            "spelt_otherwise",
            N_("{origin}: the answer “{answer}” is “{spelt}” in the passage, and taken so."),
            spelt=where.given[place.start : place.end][:80],
        )
    return place


def _cleaned(where: Passage, place: Place) -> tuple[str, int]:
    """An answer as it stands in the cleaned passage, without the blanks around it, and its offset there."""
    places = where.cleaned.places
    start, end = bisect_left(places, place.start), bisect_left(places, place.end)
    text = where.cleaned.text[start:end]
    return text.strip(), start + len(text) - len(text.lstrip())
