"""Lines: the value at x by a line that was trained here."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.serving.options import Options
from pages._ui.kit import layout
from pages._ui.models import picker
from pages._ui.predict import results

APPLICATION = tasks.find("lines")

side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
with stage:
    x = st.text_input("x", "3")
    if model and (answers := results.answers(APPLICATION, model, [x], [x], Options())):
        for result in results.good(answers):
            st.metric("y", f"{result.y:.2f}")
            results.made_by(result)
