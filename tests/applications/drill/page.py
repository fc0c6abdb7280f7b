"""Drill: what is said above the form for training."""

from __future__ import annotations

import streamlit as st

st.markdown("The line y = 2 x + 1 is learnt from points of its own.")
