"""Our own two models, as committed."""

from __future__ import annotations

import json

import pytest

from core import tasks
from core.models import catalog, weights
from core.tasks.sentiment import recipe
from core.tasks.sentiment.catalog import CHINESE_STARTER, ENGLISH_STARTER
from core.tasks.sentiment.examples import EXAMPLES

LIMITS = {"en": 3_000_000, "zh": 4_000_000}
TEXTS = {example.name: example.text for example in EXAMPLES}


def predict(texts, model=None, **values):
    return tasks.predict("sentiment", texts, tasks.find("sentiment").parse(values), model=model)


def card(language: str):
    entry = {"en": ENGLISH_STARTER, "zh": CHINESE_STARTER}[language]
    folder = weights.folder(entry.weights[-1])
    return folder, json.loads((folder / "card.json").read_text("utf-8"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_committed_is_small(language):
    folder, _ = card(language)
    assert sum(path.stat().st_size for path in folder.iterdir()) < LIMITS[language]


def test_the_english_card_reports_the_accuracy_that_was_asked_for():
    assert card("en")[1]["test"]["polarity_accuracy"] >= 0.875


def test_the_chinese_card_reports_the_accuracy_that_was_asked_for():
    assert card("zh")[1]["test"]["polarity_accuracy"] >= 0.84


def test_the_chinese_card_is_above_the_linear_baseline():
    _, facts = card("zh")
    linear = facts["linear_character_ngrams"]["polarity_accuracy"]
    assert facts["test"]["polarity_accuracy"] > linear


@pytest.mark.parametrize(("entry", "language"), [(ENGLISH_STARTER, "en"), (CHINESE_STARTER, "zh")])
def test_the_catalogue_says_what_the_card_says(entry, language):
    measured = 100 * card(language)[1]["test"]["polarity_accuracy"]
    assert catalog.find(entry.id).measured.value == pytest.approx(measured, abs=0.05)


@pytest.mark.parametrize(
    ("text", "label"),
    [("这本书写得很好，孩子非常喜欢。", "positive"), ("质量太差了，很失望，不推荐。", "negative")],
)
def test_plain_chinese_opinions(text, label):
    (result,) = predict([text])
    assert (result.label, result.model) == (label, "lstm-sentiment-zh")


@pytest.mark.starters
def test_plain_english_opinions_and_facts(starters):
    results = predict(["I loved every minute.", "Awful service, never again.", TEXTS["notice"]])
    assert [result.label for result in results] == ["positive", "negative", "neutral"]


@pytest.mark.starters
def test_a_text_that_turns_around_is_seen_sentence_by_sentence(starters):
    (result,) = predict([TEXTS["film"]], sentences=True)
    assert (result.sentences[0].label, result.sentences[-1].label) == ("negative", "positive")


@pytest.mark.starters
def test_a_very_long_text_is_answered(starters):
    (result,) = predict([TEXTS["phone"] * 40], model="minilm-sentiment-en")
    assert result.label == "negative"


@pytest.mark.starters
def test_the_recipe_gives_the_same_answer(starters):
    texts = tasks.find("sentiment").predicting().examples()
    judge = recipe.build(weights.require(catalog.find(recipe.MODEL)))
    ours = [list(r.scores.values()) for r in predict(texts, model=recipe.MODEL)]
    assert judge(texts).tolist() == [pytest.approx(row, abs=1e-4) for row in ours]
