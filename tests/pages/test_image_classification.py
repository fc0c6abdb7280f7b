"""The image classification page."""

from __future__ import annotations

import pytest

from tests.pages.conftest import settle

pytestmark = pytest.mark.starters


def test_first_example_is_answered_when_the_page_opens(starters, open_page):
    app = open_page("image_classification")
    assert not app.exception
    assert any("cat" in heading.value or "tabby" in heading.value for heading in app.subheader)


def test_a_link_restores_the_options(starters, open_page):
    app = open_page("image_classification", top_k=7)
    assert app.slider(key="top_k").value == 7


def test_missing_weights_are_offered_with_size_and_licence(open_page):
    app = open_page("image_classification")
    text = " ".join(m.value for m in [*app.markdown, *app.caption])
    assert "Not on this computer yet" in text
    assert "Apache-2.0" in text
    assert not app.exception


def test_an_example_click_changes_the_answer(starters, open_page):
    app = open_page("image_classification")
    app.button(key="example flower.jpg").click()
    settle(app.run())
    assert "daisy" in app.subheader[0].value or app.subheader[0].value
