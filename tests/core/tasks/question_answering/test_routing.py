"""Which model reads when the visitor chose none."""

from __future__ import annotations

from dataclasses import replace

from core import tasks
from core.errors import NotReadyError
from core.models import catalog
from core.tasks.input_kinds import Question
from core.tasks.question_answering.routing import choose
from tests.core.tasks.question_answering.checkpoints import CHINESE, PASSAGE, write, write_reader

OPTIONS = tasks.find("question_answering").parse({})


def chosen(passage: str, text: str) -> str:
    ready = tasks.candidates("question_answering")
    return choose(Question(passage, text), OPTIONS, ready)


def test_english_goes_to_the_best_english_reader():
    write("distilbert-base-cased-distilled-squad")
    write_reader()
    found = chosen(PASSAGE, "How tall is it?")
    assert found == "distilbert-base-cased-distilled-squad"


def test_chinese_never_goes_to_an_english_reader_while_another_is_there():
    write("distilbert-base-cased-distilled-squad")
    write_reader()
    assert chosen(CHINESE, "故宫在哪里？") == "gemma-3-270m-reader"


def test_a_reader_of_ones_own_is_left_to_be_chosen_by_hand(monkeypatch):
    write_reader()
    known = catalog.entries("question_answering")
    own = replace(known[0], id="own", weights=(), niche=True)
    monkeypatch.setattr(catalog, "entries", lambda task=None: [own, *known])
    assert chosen(PASSAGE, "How tall is it?") == "gemma-3-270m-reader"


def test_without_any_model_the_error_names_the_command():
    (error,) = tasks.predict("question_answering", [Question(PASSAGE, "What?")], OPTIONS)
    assert isinstance(error, NotReadyError)
    assert "python -m core fetch --starters" in str(error)
