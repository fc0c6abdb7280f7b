"""Choices that are part of the page's address, by their codes.

Streamlit's own binding writes the words that the visitor sees; those change with the language and
with a model's state, and a link has to outlive both. Here is also where each application's page lies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core import tasks
from pages._ui.kit.state import session


def page_of(application: str) -> str:
    """The file of an application's page, as Streamlit's navigation and links take it."""
    return str(tasks.find(application).page or f"{application}.py")


def menu(
    label: str,
    codes: Sequence[Any],
    *,
    key: str,
    default: object,
    title: Callable[[Any], str],
    remembered: object = None,
    widget: Callable[..., Any] = st.selectbox,
    always: bool = False,
    **more: object,
) -> Any:
    """One of `codes`, shown by `title`; at first the address's, else `remembered`, else `default`.
    The default is left out of the address, unless it is `always` in it: what is best today may be
    something else tomorrow.

    The first choice goes in as the widget's own default and not through the session's state: a
    browser that is still loading when the page runs again would miss a value set only once.
    """
    known = {str(code): code for code in codes}
    widget_key = current_key(key)
    first = remembered if remembered in codes else default
    first = known.get(st.query_params.get(key, ""), first)
    start = {"index": list(codes).index(first)} if widget is st.selectbox else {"default": first}
    titles = {code: title(code) for code in codes}  # in this visitor's language, once for all
    chosen = widget(label, codes, key=widget_key, format_func=titles.__getitem__, **start, **more)
    write(key, [] if chosen == default and not always else [str(chosen)])
    return chosen


def several(
    label: str, codes: Sequence[str], *, key: str, title: Callable[[str], str], **more: object
) -> list[str]:
    """Any number of `codes`; at first those of the address."""
    first = [code for code in st.query_params.get_all(key) if code in codes]
    titles = {code: title(code) for code in codes}
    chosen = st.multiselect(
        label, codes, default=first, key=key, format_func=titles.__getitem__, **more
    )
    write(key, chosen)
    return chosen


def put(key: str, code: str) -> None:
    """Choose `code` for the menu `key` from outside; its widget is drawn anew on the next run."""
    st.query_params[key] = code
    session.versions[key] = session.versions.get(key, 0) + 1


def current_key(key: str) -> str:
    """The key of the widget for `key`: another one after each `put`, so that no old choice outlives it."""
    version = session.versions.get(key, 0)
    return f"{key} {version}" if version else key


def write(key: str, values: Sequence[str]) -> None:
    """Make `values` the address's for `key`; none removes it."""
    if st.query_params.get_all(key) != list(values):
        if values:
            st.query_params[key] = list(values)
        else:
            del st.query_params[key]
