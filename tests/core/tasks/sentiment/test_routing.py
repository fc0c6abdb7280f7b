"""Each text goes to a model that knows its language."""

from __future__ import annotations

import pytest

from core import tasks
from core.errors import NotReadyError, TextError
from core.tasks.sentiment import routing
from core.tasks.sentiment.options import SentimentOptions


def route(text: str) -> str:
    return routing.route(text, SentimentOptions(), tasks.candidates("sentiment"))


def test_english_goes_to_an_english_model(tiny_distilbert):
    assert route("I would buy it again tomorrow.") == "distilbert-sst2"


def test_chinese_goes_to_the_chinese_starter():
    assert route("这本书写得很好。") == "lstm-sentiment-zh"


def test_another_language_goes_to_the_multilingual_model(tiny_xlm_roberta):
    assert route("Отличный фильм, всем советую!") == "xlm-roberta-twitter"


def test_another_language_without_such_a_model_is_named(tiny_distilbert):
    with pytest.raises(TextError, match=r"looks like Russian.*XLM-RoBERTa"):
        route("Отличный фильм, всем советую!")


def test_letters_of_no_known_language_are_not_taken_for_english(tiny_distilbert):
    with pytest.raises(TextError, match=r"cannot name.*XLM-RoBERTa"):
        route("שלום לכולם")


def test_an_emoji_goes_where_english_goes(tiny_distilbert):
    assert route("👍👍") == "distilbert-sst2"


def test_english_without_english_weights_names_the_remedy():
    with pytest.raises(NotReadyError, match="fetch minilm-sentiment-en"):
        route("I would buy it again tomorrow.")


def test_one_refused_text_does_not_stop_the_others(tiny_distilbert):
    options = tasks.find("sentiment").parse({})
    texts = ["I would buy it again.", "Отличный фильм!", "  ", "这本书写得很好。"]
    results = tasks.predict("sentiment", texts, options)
    assert [type(r).__name__ for r in results] == [
        "SentimentResult",
        "TextError",
        "TextError",
        "SentimentResult",
    ]
