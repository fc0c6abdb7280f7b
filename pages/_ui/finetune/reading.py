"""How an uploaded file was read: what was assumed, with a way to choose otherwise, and what is wrong."""

from __future__ import annotations

import streamlit as st

from core.errors import N_
from core.inputs.reading import Assumption, Reading
from pages._ui.kit import errors, text
from pages._ui.kit.i18n import _

CHOICE = "choice "
"""What the key of a widget for a choice begins with."""
TITLES = {
    "annotations": N_("Annotations"),
    "answer": N_("Column of the answers"),
    "array": N_("List with the samples"),
    "box_order": N_("Order of a box's numbers"),
    "box_units": N_("Unit of the boxes"),
    "class_level": N_("Folder level that names the class"),
    "classes": N_("Names of the classes, separated by commas"),
    "coordinates": N_("Coordinates of the boxes"),
    "division": N_("Division into training and validation"),
    "encoding": N_("Encoding"),
    "header": N_("First line holds the column names"),
    "join_labels": N_("Join labels that look the same"),
    "label": N_("Column of the labels"),
    "label_format": N_("Format of the label files"),
    "language": N_("Language"),
    "names_encoding": N_("Encoding of the file names"),
    "names_from": N_("Class names from"),
    "offsets": N_("Unit of the answers' positions"),
    "pair": N_("Pair of languages"),
    "passage": N_("Column of the passages"),
    "question": N_("Column of the questions"),
    "quotes": N_("Quotation marks"),
    "sentence": N_("Column of the sentences"),
    "separator": N_("Separator"),
    "sheet": N_("Sheet"),
    "source": N_("Language of the sentences"),
    "start": N_("Column of the answers' positions"),
    "target": N_("Language of the translations"),
    "text": N_("Column of the texts"),
}
"""What the choices of our readers are called; one of another application is called as its reader calls it."""


def chosen() -> dict[str, str]:
    """What the person chose instead of what was assumed, by the assumption's name."""
    state = {str(key): value for key, value in st.session_state.items()}
    picked = {k.removeprefix(CHOICE): v for k, v in state.items() if k.startswith(CHOICE)}
    return {name: str(value) for name, value in picked.items() if value}


def show(reading: Reading, *, quiet: bool = False) -> None:
    """What was assumed, with a field for all that can be chosen, and a table of the problems by kind. `quiet`: nothing
    is said where nothing is wrong."""
    _assumptions(reading)
    if reading.problems or not quiet:
        _problems(reading)


def _assumptions(reading: Reading) -> None:
    guessed = _("(guessed)")
    for one in reading.assumptions:
        mark, more = ("❔", guessed) if one.guessed else ("☑️", "")
        st.markdown(f"{mark} {errors.message_of(one.template, one.values)} {more}")
    fields = [one for one in reading.assumptions if one.choice]
    if fields:
        with st.popover(_("Read it differently"), icon="✏️"):
            for one in fields:
                _field(one)


def _field(one: Assumption) -> None:
    """A menu of the options, or a field for any text; empty: as the reader takes it."""
    key, label = CHOICE + one.choice, text.plain(_(TITLES.get(one.choice, one.choice)))
    if one.options:
        st.selectbox(label, ["", *one.options], key=key, format_func=lambda c: c or _("automatic"))
    else:
        st.text_input(label, key=key, placeholder=one.taken)


def _problems(reading: Reading) -> None:
    if not reading.problems:
        st.success(_("Nothing is wrong with this data."), icon="✅")
        return
    title = _("{count} problems ({fatal} samples cannot be used)").format(
        count=reading.counts.total(), fatal=len(reading.fatal)
    )
    with st.expander("⚠️ " + title, expanded=len(reading.problems) < 20):
        rows = [
            {
                _("What is wrong"): errors.message_of(p.template, p.values, str),
                _("What happens"): _("left out")
                if p.fatal
                else (_("you decide") if p.sample is not None else _("for information")),
            }
            for p in reading.problems
        ]
        st.dataframe(rows, hide_index=True, width="stretch")
