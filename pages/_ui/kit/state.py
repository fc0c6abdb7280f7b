"""What is remembered of a visit between two runs of a page: every value has a name and a type here.

Values that Streamlit keeps for its widgets stay under the widgets' keys; everything of our own is a field of
`session`. A page with more to remember declares a class of its own in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from core.inputs.reading import Problem
    from core.jobs.history import History

T = TypeVar("T")


class Kept(Generic[T]):
    """A field that lives in Streamlit's session. `default` makes the first value; one that can be changed in place
    (a dict, a set) is kept as it is."""

    def __init__(self, default: Callable[[], T]) -> None:
        self.default = default

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = f"{owner.__name__}.{name}"  # no widget's key looks like this

    def __get__(self, instance: object, owner: type | None = None) -> T:
        if self.key not in st.session_state:
            st.session_state[self.key] = self.default()
        value: T = st.session_state[self.key]
        return value

    def __set__(self, instance: object, value: T) -> None:
        st.session_state[self.key] = value


class Session:
    """A visit: one browser tab from its opening to its end."""

    versions: Kept[dict[str, int]] = Kept(dict)
    """How often each menu was set from outside; its widget's key counts with it."""
    asked: Kept[set[str]] = Kept(set)
    """Buttons that were pressed and whose work is not done yet."""

    example: Kept[str] = Kept(str)
    """Name of the example that was clicked last."""
    uploads: Kept[int] = Kept(int)
    """How often the uploaders were emptied; their keys count with it."""
    decoded: Kept[dict[tuple[str, str], Any]] = Kept(dict)
    """Uploaded files as they were decoded, or the error that refused them, by kind and upload."""
    models: Kept[dict[str, str]] = Kept(dict)
    """The model chosen last, by menu and application: widgets forget it when the page changes."""
    gallery_waits: Kept[bool] = Kept(lambda: True)
    """Whether thumbnails on the first page are still to come."""
    imported: Kept[str] = Kept(str)
    """Id of the model imported last."""
    import_problems: Kept[list[Problem]] = Kept(list)
    """What of its archive was left out."""
    imports: Kept[int] = Kept(int)
    """How many models were imported; the uploader's key counts with it."""

    form: Kept[int] = Kept(int)
    """How often the fine-tuning form was filled from outside; its widgets' keys count with it."""
    form_source: Kept[str] = Kept(str)
    """The application and the sample whose defaults the form has."""
    first_values: Kept[dict[str, object]] = Kept(dict)
    """What each widget of the form began with."""
    class_boxes: Kept[int] = Kept(lambda: 2)
    """How many classes can be given box by box."""
    tracked: Kept[dict[str, list[str]]] = Kept(dict)
    """Tracked examples for the next run, by application."""
    checked: Kept[str] = Kept(str)
    """The settings whose dry run was asked for."""
    estimates: Kept[dict[str, Any]] = Kept(dict)
    """What dry runs found, by settings."""

    job_states: Kept[dict[str, str]] = Kept(dict)
    """The state in which each job was seen last."""
    histories: Kept[dict[str, History]] = Kept(dict)
    """What was read of each job's events."""
    held_up_since: Kept[float | None] = Kept(lambda: None)
    """Since when (monotonic seconds) another process has kept the queue from being looked after."""
    moving_jobs: Kept[set[str] | None] = Kept(lambda: None)
    """Jobs that were under way at the last look at the list; None before the first."""
    listed_jobs: Kept[list[str]] = Kept(list)
    """Jobs that the filters of the list let through."""


session = Session()
