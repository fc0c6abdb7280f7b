"""Labelled texts to train on: a table (CSV, TSV, JSON, a workbook), or plain text by class in a zip."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

from core.data import drafts, near_duplicates
from core.data.drafts import Draft, Sample
from core.errors import N_, ArchiveError, DocumentError, TextError
from core.inputs import archives, columns, languages, tables, texts, uploads
from core.inputs.archives import Archive
from core.inputs.tables import Table

LEAST = 4
"""Fewest texts of a class."""
CLASSES = columns.MOST
"""Most classes; a column with more different values is hardly one of labels."""
MISSING = frozenset(("", "nan", "null", "n/a", "#n/a", "<na>"))
"""What stands in a cell that has no label. “None” is a class in data on opinions, and so is “-”."""


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A table with a column of texts and one of labels (told by their names, else by what stands in them), or a zip
    with a text file per class, a text on each line, or with a folder of text files per class.

    Raises:
        DocumentError: no text. ArchiveError: a broken or unsafe zip. UsageError: a choice that there is not.
    """
    draft = Draft(choices or {})
    if name.lower().endswith(".zip"):
        return _archive(draft, source, name)
    try:
        table = tables.read(uploads.start(source), name, to_learn=True, reading=draft)
    except DocumentError as error:
        if not draft.assumptions and not draft.problems:
            raise
        draft.unreadable(error)  # with what can be chosen otherwise
        return draft
    _rows(draft, table)
    return checked(draft)


def _rows(draft: Draft, table: Table) -> None:
    guess, guessed = columns.texts(table, draft.choices.get("label", ""))
    text = draft.choose(
        "text",
        guess,
        N_("The texts are in the column “{taken}”."),
        options=table.columns,
        guessed=guessed and len(table.columns) > 2,
    )
    guess, guessed = columns.labels(table, text)
    if not guess and "label" not in draft.choices:
        _no_labels(draft, table)
    label = draft.choose(
        "label",
        guess,
        N_("The labels are in the column “{taken}”.")
        if guess or "label" in draft.choices
        else N_("No column was taken for the labels."),
        options=table.columns,
        guessed=guessed and len(table.columns) > 2,
    )
    if not label:
        return
    names = _joined(draft, table.column(label))
    for i, (words, cell) in enumerate(zip(table.column(text), table.column(label), strict=True)):
        add(draft, words, names.get(cell, cell), table.origin(i))


def _no_labels(draft: Draft, table: Table) -> None:
    draft.trouble(
        "no_labels",
        N_(
            "{name} has no column of labels beside the texts. It needs two columns: the text and "
            "what it is, such as positive or negative."
        ),
        name=table.name,
    )


def _joined(draft: Draft, cells: Sequence[str]) -> dict[str, str]:
    """What labels that differ in case, width, spacing or as 1 and 1.0 are called: the most frequent of each kind,
    where the person wants them joined (`join_labels`)."""
    kinds: dict[str, Counter[str]] = {}
    for cell in cells:
        if not is_missing(cell):
            kinds.setdefault(_kind(cell), Counter())[cell.strip()] += 1
    several = [list(kind) for kind in kinds.values() if len(kind) > 1]
    if not several or len(kinds) > CLASSES:
        return {}
    shown = "; ".join(" = ".join(kind[:5]) for kind in several[:5])
    taken = draft.choose(
        "join_labels",
        "no",
        N_("Labels that look the same are joined: {taken} ({labels})."),
        options=("no", "yes"),
        guessed=True,
        labels=shown,
    )
    if taken == "no":
        draft.trouble(
            "similar_labels",
            N_("Labels differ in case, width or spelling of numbers only: {labels}. Join them?"),
            labels=shown,
        )
        return {}
    return {cell: kinds[_kind(cell)].most_common(1)[0][0] for cell in cells if not is_missing(cell)}


def _kind(label: str) -> str:
    """Equal for labels that look the same: positive and POSITIVE, 1 and 1.0."""
    folded = texts.normal(label).casefold()
    return re.sub(r"^([+-]?\d+)\.0+$", r"\1", folded)


def is_missing(label: str) -> bool:
    """Whether a cell says that there is no label, as pandas and Excel write it."""
    return label.strip().lower() in MISSING


def add(draft: Draft, text: str, label: str, origin: str) -> None:
    """Note one text with its label, or why it cannot be used."""
    if not text.strip():
        draft.trouble("empty", N_("{origin} has no text."), origin=origin)
        return
    if is_missing(label):
        draft.trouble(
            "no_label", N_("{origin} has no label (“{label}”)."), origin=origin, label=label.strip()
        )
        return
    try:
        words = texts.clean(text, origin).strip()
        name = texts.clean(label, origin).strip()
    except TextError as error:
        draft.unreadable(error)
        return
    draft.add(Sample({"text": words, "label": name}, origin, key=texts.key(words)))
    if "\ufffd" in words:
        draft.trouble(
            "lost",
            N_("{origin} holds characters that were lost in a wrong encoding."),
            sample=len(draft.samples) - 1,
            origin=origin,
        )


def checked(draft: Draft) -> Draft:
    """The draft with its duplicates and small classes noted, near-duplicates grouped, language told."""
    labels = {item.row["label"] for item in draft.samples}
    if len(labels) > CLASSES:
        draft.trouble(
            "many_classes",
            N_(
                "There are {count} different labels; at most {limit} make classes. Choose the column "
                "that holds the labels."
            ),
            count=len(labels),
            limit=CLASSES,
        )
        draft.samples.clear()
        draft.doubtful.clear()
        draft.fatal.clear()
        return draft
    if not draft.samples:
        return draft
    for item, group in zip(
        draft.samples,
        near_duplicates.groups([str(i.row["text"]) for i in draft.samples], reading=draft),
        strict=True,
    ):
        item.row["group"] = group
    drafts.check_classes(draft, LEAST)
    some = draft.samples[:: max(1, len(draft.samples) // 40)]
    draft.facts["language"] = languages.detect(" ".join(str(i.row["text"])[:100] for i in some))
    return draft


def _archive(draft: Draft, source: Path | IO[bytes], name: str) -> Draft:
    with archives.opened(source, name, draft) as archive:
        members = []
        for member in archive.names:
            if PurePosixPath(member).suffix.lower() in (".txt", ".text", ""):
                members.append(member)
            else:
                draft.trouble("not_a_text", N_("{origin} is not a text file."), origin=member)
        usual = _usual_encoding(draft, archive, members, name)
        for member in members:
            path = PurePosixPath(member)
            try:
                text = texts.decode(archive.read(member), member, draft, usual=usual)
            except (DocumentError, ArchiveError) as error:
                draft.unreadable(error)
                continue
            if len(path.parts) > 1:
                add(draft, text, path.parts[-2], member)
                continue
            for number, line in enumerate(texts.lines(text), 1):
                if line.strip():
                    add(draft, line, path.stem, f"{member}:{number}")
    return checked(draft)


def _usual_encoding(draft: Draft, archive: Archive, members: Sequence[str], name: str) -> str:
    """Files of one archive come from one hand: short ones are weighed together."""

    def contents() -> Iterator[bytes]:
        for member in members:
            with suppress(ArchiveError):  # told where it is read
                yield archive.read(member)

    return texts.shared(contents(), name, draft)
