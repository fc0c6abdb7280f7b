"""Questions in JSON and JSON lines: SQuAD's own nesting (1.1 and 2.0), and the flat records that Hugging Face writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from core.data.drafts import Draft
from core.errors import N_, DataSetError, DocumentError
from core.inputs import structured, texts
from core.plain import Json, Row
from core.tasks.question_answering.formats import answers
from core.tasks.question_answering.formats.asked import Asked, Said, is_yes, none_of

USUAL = {
    "passage": ("context", "passage", "paragraph", "text", "document"),
    "question": ("question", "query"),
    "answer": ("answer", "answers", "answer_text", "answers.text"),
    "start": ("start", "answer_start", "answers.answer_start"),
}
"""What the fields of a record, and the columns of a table, are usually called."""
LINES = (".jsonl", ".ndjson")


def read(draft: Draft, content: bytes, name: str) -> list[Asked]:
    """The questions in a file. A record that is not one costs only itself.

    Raises:
        DocumentError: not JSON. DataSetError: JSON of another kind.
    """
    text = texts.decode(content, name, draft)
    if name.lower().endswith(LINES):
        return list(_lines(draft, text, name))
    try:
        value = structured.from_json(text, name)
    except DocumentError:
        if not _is_lines(text):  # which many call .json
            raise
        return list(_lines(draft, text, name))
    records = value.get("data") if isinstance(value, dict) and "data" in value else value
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list) or not any(map(_is_known, records)):
        raise DataSetError(
            N_(
                "{name} is not in SQuAD's format: {why}. It should be a list of articles with paragraphs, "
                "or of records with context, question and answers."
            ),
            name=name,
            why=_seen(records),
        )
    found = _each(draft, records, name)
    return list(found)


def _is_lines(text: str) -> bool:
    first, _, rest = text.strip().partition("\n")
    try:
        return bool(rest) and isinstance(structured.from_json(first, ""), dict)
    except DocumentError:
        return False


def _lines(draft: Draft, text: str, name: str) -> Iterator[Asked]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        origin = f"{name}:{number}"
        try:
            record = structured.from_json(line, origin)
        except DocumentError as error:
            draft.unreadable(error)
            continue
        yield from _record(draft, record, origin)


def _each(draft: Draft, records: list[Json], name: str) -> Iterator[Asked]:
    for number, record in enumerate(records, 1):
        yield from _record(draft, record, f"{name} #{number}")


def _is_known(record: Json) -> bool:
    if not isinstance(record, dict):
        return False
    return bool(record.keys() & {"paragraphs", "qas", *USUAL["question"]})


def _seen(value: Json) -> str:
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "its records have " + ", ".join(map(repr, list(value[0])[:8]))
    if isinstance(value, list):
        return "a list of " + (type(value[0]).__name__ if value else "nothing")
    return f"a {type(value).__name__}"


def _record(draft: Draft, record: Json, origin: str) -> Iterator[Asked]:
    """The questions of an article, of a paragraph, or the one of a flat record."""
    if not isinstance(record, dict):
        _left_out(draft, origin, N_("it is no object"))
    elif "paragraphs" in record:
        yield from _inside(draft, record, "paragraphs", origin)
    elif "qas" in record:
        context = _text(record, "passage")
        if context is None:
            _left_out(draft, origin, N_("it has no context"))
            return
        for place, one in _members(draft, record, "qas", origin):
            if not isinstance(one, dict):
                _left_out(draft, place, N_("it is no object"))
            elif (asked := _asked(draft, one, context, place)) is not None:
                yield asked
    else:
        flat = _text(record, "passage")
        if flat is None:
            _left_out(draft, origin, N_("it has no context"))
        elif (asked := _asked(draft, record, flat, origin)) is not None:
            yield asked


def _inside(draft: Draft, record: Row, key: str, origin: str) -> Iterator[Asked]:
    for place, one in _members(draft, record, key, origin):
        yield from _record(draft, one, place)


def _members(draft: Draft, record: Row, key: str, origin: str) -> list[tuple[str, Json]]:
    members = record[key]
    if not isinstance(members, list):
        _left_out(draft, origin, N_("where it should have a list it has none"))
        return []
    return [(f"{origin}, {key} {i}", one) for i, one in enumerate(members, 1)]


def _asked(draft: Draft, record: Row, context: str, origin: str) -> Asked | None:
    question = _text(record, "question")
    if question is None:
        _left_out(draft, origin, N_("it has no question"))
        return None
    key = next((k for k in (*USUAL["answer"][::-1],) if k in record), "")
    impossible = is_yes(record.get("is_impossible"))
    if not key and not impossible:
        _left_out(draft, origin, N_("it has no answers, not even an empty list"))
        return None
    found = _answers(draft, record, key, origin) if key else []
    if impossible:
        found = none_of(draft, found, origin)
    return Asked(origin, context, question, found, str(record.get("id") or ""))


def _answers(draft: Draft, record: Row, key: str, origin: str) -> list[Said]:
    """Beside texts the offsets may stand in a field of their own."""
    value = record[key]
    start = next((record[k] for k in USUAL["start"] if k in record), None)
    several = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if isinstance(value, str) or (several and start is not None):
        value = cast(Json, {"text": value, "answer_start": start})
    return answers.from_value(draft, value, origin)


def _text(record: Row, role: str) -> str | None:
    found = next((record[key] for key in USUAL[role] if key in record), None)
    return found if isinstance(found, str) else None


def _left_out(draft: Draft, origin: str, why: str) -> None:
    draft.trouble("no_question", N_("{origin} is left out: {why}."), origin=origin, why=why)
