"""Tables with a column of sentences and one of translations."""

from __future__ import annotations

from collections.abc import Sequence

from core.data.drafts import Draft
from core.errors import N_, DataSetError, DocumentError
from core.inputs import languages, structured, tables
from core.inputs.tables import Table
from core.tasks.translation.pairs import KNOWN, Pair, checked

SOURCE_WORDS = ("source", "src", "original", "input")
TARGET_WORDS = ("target", "tgt", "translation", "output", "reference")
TRANSLATIONS = N_("translation")
"""The choice of their column."""
LOOKED_AT = 100
"""Rows that are looked at to tell sentences from numbers and keys."""


def read(draft: Draft, data: bytes, name: str) -> Draft:
    """The pairs of a table, in columns by language, else by words such as "source" and "target", else those with the
    longest cells.

    Raises:
        DocumentError: no table. DataSetError: it has one column, or no pairs.
    """
    table = _unpacked(tables.read(data, name, to_learn=True, reading=draft))
    if len(table.columns) < 2:
        raise DataSetError(
            N_("{name} has one column; sentences and translations need two."), name=name
        )
    named = _named(table)
    source, target = _chosen(draft, table, _guess(table, named))
    _tell_rest(draft, named, (source, target))
    sides = zip(table.column(source), table.column(target), strict=True)
    pairs = [Pair(table.origin(i), a, b) for i, (a, b) in enumerate(sides)]
    return checked(draft, pairs, (named.get(source, ""), named.get(target, "")), name)


def _chosen(draft: Draft, table: Table, guessed: tuple[str, str]) -> tuple[str, str]:
    source = draft.choose(
        "sentence",
        guessed[0],
        N_("The sentences are in the column “{taken}”."),
        options=table.columns,
    )
    target = draft.choose(
        TRANSLATIONS,
        guessed[1],
        N_("The translations are in the column “{taken}”."),
        options=table.columns,
    )
    return source, target


def _named(table: Table) -> dict[str, str]:
    """The code of the language that each column's head names, for columns that hold sentences: `id` heads numbers
    as often as Indonesian, and `no` counts. A code of three letters that has no shorter one (`ceb`) counts beside one
    that does."""
    worded = [name for name in table.columns if _has_sentences(table.column(name))]
    named = {name: code for name in worded if (code := languages.of_word(name))}
    if len(named) < 2:  # single words have no blanks
        others = [name for name in table.columns if _has_letters(table.column(name))]
        named = {name: code for name in others if (code := languages.of_word(name))}
    if len(named) == 1:
        rare = {n: n.lower() for n in worded if n not in named and _is_rare(n.lower())}
        named |= rare if len(rare) == 1 else {}
    return {name: named[name] for name in table.columns if name in named}


def _is_rare(word: str) -> bool:
    return len(word) == 3 and languages.title(word) != word


def _has_letters(cells: Sequence[str]) -> bool:
    some = [cell for cell in cells if cell.strip()][:LOOKED_AT]
    return 2 * sum(any(map(str.isalpha, cell)) for cell in some) > len(some)


def _has_sentences(cells: Sequence[str]) -> bool:
    """Whether most cells with letters have blanks, or letters of a script that may need none."""
    some = [cell.strip() for cell in cells if cell.strip()][:LOOKED_AT]
    worded = [c for c in some if any(map(str.isalpha, c)) and (" " in c or not c.isascii())]
    return 2 * len(worded) > len(some)


def _guess(table: Table, named: dict[str, str]) -> tuple[str, str]:
    known = [name for name, code in named.items() if code in KNOWN]
    others = [name for name in named if name not in known]
    first_two = [name for name in named if name in [*known, *others][:2]]
    if len(first_two) == 2:
        return first_two[0], first_two[1]
    roles = [
        next((c for c in table.columns if c.lower().startswith(words)), None)
        for words in (SOURCE_WORDS, TARGET_WORDS)
    ]
    if roles[0] and roles[1]:
        return roles[0], roles[1]
    wordiest = sorted(table.columns, key=lambda c: (c not in named, -_letters(table.column(c))))
    first, second = sorted(wordiest[:2], key=table.columns.index)
    return first, second


def _letters(cells: Sequence[str]) -> int:
    return sum(map(len, cells)) if _has_letters(cells) else 0


def _tell_rest(draft: Draft, named: dict[str, str], taken: tuple[str, str]) -> None:
    others = [name for name in named if name not in taken]
    if others and all(name in named for name in taken):
        draft.trouble(
            "other_languages",
            N_("Sentences in {others} are left out."),
            others=", ".join(others[:30]),
        )


def _unpacked(table: Table) -> Table:
    """The table with a column for each language, where one column has them as an object of JSON: the format of
    Hugging Face, {"translation": {"en": "…", "fr": "…"}}."""
    for name in table.columns:
        cells = table.column(name)
        if not cells or not cells[0].lstrip().startswith("{"):
            continue
        records = [_record(cell) for cell in cells]
        heads = list(dict.fromkeys(key for record in records for key in record))[:100]
        if sum(bool(languages.of_word(head)) for head in heads) >= 2:
            rows = tuple(tuple(record.get(head, "") for head in heads) for record in records)
            return Table(tuple(heads), rows, table.lines, table.name)
    return table


def _record(cell: str) -> dict[str, str]:
    try:
        value = structured.from_json(cell, "")
    except DocumentError:
        return {}
    found = value if isinstance(value, dict) else {}
    return {key: text for key, text in found.items() if isinstance(text, str)}
