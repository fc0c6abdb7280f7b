"""A column of texts out of an uploaded table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.errors import PortalError
from core.inputs import columns, tables
from core.inputs.reading import Reading
from core.inputs.tables import Table
from core.serving.predictor import Result
from pages._ui.finetune import reading as notes
from pages._ui.kit import errors
from pages._ui.kit.i18n import _
from pages._ui.kit.state import Kept

Read = tuple[Table | PortalError, Reading]


class Columns:
    """What was chosen of the table before, and the table as read last, by its upload and the choices."""

    chosen: Kept[str] = Kept(str)
    read: Kept[dict[str, Read]] = Kept(dict)


memory = Columns()


def ask(examples: Sequence[str]) -> tuple[Table, list[str]] | None:
    """The table and the cells of the chosen column; our own examples until something is uploaded.

    None when the file cannot be used; the reason is then shown.
    """
    upload = st.file_uploader(
        _(
            "CSV, TSV, JSON or an Excel workbook with column names, or TXT with one text on each line"
        ),
        type=[suffix[1:] for suffix in (*tables.SUFFIXES, ".txt")],
        key="table",
    )
    if not upload:
        st.caption(
            _("Until you upload a file: {count} short texts of our own writing.").format(
                count=len(examples)
            )
        )
        return Table((_("Text"),), tuple((text,) for text in examples)), list(examples)
    chosen = notes.chosen()
    key = f"{upload.file_id} {sorted(chosen.items())}"
    if key not in memory.read:
        memory.read = {key: _read(upload.getvalue(), upload.name, chosen)}
    table, reading = memory.read[key]
    if isinstance(table, PortalError):
        errors.show(table)
    if reading.assumptions or reading.problems:
        notes.show(reading)
    return None if isinstance(table, PortalError) else (table, _column(table))


def _read(data: bytes, name: str, choices: Mapping[str, str]) -> Read:
    """The table, or why it is refused, with how it was read: another choice may read it."""
    reading = Reading(choices)
    try:
        return tables.read(data, name, reading=reading), reading
    except PortalError as error:
        return error, reading


def _column(table: Table) -> list[str]:
    """The chosen column's cells. One that was chosen before and is missing now is named."""
    wanted = memory.chosen
    if wanted and wanted not in table.columns:
        with errors.guard():
            table.column(wanted)
    first = wanted if wanted in table.columns else columns.texts(table)[0]
    memory.chosen = st.selectbox(
        _("Column with the texts"), table.columns, index=table.columns.index(first)
    )
    return table.column(memory.chosen)


def answered(source: Table, answers: Sequence[Result | PortalError], made: Table) -> Table:
    """The uploaded rows as they were, behind each what `made` says of its answer (all columns but the first, which
    names the input), or nothing but the code of its error."""
    good, blank = iter(made.rows), ("",) * (len(made.columns) - 1)
    rows = tuple(
        (*cells, *blank, answer.code)
        if isinstance(answer, PortalError)
        else (*cells, *next(good)[1:], "")
        for cells, answer in zip(source.rows, answers, strict=True)
    )
    return Table((*source.columns, *made.columns[1:], "error"), rows)
