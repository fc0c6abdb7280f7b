"""Readers borrow the sentence encoder from the pool; what happens where it is missing or does not fit."""

from __future__ import annotations

import pytest
import torch

from core import tasks
from core.errors import MemoryBudgetError
from core.tasks.input_kinds import Question
from tests.core.tasks.question_answering.checkpoints import (
    PASSAGE,
    write,
    write_minilm,
    write_reader,
)
from tests.core.tasks.question_answering.tiny import finetune

DISTILBERT, GEMMA, MINILM = (
    "distilbert-base-cased-distilled-squad",
    "gemma-3-270m-reader",
    "minilm-l6",
)
LONG = PASSAGE * 30


def ask(model: str, passage: str, **values: object):
    options = tasks.find("question_answering").parse({"threshold": 0.0, "windows": 2} | values)
    question = Question(passage, "How tall is it?")
    return tasks.predict("question_answering", [question], options, model=model)[0]


def loaded() -> set[str]:
    return {model for model, _device in tasks.pool.loaded()}


@pytest.fixture
def full(monkeypatch):
    """`full(DISTILBERT)`: the memory budget is what this model takes, and a little."""

    def fill(model: str) -> None:
        with tasks.pool.borrow(model) as reader:
            monkeypatch.setattr(tasks.pool, "_budget", reader.nbytes + 1)

    return fill


def test_a_reader_of_a_long_passage_borrows_the_encoder_which_the_budget_counts():
    write(DISTILBERT)
    write_minilm()
    ask(DISTILBERT, LONG)
    assert loaded() == {DISTILBERT, MINILM}
    assert all(size > 0 for size in tasks.pool.loaded().values())


def test_a_short_passage_is_read_without_searching():
    write(DISTILBERT)
    write_minilm()
    ask(DISTILBERT, PASSAGE)
    assert loaded() == {DISTILBERT}


def test_one_encoder_serves_all_readers():
    write(DISTILBERT)
    write_reader()
    ask(DISTILBERT, LONG)
    with tasks.pool.borrow(MINILM) as first:
        pass
    ask(GEMMA, PASSAGE)
    with tasks.pool.borrow(MINILM) as second:
        assert second is first


def test_without_the_encoder_all_windows_are_read():
    write(DISTILBERT)
    known = ask(DISTILBERT, LONG, windows=20)
    assert ask(DISTILBERT, LONG, windows=1).score == pytest.approx(known.score)


def test_where_the_encoder_does_not_fit_all_windows_are_read(full):
    write(DISTILBERT)
    alone = ask(DISTILBERT, LONG, windows=1)
    write_minilm()
    full(DISTILBERT)
    assert ask(DISTILBERT, LONG, windows=1).score == pytest.approx(alone.score)
    assert loaded() == {DISTILBERT}


def test_a_reader_that_always_searches_says_that_the_encoder_does_not_fit(full):
    write_reader()
    full(GEMMA)
    with pytest.raises(MemoryBudgetError):
        ask(GEMMA, PASSAGE)


@pytest.mark.parametrize("base", [DISTILBERT, MINILM, GEMMA])
def test_what_was_borrowed_is_not_trained(run, base):
    {DISTILBERT: lambda: write(base), MINILM: write_minilm, GEMMA: write_reader}[base]()
    with tasks.pool.borrow(base, device_name="cpu") as borrowed:
        network = borrowed.model
    before = {name: value.clone() for name, value in network.state_dict().items()}
    finetune(run(base=base, epochs=1, questions=2))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_base_over_the_memory_budget_is_refused(run, monkeypatch):
    write_minilm()
    monkeypatch.setattr(tasks.pool, "_budget", 1000)
    with pytest.raises(MemoryBudgetError):
        finetune(run())
