"""How a page is laid out: title, the drawing of the model's steps, and the explanation."""

from __future__ import annotations

import html
import inspect
from collections.abc import Sequence
from functools import cache
from importlib import import_module

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.tasks.application import Application
from pages._ui.kit.i18n import _


def header(task: Application, icon: str) -> None:
    st.title(f"{icon} {_(task.title)}")
    st.markdown(_(task.summary))


def columns() -> tuple[DeltaGenerator, DeltaGenerator]:
    """The controls on the left and the stage on the right; one above the other on a phone."""
    side, stage = st.columns([1, 2.1], gap="large")
    return side, stage


def explanation(task: Application, text: str, steps: Sequence[str], formula: str = "") -> None:
    """How the model works: a drawing of its steps, words, a formula, and the same in plain Python.

    `text` and `steps` are translated already. The code is `core/tasks/<task>/recipe.py`, which the
    tests run and the benchmark compares with.
    """
    with st.expander("💡 " + _("How it works"), expanded=False):
        flow(steps)
        st.markdown(text)
        if formula:
            st.latex(formula)
    with st.expander("🐍 " + _("The same in a few lines of Python"), expanded=False):
        st.caption(_("`folders` are the folders of the model's weights, in the catalogue's order."))
        st.code(_recipe(task.name), language="python")


@cache
def _recipe(task: str) -> str:
    return inspect.getsource(import_module(f"core.tasks.{task}.recipe").build)


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
