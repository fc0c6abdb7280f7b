"""Questions in a table: columns for the passage, the question, the answer and where it starts."""

from __future__ import annotations

from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import tables
from core.tasks.question_answering.formats import answers
from core.tasks.question_answering.formats.asked import Asked, is_yes, none_of
from core.tasks.question_answering.formats.squad import USUAL

OPTIONAL = {
    "impossible": ("is_impossible", "impossible"),
    "id": ("id", "qid", "question_id"),
}
"""Columns that are used where they are there, by their usual names."""


def read(draft: Draft, content: bytes, name: str) -> list[Asked]:
    """The questions in a table, in the columns of the usual names or those that a person chose. An empty answer means
    that the passage has none.

    Raises:
        DocumentError: no table. DataSetError: a column is missing.
    """
    table = tables.read(content, name, to_learn=True, reading=draft)
    columns = _columns(draft, table, name)
    empty = [""] * len(table.rows)
    cells = {role: table.column(c) if c else empty for role, c in columns.items()}
    found = []
    for i in range(len(table.rows)):
        origin = table.origin(i)
        said = answers.from_cell(draft, cells["answer"][i], cells["start"][i], origin)
        if is_yes(cells["impossible"][i]):
            said = none_of(draft, said, origin)
        found.append(Asked(origin, cells["passage"][i], cells["question"][i], said, cells["id"][i]))
    return found


def _columns(draft: Draft, table: tables.Table, name: str) -> dict[str, str]:
    known = {column.strip().lower(): column for column in reversed(table.columns)}
    chosen: dict[str, str] = {}
    for role, usual in USUAL.items():
        guess = next((known[n] for n in usual if n in known), "")
        if role == "start" and not guess and role not in draft.choices:
            chosen[role] = ""  # most tables have none
            continue
        chosen[role] = draft.choose(
            role,
            guess,
            N_("The {role} is in the column “{taken}”."),
            options=table.columns,
            role=role,
        )
        if not chosen[role]:
            raise DataSetError(
                N_("{name} has no column for the {role}. Its columns are: {names}."),
                name=name,
                role=role,
                names=", ".join(table.columns),
            )
    for role, usual in OPTIONAL.items():
        chosen[role] = next((known[n] for n in usual if n in known), "")
    return chosen
