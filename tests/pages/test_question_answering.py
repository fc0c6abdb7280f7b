"""The question answering page, on tiny models written by the test."""

from __future__ import annotations

import re

import pytest

from core.tasks.question_answering.examples import EXAMPLES
from tests.core.inputs.test_documents import docx, lines, pdf
from tests.core.tasks.question_answering.checkpoints import write, write_reader
from tests.pages.conftest import settle

LOW = {"threshold": 0.0}


@pytest.fixture
def opened(data, open_page):
    write("distilbert-base-cased-distilled-squad")
    return open_page("question_answering", **LOW)


def drawn(app) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def test_the_first_example_is_answered_and_marked_when_the_page_opens(opened):
    assert not opened.exception
    assert len(opened.subheader) == len(EXAMPLES[0].questions)
    assert "<mark" in drawn(opened)


def test_every_example_is_answered_on_one_click(data, open_page):
    write_reader()
    app = open_page("question_answering", threshold=0.0, max_tokens=4)
    app.button(key="example paper").click()
    settle(app.run())
    assert not app.exception
    assert len(app.subheader) == len(EXAMPLES[-1].questions)


def test_a_typed_passage_and_question_are_answered(opened):
    passage, questions = opened.text_area
    passage.set_value("The cat sleeps on the red roof.")
    questions.set_value("Where does the cat sleep?\n\nWho sleeps?")
    app = settle(opened.run())
    assert len(app.subheader) == 2
    assert all(s.value in "The cat sleeps on the red roof." for s in app.subheader)


def test_what_looks_like_html_in_a_passage_is_shown_as_text(opened):
    opened.text_area[0].set_value("The <img src=x onerror=alert(1)> cat sleeps.")
    app = settle(opened.run())
    assert "<img" not in drawn(app)


@pytest.mark.parametrize("lead", ["  \n", "\r\n\x0b", "\x00"], ids=repr)
def test_the_answer_is_marked_where_it_stands_in_the_given_passage(opened, lead):
    passage, questions = opened.text_area
    passage.set_value(f"{lead}The cat sleeps on\r\nthe red roof.")
    questions.set_value("Where does the cat sleep?")
    app = settle(opened.run())
    (marked,) = re.findall("<mark[^>]*>(.*?)</mark>", drawn(app), re.DOTALL)
    assert " ".join(marked.split()) == app.subheader[0].value
    shown = re.sub("<sup.*?</sup>|<[^>]*>", "", drawn(app))
    assert "The cat sleeps on\nthe red roof." in shown
    assert not set("\r\x0b\x00") & set(shown)


def test_the_threshold_slider_turns_answers_into_no_answer(opened):
    opened.slider(key="threshold").set_value(1.0)
    app = settle(opened.run())
    assert not app.subheader
    assert any("No answer in this passage" in box.value for box in app.info)


@pytest.mark.parametrize(
    ("name", "data_of"), [("a.pdf", lambda: pdf("The cat sleeps.")), ("a.docx", lambda: docx("The cat sleeps."))]
)  # fmt: skip
def test_an_uploaded_document_becomes_the_passage(opened, name, data_of):
    opened.file_uploader[0].set_value((name, data_of(), "application/octet-stream"))
    app = settle(opened.run())
    assert "The cat sleeps." in app.text_area[0].value


def test_how_a_document_was_read_is_told(opened):
    broken = pdf(contents=(lines("He was a photo-", "grapher in the town of Varn."),))
    opened.file_uploader[0].set_value(("a.pdf", broken, "application/pdf"))
    settle(opened.run())
    assert any("joined (1): photo- grapher" in caption.value for caption in opened.caption)


def test_an_unreadable_document_is_refused_and_the_page_goes_on(opened):
    opened.file_uploader[0].set_value(("a.pdf", b"%PDF-1.7 broken", "application/pdf"))
    app = settle(opened.run())
    assert any("damaged" in error.value for error in app.error)
    assert len(app.subheader) == len(EXAMPLES[0].questions)


def test_an_empty_passage_is_named(opened):
    opened.text_area[0].set_value("   ")
    app = settle(opened.run())
    assert any("empty" in error.value for error in app.error)


def test_missing_weights_are_offered_with_the_gemma_terms(open_page):
    app = open_page("question_answering")
    text = " ".join(m.value for m in [*app.markdown, *app.caption])
    assert "Gemma Terms of Use" in text
    assert not app.exception
