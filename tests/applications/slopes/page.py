"""Slopes: what is said above the form for training."""

from __future__ import annotations

import streamlit as st

st.markdown("A line is laid through the points, so that the squared distances are least.")
