"""Images that a model generated from seeds: examples to click, a grid to pick a pair from, one image or several enlarged.

They are always shown as PNG: a JPEG, which is Streamlit's default, would lose the mark that says that a model made
them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import streamlit as st

from pages._ui.kit.i18n import _
from pages._ui.kit.state import Kept

WIDTH = 104
"""Pixels of an image in the grid."""


class Picked:
    """Seeds of the images clicked last, the latest first."""

    seeds: Kept[list[int]] = Kept(list)


memory = Picked()


class Generated(Protocol):
    """What is shown of a result."""

    @property
    def seed(self) -> int: ...

    @property
    def png(self) -> bytes: ...


def image(png: bytes, caption: str | None = None) -> None:
    st.image(png, caption, width="stretch", output_format="PNG")


def examples(
    titles: Sequence[str], values: Sequence[Mapping[str, object]], shown: Sequence[bytes] | None
) -> None:
    """A button for each example, which moves the option widgets to its `values`, with an image of it above."""
    st.caption(_("Or click an example"))
    with st.container(horizontal=True, gap="small"):
        for i, title in enumerate(titles):
            with st.container(width=110, gap="small"):
                if shown:
                    image(shown[i])
                st.button(
                    title,
                    key=f"example {i}",
                    on_click=_move,
                    args=(values[i],),
                    width="stretch",
                )


def _move(values: Mapping[str, object]) -> None:
    st.session_state.update(values)


def picked(first: int) -> list[int]:
    """The seeds of the two images clicked last, the latest first; before that those of a grid that begins with the
    seed `first`."""
    clicked = memory.seeds
    return [*clicked, *(seed for seed in (first, first + 1) if seed not in clicked)][:2]


def _pick(seed: int, first: int) -> None:
    memory.seeds = [seed, *(s for s in picked(first) if s != seed)][:2]


def grid(images: Sequence[Generated], first: int) -> None:
    """The images with a button each; a click picks one (see `picked`)."""
    marks = dict(zip(picked(first), ("①", "②"), strict=False))
    with st.container(horizontal=True, gap="small", key="faces"):
        for one in images:
            with st.container(width=WIDTH, gap="small"):
                image(one.png)
                st.button(
                    f"{marks.get(one.seed, '')} {one.seed}",
                    key=f"face {one.seed}",
                    on_click=_pick,
                    args=(one.seed, first),
                    type="primary" if one.seed in marks else "secondary",
                    width="stretch",
                )


def random_number(
    label: str, key: str, below: int, width: Literal["content", "stretch"] = "content"
) -> None:
    """A button that sets the number widget `key` to a random one, from 0 to `below` - 1."""
    st.button("🎲 " + label, on_click=_throw, args=(key, below), width=width, key=f"new {key}")


def _throw(key: str, below: int) -> None:
    st.session_state[key] = random.randrange(below)
