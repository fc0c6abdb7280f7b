"""How a page is laid out: title, the drawing of the model's steps, and the explanation."""

from __future__ import annotations

import html
import inspect
from collections.abc import Sequence
from functools import cache

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core import tasks
from core.tasks.application import Application
from pages._ui.kit.i18n import _


def header(one: Application) -> None:
    st.title(f"{one.icon} {_(one.title)}")
    st.markdown(_(one.summary))


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The controls on the left and the stage on the right; one above the other on a phone."""
    side, stage = st.columns([1, 2.1], gap="large")
    return side, stage


def explanation(application: Application, family: str = "") -> None:
    """How the models of a family work: a drawing of the steps, words, a formula, and the same in plain Python,
    which the tests run and the benchmark compares with."""
    known = application.explanations
    shown = known.get(family) or known.get("")
    if shown:
        with st.expander("💡 " + _("How it works"), expanded=False):
            flow([_(step) for step in shown.steps])
            st.markdown(_(shown.text))
            if shown.formula:
                st.latex(shown.formula)
    if code := _recipe(application.name):
        with st.expander("🐍 " + _("The same in a few lines of Python"), expanded=False):
            st.caption(
                _("`folders` are the folders of the model's weights, in the catalogue's order.")
            )
            st.code(code, language="python")


@cache
def _recipe(name: str) -> str:
    """The source of an application's recipe; "" where it has none."""
    prediction = tasks.find(name).prediction
    recipe = prediction.recipe() if prediction else None
    return inspect.getsource(recipe.build) if recipe else ""


def flow(steps: Sequence[str]) -> None:
    """Boxes joined by arrows, in the theme's own colours; they wrap on a narrow screen."""
    boxes = "<span class='arrow'>→</span>".join(
        f"<span class='box'>{html.escape(s)}</span>" for s in steps
    )
    st.html(
        "<style>.flow{display:flex;flex-wrap:wrap;gap:.4rem;align-items:center;margin:.25rem 0 .75rem}"
        ".flow .box{border:1.5px solid currentColor;border-radius:.6rem;padding:.35rem .7rem;font-size:.9rem}"
        ".flow .arrow{opacity:.6}</style>"
        f"<div class='flow'>{boxes}</div>"
    )
