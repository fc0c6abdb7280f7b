"""The few lines of Python shown on the page, and the real Gemma beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import tasks
from core.models import catalog, weights
from core.tasks.input_kinds import Question
from core.tasks.question_answering import recipe
from core.tasks.question_answering.scores import exact, f1
from tests.core.tasks.question_answering.checkpoints import PASSAGE, write_reader

FIXTURES = Path(__file__).parents[3] / "fixtures"


def test_the_recipe_finds_a_run_of_the_passage():
    entry = write_reader()
    answer = recipe.build(weights.require(entry))
    ((_score, text),) = answer([Question(PASSAGE, "How tall is it?")])
    assert text in PASSAGE


def test_the_measure_leaves_case_articles_and_punctuation_aside():
    assert f1("The Saturn V!", ["saturn v"]) == 1.0
    assert exact("a cat", ["The cat."])


def test_the_measure_counts_common_words():
    assert f1("Pierre Curie", ["her husband Pierre Curie"]) == pytest.approx(2 / 3)


def test_the_measure_counts_chinese_characters():
    assert exact("《飞沙堰》", ["飞沙堰"])
    assert f1("岷江", ["岷江上"]) == pytest.approx(0.8)


@pytest.mark.starters
@pytest.mark.parametrize("count", [1, pytest.param(4, marks=pytest.mark.heavy)])
def test_gemma_answers_questions_and_the_recipe_agrees(starters, count):
    part = json.loads((FIXTURES / "reading.json").read_text("utf-8"))[4]  # Marie Curie
    asked = [Question(part["passage"], text) for text, _ in part["questions"][:count]]
    options = tasks.find("question_answering").parse({"threshold": 0.0})
    found = tasks.predict("question_answering", asked, options, model=recipe.MODEL)
    scores = [f1(r.answer, q[1]) for r, q in zip(found, part["questions"], strict=False)]
    assert sum(scores) / len(scores) >= 0.5
    bare = recipe.build(weights.require(catalog.find(recipe.MODEL)))(asked)
    assert [text for _, text in bare] == [r.answer for r in found]


@pytest.mark.heavy
@pytest.mark.starters
def test_gemma_answers_chinese_questions(starters):
    part = json.loads((FIXTURES / "reading_zh.json").read_text("utf-8"))[0]  # pandas
    asked = [Question(part["passage"], text) for text, _ in part["questions"]]
    options = tasks.find("question_answering").parse({"threshold": 0.0})
    found = tasks.predict("question_answering", asked, options, model=recipe.MODEL)
    right = [exact(r.answer, q[1]) for r, q in zip(found, part["questions"], strict=True)]
    assert sum(right) >= 4
