"""Labelled texts to train on: a table (CSV, TSV, JSON lines), or plain text by class in a zip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from core.data import drafts, near_duplicates
from core.data.drafts import Draft, Sample
from core.errors import N_, DataSetError, DocumentError, TextError
from core.inputs import archives, languages, tables, texts
from core.inputs.tables import Table

LEAST = 4
"""Fewest texts of a class."""
CLASSES = 100
"""Most classes; a column with more different values is hardly one of labels."""
LABEL_COLUMNS = (
    "label",
    "labels",
    "sentiment",
    "class",
    "category",
    "polarity",
    "target",
    "rating",
)
"""Usual names of the column that holds the labels."""


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A table with a column of texts and one of labels (guessed where they are not named), or a zip
    with a text file per class, a text on each line, or with a folder of text files per class.

    Raises:
        DocumentError: no text, or no such column. ArchiveError: a broken or unsafe zip.
        DataSetError: no column of labels, or one with more than `CLASSES` values.
    """
    draft = Draft(choices or {})
    if name.lower().endswith(".zip"):
        return _archive(draft, source, name)
    table = _table(source, name, draft)
    text = draft.choose(
        "text",
        _texts(table, draft.choices.get("label", "")),
        N_("The texts are in the column “{taken}”."),
        options=table.columns,
    )
    label = draft.choose(
        "label",
        _labels(table, text, name),
        N_("The labels are in the column “{taken}”."),
        options=table.columns,
    )
    pairs = zip(table.column(text), table.column(label), strict=True)
    for number, (words, cell) in enumerate(pairs, 1):
        add(draft, words, cell, f"{name} #{number}")
    return checked(draft)


def add(draft: Draft, text: str, label: str, origin: str) -> None:
    """Note one text with its label, or why it cannot be used."""
    if not text.strip():
        draft.trouble("empty", N_("{origin} has no text."), origin=origin)
        return
    if not label.strip():
        draft.trouble("no_label", N_("{origin} has no label."), origin=origin)
        return
    try:
        words = texts.clean(text, origin).strip()
    except TextError as error:
        draft.unreadable(error)
        return
    draft.add(Sample({"text": words, "label": label.strip()}, origin, key=texts.key(words)))
    if "\ufffd" in words:
        draft.trouble(
            "encoding",
            N_("{origin} holds characters that were lost in a wrong encoding."),
            sample=len(draft.samples) - 1,
            origin=origin,
        )


def checked(draft: Draft) -> Draft:
    """The draft with its duplicates and small classes noted, near-duplicates grouped, language told."""
    labels = {item.row["label"] for item in draft.samples}
    if len(labels) > CLASSES:
        raise DataSetError(
            N_(
                "There are {count} different labels; at most {limit} make classes. Choose the column "
                "that holds the labels."
            ),
            count=len(labels),
            limit=CLASSES,
        )
    for item, group in zip(
        draft.samples,
        near_duplicates.groups([str(i.row["text"]) for i in draft.samples]),
        strict=True,
    ):
        item.row["group"] = group
    drafts.check_classes(draft, LEAST)
    some = draft.samples[:: max(1, len(draft.samples) // 40)]
    draft.facts["language"] = languages.detect(" ".join(str(i.row["text"])[:100] for i in some))
    return draft


def _archive(draft: Draft, source: Path | IO[bytes], name: str) -> Draft:
    with archives.opened(source, name, draft) as archive:
        for member in archive.names:
            path = PurePosixPath(member)
            if path.suffix.lower() not in (".txt", ".text", ""):
                draft.trouble("not_a_text", N_("{origin} is not a text file."), origin=member)
                continue
            try:
                text = texts.decode(archive.read(member), member)
            except DocumentError as error:
                draft.unreadable(error)
                continue
            if len(path.parts) > 1:
                add(draft, text, path.parts[-2], member)
                continue
            for number, line in enumerate(text.splitlines(), 1):
                if line.strip():
                    add(draft, line, path.stem, f"{member} #{number}")
    return checked(draft)


def _table(source: Path | IO[bytes], name: str, draft: Draft) -> Table:
    if isinstance(source, Path):
        data = source.read_bytes()
    else:
        source.seek(0)
        data = source.read()
    return tables.read(data, name, to_learn=True, reading=draft)


def _texts(table: Table, label: str) -> str:
    """The wordiest column that is not the labels'."""
    others = [name for name in table.columns if name != label] or list(table.columns)
    return max(others, key=lambda name: sum(map(len, table.column(name))))


def _labels(table: Table, text: str, name: str) -> str:
    """The column that is called as labels usually are, or the one with the fewest different values."""
    others = [column for column in table.columns if column != text]
    for column in others:
        if column.lower() in LABEL_COLUMNS:
            return column
    counts = {column: len(set(table.column(column)) - {""}) for column in others}
    several = [column for column in others if counts[column] > 1]
    if not several:
        raise DataSetError(
            N_(
                "{name} has no column of labels beside the texts. It needs two columns: the text and "
                "what it is, such as positive or negative."
            ),
            name=name,
        )
    return min(several, key=counts.__getitem__)
