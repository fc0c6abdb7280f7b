"""Questions to fine-tune readers on: SQuAD's JSON, a table with passage, question and answer, or a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from pydantic import BaseModel

from core.data import drafts, near_duplicates
from core.data.datasets import SampleSet
from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import languages, tables, uploads
from core.tasks.question_answering import placing
from core.tasks.question_answering.facts import tables as facts
from core.tasks.question_answering.formats import squad, table
from core.tasks.question_answering.formats.asked import Asked, Said

RECORDS = (".json", *squad.LINES)
SUFFIXES = tuple(dict.fromkeys((*RECORDS, *tables.SUFFIXES)))
"""Of the files that `read` takes."""


class StoredQuestion(BaseModel):
    """The row of a question: `start` is the character of `passage` at which the first of `answers` stands, -1 where
    there is none."""

    passage: str
    question: str
    answers: list[str]
    start: int


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A SQuAD file (1.1, 2.0, or flat records as Hugging Face writes them, also one a line), or a table whose columns
    are guessed where not chosen. An empty answer means that the passage has none.

    Raises:
        DocumentError: no text, no such column. DataSetError: neither of these, or a column is missing.
    """
    draft = Draft(choices or {})
    suffix = Path(name).suffix.lower()
    content = uploads.contents(source, name)
    if suffix in RECORDS and not draft.choices.keys() & {"passage", "question", "answer"}:
        questions = squad.read(draft, content, name)
    elif suffix in SUFFIXES:
        questions = table.read(draft, content, name)
    else:
        raise DataSetError(
            N_("{name} is not one of the files that questions are read from: {suffixes}."),
            name=name,
            suffixes=", ".join(SUFFIXES),
        )
    placing.add(draft, questions)
    return _checked(draft)


def _checked(draft: Draft) -> Draft:
    """The draft with repeated questions noted; all questions about a passage, or one like it, in one group."""
    drafts.find_duplicates(draft)
    passages = list(dict.fromkeys(str(item.row["passage"]) for item in draft.samples))
    group = dict(zip(passages, near_duplicates.groups(passages, reading=draft), strict=True))
    for item in draft.samples:
        item.row["group"] = group[str(item.row["passage"])]
    draft.facts["language"] = _language(draft, passages)
    draft.facts["unanswered"] = sum(not item.row["answers"] for item in draft.kept(drop=False))
    return draft


def _language(draft: Draft, passages: Sequence[str]) -> str | None:
    """The language of the passages; None where it is none of the portal's, which is told."""
    seen = languages.recognise(" ".join(one[:200] for one in passages[:20]))
    if seen is None:
        return None
    if seen not in languages.NAMES and "language" not in draft.choices:
        draft.trouble(
            "language_unsupported",
            N_("The passages look like {language} ({code}), which no reader of the portal knows."),
            language=languages.title(seen),
            code=seen,
        )
    code = draft.choose(
        "language",
        seen,
        N_("The passages are in {language} ({taken})."),
        options=tuple(sorted(languages.NAMES)),
        guessed=True,
        language=languages.title(draft.choices.get("language") or seen),
    )
    return code if code in languages.NAMES else None


def _facts(folders: Sequence[Path]) -> Draft:
    draft = Draft(licence=facts.FACTS.licence.name)
    things = facts.countries(folders[0] / facts.COUNTRIES.name)
    things += facts.elements(folders[0] / facts.ELEMENTS.name)
    asked: dict[str, list[Asked]] = {}
    for number, one in enumerate(facts.questions(things), 1):
        answers = [] if one.start is None else [Said(one.answer, one.start)]
        part = asked.setdefault(one.part, [])
        part.append(Asked(f"#{number}", one.passage, one.question, answers))
    for name, questions in asked.items():
        placing.add(draft, questions, part=name)
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
