"""A column of texts out of an uploaded table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.errors import PortalError
from core.inputs.tables import Table
from core.serving.predictor import Result
from core.workers import reading
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
        _("CSV or TSV with column names, or TXT with one text on each line"),
        type=["csv", "tsv", "txt"],
        key="table",
    )
    if not upload:
        st.caption(
            _("Until you upload a file: {count} short texts of our own writing.").format(
                count=len(examples)
            )
        )
        return Table((_("Text"),), tuple((text,) for text in examples)), list(examples)
    table = inputs.decoded(upload, reading.table, "table")
    if isinstance(table, PortalError):
        errors.show(table)
        return None
    return (table, _column(table)) if table else None


def _column(table: Table) -> list[str]:
    """The chosen column's cells. One that was chosen before and is missing now is named."""
    wanted = memory.chosen
    if wanted and wanted not in table.columns:
        with errors.guard():
            table.column(wanted)
    first = wanted if wanted in table.columns else table.wordiest()
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
