"""What is known of a network besides its files: records with bounds, and the JSON of fine-tuned models."""

from __future__ import annotations

import json

import pytest

from core import tasks
from core.models import catalog
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import HubSource
from core.tasks.sentiment.families import finetuned
from core.tasks.sentiment.families.finetuned import FinetunedConfig, RecurrentShape
from core.tasks.sentiment.families.hub import HubConfig
from tests.core.training.toy import CPU

PREDICTION = tasks.find("sentiment").predicting()
SHAPE = {
    "cell": "lstm",
    "tokens": 70,
    "embedding": 8,
    "units": 8,
    "layers": 1,
    "bidirectional": True,
}
ENCODER = {"kind": "tuned", "labels": ["bad", "good"], "window": 128}
WRITTEN = (
    '{"config": {"kind": "tuned", "labels": ["坏", "good"], "window": 128, "shape": {"cell": "lstm", '
    '"tokens": 70, "embedding": 8, "units": 8, "layers": 1, "bidirectional": true}}, "family": "LSTM", '
    '"languages": ["en"], "needs_base": false, "from_scratch": true}',
    '{"config": {"kind": "tuned", "labels": ["spam", "ham"], "window": 64}, "family": "BERT", '
    '"languages": [], "needs_base": true, "from_scratch": false}',
)
"""`model.json` as the first version wrote it."""


@pytest.mark.parametrize("text", WRITTEN, ids=["recurrent", "encoder"])
def test_a_description_of_the_first_version_is_read_and_written_as_it_was(text):
    about = json.loads(text)
    config = PREDICTION.config(about.pop("config"))
    assert finetuned.describe(config, **about) == text


def test_a_description_is_typed():
    config = PREDICTION.config({**ENCODER, "shape": SHAPE})
    assert isinstance(config, FinetunedConfig)
    assert config.labels == ("bad", "good")
    assert config.shape == RecurrentShape(**SHAPE)


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "pickle"},
        {"labels": [1]},
        {"labels": []},
        {"labels": "good"},
        {"labels": ["good", "good"]},
        {"labels": [str(i) for i in range(2_000)]},
        {"window": "all"},
        {"window": 0},
        {"window": 10**9},
        {"shape": {**SHAPE, "cell": "eval"}},
        {"shape": {**SHAPE, "units": 10**9}},
        {"shape": {**SHAPE, "layers": 0}},
        {"shape": {"units": 8}},
        {"shape": "lstm"},
    ],
    ids=str,
)
def test_values_that_no_network_here_has_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        PREDICTION.config({**ENCODER, **change})


def test_the_models_to_start_from_are_encoders():
    starts = [entry.id for entry in tasks.find("sentiment").trained().bases()]
    assert starts == ["minilm-l6", "distilbert-sst2", "xlm-roberta-twitter"]


def test_the_tweet_model_is_told_apart_by_its_record():
    tweets = [
        e.id
        for e in catalog.entries("sentiment")
        if e.config == HubConfig(any_language=True, tweets=True)
    ]
    assert tweets == ["xlm-roberta-twitter"]


def test_an_entry_of_no_family_is_not_loaded(tiny_minilm):
    weights_ = Weights("all-minilm-l6-v2", HubSource("", "", ()), Licence(""), 0.1)
    with pytest.raises(TypeError, match="strange"):
        PREDICTION.load(ModelEntry("strange", "sentiment", "", "", (weights_,)), CPU)


def test_sizes_that_the_file_does_not_have_cost_no_memory(tmp_path):
    from safetensors.torch import save_file

    from core.errors import IntegrityError

    save_file({}, tmp_path / finetuned.RECURRENT)
    huge = RecurrentShape(
        cell="lstm", tokens=100_000, embedding=4096, units=4096, layers=16, bidirectional=True
    )
    with pytest.raises(IntegrityError):
        finetuned.recurrent(tmp_path, huge)
