"""Shouting: a text comes back in capitals."""

from __future__ import annotations

import streamlit as st

from core import tasks
from core.models import catalog
from pages._ui.kit import layout, options
from pages._ui.models import picker
from pages._ui.predict import results

APPLICATION = tasks.find("shouting")

side, stage = layout.columns()
with side:
    model = picker.model_picker(APPLICATION)
    chosen = options.form(APPLICATION, catalog.find(model) if model else None)
with stage:
    text = st.text_input("Text", "hello")
    if model and (answers := results.answers(APPLICATION, model, [text], [text], chosen)):
        for result in results.good(answers):
            st.subheader(result.text)
            results.made_by(result)
    layout.explanation(APPLICATION)
