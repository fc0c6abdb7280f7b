"""What cannot be used any more is shown as damaged, with what can be done; it costs only itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import streamlit as st

from core import files
from core.errors import PortalError
from core.files import FolderState
from core.settings import settings
from pages._ui.kit import errors, text
from pages._ui.kit.i18n import _


class Damaged(Protocol):
    """A data set, a model or a job."""

    @property
    def id(self) -> str: ...

    @property
    def why(self) -> str | PortalError:
        """What is wrong, in English or as an error."""


SHOWN = 20
"""Damaged ones that are listed at once."""


def show(title: str, found: Sequence[Damaged], remove: Callable[[Damaged], object]) -> None:
    """Each with the reason and a button that removes it; nothing where there are none. `title` has a {count}."""
    if not found:
        return
    with st.expander("⚠️ " + title.format(count=len(found))):
        for one in found[:SHOWN]:
            with st.container(horizontal=True, vertical_alignment="center"):
                why = one.why
                words = errors.message(why) if isinstance(why, PortalError) else text.plain(why)
                st.markdown(f"**{text.plain(one.id)}** · {words}", width="stretch")
                if st.button(_("Remove"), icon="🗑️", key=f"remove damaged {one.id}"):
                    with errors.guard():
                        remove(one)
                        st.rerun()
        if (more := len(found) - SHOWN) > 0:
            st.caption(_("{count} more are damaged.").format(count=more))


def folder() -> None:
    """What the data folder lacks; nothing where it lacks nothing."""
    state = _probe(str(settings().data))
    if state.trouble:
        st.warning(errors.message(state.trouble), icon="💽")


@st.cache_data(ttl=60, show_spinner=False)
def _probe(_folder: str) -> FolderState:
    return files.probe(settings().data)
