"""Questions to fine-tune readers on: SQuAD's JSON, a table with passage, question and answer, or a sample."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from core.data import drafts, near_duplicates
from core.data.datasets import SampleSet
from core.data.drafts import Draft, Sample
from core.errors import N_, DataSetError, TextError
from core.inputs import languages, tables, texts
from core.inputs.tables import Table
from core.inputs.texts import decode, key
from core.tasks.question_answering.facts import tables as facts

USUAL = {
    "passage": ("context", "passage", "paragraph", "text", "document"),
    "question": ("question", "query"),
    "answer": ("answer", "answers", "answer_text"),
    "start": ("start", "answer_start"),
}
"""What the columns of a table are usually called."""


class StoredQuestion(BaseModel):
    """The row of a question: `start` is the character of `passage` at which the first of `answers` stands, -1 where
    there is none."""

    passage: str
    question: str
    answers: list[str]
    start: int


class _Answer(BaseModel):
    text: str
    answer_start: int = -1


class _Asked(BaseModel):
    question: str
    answers: list[_Answer] = []
    is_impossible: bool = False


class _Paragraph(BaseModel):
    context: str
    qas: list[_Asked]


class _Article(BaseModel):
    paragraphs: list[_Paragraph]


class _Squad(BaseModel):
    """SQuAD's format (https://rajpurkar.github.io/SQuAD-explorer), as far as it is used."""

    data: list[_Article]


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A SQuAD file, or a table (CSV, TSV, JSON lines) whose columns are guessed where not named. An
    empty answer means that the passage has none.

    Raises:
        DocumentError: no text, no such column. DataSetError: no SQuAD file, or a column is missing.
    """
    content = _content(source)
    draft = Draft(choices or {})
    if name.lower().endswith(".json"):
        _squad(draft, content, name)
    else:
        _rows(draft, tables.read(content, name, to_learn=True, reading=draft), name)
    return _checked(draft)


def _content(source: Path | IO[bytes]) -> bytes:
    if isinstance(source, Path):
        return source.read_bytes()
    source.seek(0)
    return source.read()


def _squad(draft: Draft, content: bytes, name: str) -> None:
    try:
        file = _Squad.model_validate_json(decode(content, name, draft))
    except ValidationError as error:
        first = error.errors()[0]
        raise DataSetError(
            N_("{name} is not in SQuAD's format: {where}: {why}."),
            name=name,
            where=".".join(map(str, first["loc"])) or "JSON",
            why=first["msg"],
        ) from error
    number = 0
    for paragraph in (p for article in file.data for p in article.paragraphs):
        for asked in paragraph.qas:
            number += 1
            answers = [] if asked.is_impossible else asked.answers
            found = [(one.text, one.answer_start) for one in answers]
            _add(draft, paragraph.context, asked.question, found, f"{name} #{number}")


def _rows(draft: Draft, table: Table, name: str) -> None:
    known = {column.lower(): column for column in reversed(table.columns)}
    chosen: dict[str, str] = {}
    for role, usual in USUAL.items():
        guess = next((known[n] for n in usual if n in known), "")
        chosen[role] = draft.choose(
            role,
            guess,
            N_("The {role} is in the column “{taken}”."),
            options=table.columns,
            role=role,
        )
        if not chosen[role] and role != "start":
            raise DataSetError(
                N_("{name} has no column for the {role}. Its columns are: {names}."),
                name=name,
                role=role,
                names=", ".join(table.columns),
            )
    starts = table.column(chosen["start"]) if chosen["start"] else [""] * len(table.rows)
    three = [table.column(chosen[role]) for role in ("passage", "question", "answer")]
    for number, (*row, start) in enumerate(zip(*three, starts, strict=True), 1):
        passage, question, answer = row
        at = int(start) if start.strip().isdecimal() else -1
        answers = [(answer, at)] if answer.strip() else []
        _add(draft, passage, question, answers, f"{name} #{number}")


def _add(
    draft: Draft,
    passage: str,
    question: str,
    answers: list[tuple[str, int]],
    origin: str,
    **row: object,
) -> None:
    """Note one question, or why it cannot be used. `answers` are (text, where it is said to start in the passage as
    given)."""
    places = texts.cleaned(passage).places
    try:
        passage = texts.clean(passage, origin)
        question = texts.clean(question, origin).strip()
    except TextError as error:
        draft.unreadable(error)
        return
    said = [(texts.cleaned(text).text.strip(), bisect_left(places, at)) for text, at in answers]
    found = [(text, _place(passage, text, at)) for text, at in said if text]
    placed = [(text, at) for text, at in found if at is not None]
    if answers and not placed:
        draft.trouble(
            "no_such_answer",
            N_("{origin}: the answer “{answer}” does not stand in the passage."),
            origin=origin,
            answer=answers[0][0][:80],
        )
        return
    record = {
        "passage": passage,
        "question": question,
        "answers": list(dict.fromkeys(text for text, _ in placed)),
        "start": placed[0][1] if placed else -1,
        **row,
    }
    first = placed[0][0] if placed else ""
    draft.add(Sample(record, origin, key="\n".join(map(key, (passage, question, first)))))


def _place(passage: str, answer: str, said: int) -> int | None:
    """Where `answer` stands in the passage, nearest to where it is said to."""
    places, at = [], passage.find(answer)
    while at >= 0:
        places.append(at)
        at = passage.find(answer, at + 1)
    return min(places, key=lambda place: abs(place - said), default=None)


def _checked(draft: Draft) -> Draft:
    """The draft with duplicates noted; all questions about a passage, or one like it, in one group."""
    drafts.find_duplicates(draft)
    passages = list(dict.fromkeys(str(item.row["passage"]) for item in draft.samples))
    group = dict(zip(passages, near_duplicates.groups(passages), strict=True))
    for item in draft.samples:
        item.row["group"] = group[str(item.row["passage"])]
    draft.facts["language"] = languages.detect(" ".join(p[:200] for p in passages[:20]))
    draft.facts["unanswered"] = sum(not item.row["answers"] for item in draft.kept(drop=False))
    return draft


def _facts(folders: Sequence[Path]) -> Draft:
    draft = Draft(licence=facts.FACTS.licence.name)
    things = facts.countries(folders[0] / facts.COUNTRIES.name)
    things += facts.elements(folders[0] / facts.ELEMENTS.name)
    for number, one in enumerate(facts.questions(things), 1):
        answers = [] if one.start is None else [(one.answer, one.start)]
        _add(draft, one.passage, one.question, answers, f"#{number}", part=one.part)
    return _checked(draft)


SAMPLES = (
    SampleSet(
        "facts",
        N_("Countries and elements"),
        N_(
            "Made from tables: 2,400 training questions, and 400 validation questions about other "
            "things in other words; some have no answer in their passage."
        ),
        _facts,
        (facts.FACTS,),
        base="minilm-l6",
        options={"trainable": "lora", "epochs": 3, "patience": 2, "rank": 16},
    ),
)
