"""What was noted while somebody's file was read: assumed, left out, or wrong with it."""

from __future__ import annotations

import streamlit as st

from core.inputs.reading import Reading
from pages._ui.kit import errors

SHOWN = 12
"""Problems said in words, the most frequent kinds first; beyond, they are counted."""


def show(reading: Reading) -> None:
    """A line for each assumption, and a box with the problems."""
    for one in reading.assumptions:
        st.caption("☑️ " + errors.message_of(one.template, one.values))
    problems = reading.problems[:SHOWN]
    if not problems:
        return
    lines = [errors.message_of(one.template, one.values) for one in problems]
    if (more := reading.counts.total() - len(problems)) > 0:
        lines.append(f"… +{more}")
    st.warning("\n\n".join(lines), icon="⚠️")
