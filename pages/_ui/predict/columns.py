"""A column of texts out of an uploaded table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from core.errors import PortalError
from core.inputs import columns, tables
from core.inputs.tables import Table
from core.serving.predictor import Result
from core.workers import reading
from pages._ui.finetune import reading as notes
from pages._ui.kit import errors
from pages._ui.kit.i18n import _
from pages._ui.kit.state import Kept
from pages._ui.predict import inputs


class Columns:
    """What was chosen of the table before."""

    chosen: Kept[str] = Kept(str)


memory = Columns()


def ask(examples: Sequence[str]) -> tuple[Table, list[str]] | None:
    """The table and the cells of the chosen column; our own examples until something is uploaded.

    None while the file is read, or when it cannot be used; the reason is then shown.
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
    found = inputs.decoded(upload, partial(reading.table, choices=chosen), f"table {chosen}")
    if found is None:
        return None
    if isinstance(found, PortalError):
        errors.show(found)
        return None
    table, noted = found
    if isinstance(table, PortalError):
        errors.show(table)
    notes.show(noted, quiet=True)
    return None if isinstance(table, PortalError) else (table, _column(table))


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
