"""Images with what a model marked in them: the marked images, how many things of each class, files to take home.

The application says by plain values and functions (`Marks`) how its results are drawn, counted and named.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st
from PIL import Image

from core.inputs import images, tables
from core.inputs.tables import Table
from core.serving.predictor import Result
from core.settings import settings
from pages._ui.kit import charts, text
from pages._ui.kit.i18n import _, current
from pages._ui.kit.state import Kept
from pages._ui.predict import results
from pages._ui.predict.inputs import GivenImage

R = TypeVar("R", bound=Result)


class Marked:
    """Images that were drawn on, by what is on them."""

    views: Kept[dict[tuple[str, int, str, str], bytes]] = Kept(dict)


memory = Marked()


@dataclass(frozen=True)
class Marks(Generic[R]):
    """How results are shown. Nothing here asks for the visitor's language: videos are drawn in a thread."""

    draw: Callable[[Image.Image, R, int | None], Image.Image]
    """A copy of an image with the marks of its result; the third argument is the pixels of its longer side."""
    counts: Callable[[R], Mapping[str, int]]
    """How many things of each class a result has."""
    name: Callable[[str], str]
    """A class in the visitor's language."""
    colour: Callable[[str], str]
    """A class's colour, as CSS has it."""
    table: Callable[[Sequence[str], Sequence[R]], Table]
    """Results, with names for their inputs, as a table."""
    nothing: str
    """What is said where nothing is marked, in the visitor's language."""
    more: Callable[[Mapping[str, R]], None] = lambda _: None
    """Draws further download buttons for results by the names of their inputs."""

    def csv(self, found: Mapping[str, R]) -> str:
        table = self.table(list(found), list(found.values()))
        return tables.write(table.columns, table.rows)

    def total(self, found: Sequence[R]) -> dict[str, int]:
        """Things of each class in all results, most frequent first."""
        counts: Counter[str] = Counter()
        for result in found:
            counts.update(self.counts(result))
        return dict(counts.most_common())

    def in_words(self, counts: Mapping[str, int]) -> str:
        """`2 × person, 1 × bus`, ready for Markdown: a model from elsewhere may call its classes anything."""
        said = (f"{n} × {text.plain(self.name(c))}" for c, n in counts.items())
        return _(", ").join(said) or self.nothing


def show(given: Sequence[GivenImage], found: Sequence[R], marks: Marks[R]) -> None:
    """The marked images, what is on them, and the files to take home."""
    counts = marks.total(found)
    st.subheader(marks.in_words(counts))
    if len(given) == 1:
        st.image(_view(given[0], found[0], marks, 1000), width="stretch")
    else:
        _side_by_side(given, found, marks)
    chart(counts, marks)
    results.made_by(found[0])
    labelled = dict(zip(unique([p.name for p in given]), found, strict=True))
    with st.container(horizontal=True):
        results.download(
            "JSON", results.as_json(found, list(labelled)), "boxes.jsonl", "application/x-ndjson"
        )
        results.download("CSV", marks.csv(labelled), "boxes.csv", "text/csv")
        marks.more(labelled)
        if len(given) == 1:
            results.download(
                _("Image"),
                lambda: images.jpeg(marks.draw(given[0].image, found[0], None)),
                "boxes.jpg",
                "image/jpeg",
            )


def _side_by_side(given: Sequence[GivenImage], found: Sequence[R], marks: Marks[R]) -> None:
    columns = st.columns(2)
    for i, (one, result) in enumerate(zip(given, found, strict=True)):
        with columns[i % 2]:
            caption = f"{text.plain(one.name)}: {marks.in_words(marks.counts(result))}"
            st.image(_view(one, result, marks, 480), caption=caption, width="stretch")


def _view(one: GivenImage, result: R, marks: Marks[R], side: int) -> bytes:
    """The marked image as a JPEG; drawn again only when its marks or the language changed."""
    views = memory.views
    key = (one.digest, side, json.dumps(result.as_json()), current())
    if key not in views:
        while len(views) >= 2 * settings().images:
            views.pop(next(iter(views)))
        views[key] = images.jpeg(marks.draw(one.image, result, side))
    return views[key]


def chart(counts: Mapping[str, int], marks: Marks[R]) -> None:
    """A bar for each class, in the colour of its marks."""
    rows = [
        {"class": marks.name(c), "count": n, "colour": marks.colour(c)} for c, n in counts.items()
    ]
    if rows:
        charts.counts(rows, label="class", value="count", colour="colour")


def unique(labels: Sequence[str]) -> list[str]:
    """File names with a number where one occurs twice."""
    seen: Counter[str] = Counter()
    result = []
    for label in labels:
        seen[label] += 1
        result.append(label if seen[label] == 1 else f"{seen[label]} {label}")
    return result
