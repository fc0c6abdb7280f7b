"""The one place where a failure becomes words on a page. A traceback on a page is a bug."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Number

import streamlit as st

from core.errors import CancelledError, PortalError
from core.files import disk_failure
from pages._ui.kit import text
from pages._ui.kit.i18n import _, current

Show = Callable[[str], str]

log = logging.getLogger("portal")
OURS = {"what", "why", "rule", "language", "source", "target"}
"""Values in messages that are words of ours; the others are names, numbers and what people typed."""
FOREIGN = ("why", "rule")
"""Values that may be what a library said, in its own English."""


def message(error: BaseException, show: Show = text.plain) -> str:
    """What went wrong and what to do, in the visitor's language, as `message_of`."""
    if isinstance(error, PortalError):
        return message_of(error.template, error.values, show)
    return _(
        "Something went wrong on our side ({kind}). Try again; if it stays, the server's log has the details."
    ).format(kind=type(error).__name__)


def message_of(template: str, values: Mapping[str, object], show: Show = text.plain) -> str:
    """A message with its values in the visitor's language: of an error, a problem, a finding. For Markdown, in which
    the values are words from outside; in a table, where nothing is Markdown, `show` is `str`."""
    filled = {name: _value(name, value, show) for name, value in values.items()}
    return _(template).format(**filled) if filled else _(template)


def _value(name: str, value: object, show: Show) -> object:
    """A reason inside a message or the name of a language has a translation of its own."""
    if isinstance(value, PortalError):
        return message(value, show)
    if isinstance(value, Number):
        return value
    if name in FOREIGN and _is_foreign(value):
        return _("see the technical details")
    return show(_(value) if name in OURS and isinstance(value, str) else str(value))


def _is_foreign(why: object) -> bool:
    """Whether these are a library's words, in English, while the visitor reads another language."""
    return current() != "en" and _(str(why)) == str(why)


def technical(error: BaseException) -> str:
    """What a library said, where the message could not say it in the visitor's language."""
    if not isinstance(error, PortalError):
        return ""
    for why in (error.values[name] for name in FOREIGN if name in error.values):
        if isinstance(why, PortalError):
            return technical(why)
        if _is_foreign(why):
            return str(why)
    return ""


def show(error: BaseException) -> None:
    """Draw a failure: a cancelled action is news, everything else an error."""
    error = disk_failure(error) or error  # whichever library met it
    if isinstance(error, CancelledError):
        st.info(message(error), icon="⏹️")
        return
    if not isinstance(error, PortalError):
        log.error("unexpected failure on a page", exc_info=error)
    st.error(message(error), icon="⚠️")
    if details := technical(error):
        st.caption(_("Technical details"))
        st.code(details, language=None, wrap_lines=True)


@contextmanager
def guard() -> Iterator[None]:
    """Show what fails inside instead of breaking the page."""
    try:
        yield
    except Exception as error:  # Streamlit's own control flow is not an Exception
        show(error)
