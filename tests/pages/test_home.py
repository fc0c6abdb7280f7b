"""The first page."""

from __future__ import annotations

import time

import pytest

from core import tasks
from core.models.weights import State


def test_an_empty_computer_gets_six_cards_that_say_what_to_do(open_page, monkeypatch):
    monkeypatch.setattr("core.models.weights.is_ready", lambda _w: False)
    monkeypatch.setattr(
        "core.models.weights.states", lambda es: {e.id: State("offline") for e in es}
    )
    app = open_page("home")
    assert not app.exception
    text = [caption.value for caption in app.caption]
    assert sum("No model is on this computer yet" in one for one in text) == 6


def test_the_page_speaks_chinese(open_page):
    app = open_page("home", lang="zh")
    assert app.title[0].value == "🧠 深度学习门户"


@pytest.mark.starters
def test_every_card_ends_with_an_answer_of_a_model(starters, open_page):
    app = open_page("home")
    deadline = time.monotonic() + 200
    while any("⏳" in caption.value for caption in app.caption):
        assert time.monotonic() < deadline
        time.sleep(1)
        app.run()
    assert not app.exception
    assert not any("could not be answered" in caption.value for caption in app.caption)
    assert len(app.subheader) == len(tasks.names())
