"""The script that trains the sentiment starters, end to end on a few dozen lines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from core.tasks.sentiment.public_texts import Example
from scripts.sentiment_trainee import Buckets, split, targets
from scripts.train_sentiment import RECIPES, train


def test_english_training_learns_and_writes_what_the_card_says(
    tiny_minilm, packaged_texts, tmp_path
):
    recipe = replace(RECIPES["en"], epochs=4, batch=16, learning_rate=2e-2)
    card = train("en", tmp_path, recipe)
    assert json.loads((tmp_path / "card.json").read_text()) == card
    assert card["test"]["polarity_accuracy"] > 0.9
    assert sorted(p.name for p in tmp_path.glob("*.*")) == ["adapters.safetensors", "card.json"]


def test_chinese_training_reports_the_linear_baseline_beside(packaged_texts, tmp_path):
    card = train("zh", tmp_path, replace(RECIPES["zh"], epochs=2, batch=16))
    assert card["texts"] == {"packaged": 160, "train": 102, "dev": 6, "test": 12}
    assert set(card["linear_character_ngrams"]) == {"C", "polarity_accuracy"}


def test_training_twice_gives_the_same_weights(packaged_texts, tmp_path):
    recipe = replace(RECIPES["zh"], epochs=1, batch=16)
    for name in ("a", "b"):
        train("zh", tmp_path / name, recipe)
    first, second = ((tmp_path / n / "lstm.safetensors").read_bytes() for n in ("a", "b"))
    assert first == second


def test_parts_share_no_text_and_keep_the_fractions_of_the_classes():
    examples = [Example(str(i), (-2, 0, 2)[i % 3]) for i in range(300)]
    parts = split(examples, seed=0)
    assert [len(p) for p in (parts.train, parts.dev, parts.test)] == [255, 15, 30]
    assert len({e.text for p in (parts.train, parts.dev, parts.test) for e in p}) == 300
    assert [sum(e.label == label for e in parts.test) for label in range(3)] == [10, 10, 10]


def test_the_same_seed_gives_the_same_split():
    examples = [Example(str(i), 2) for i in range(50)]
    assert split(examples, 1) == split(examples, 1)
    assert split(examples, 1) != split(examples, 2)


def test_ratings_near_a_boundary_are_shared_between_classes():
    sure, torn = targets(torch.tensor([3.0, 0.5]), blur=0.4)
    assert sure[2] > 0.999
    assert torn[2] == pytest.approx(0.5)
    assert torch.allclose(torch.stack([sure, torn]).sum(1), torch.ones(2))


def test_batches_hold_every_text_once_and_similar_lengths():
    groups = list(Buckets([Example("x" * n, 2) for n in range(1, 200)], 8, seed=0))
    assert sorted(len(e.text) for g in groups for e in g) == list(range(1, 200))
    assert max(len(g[-1].text) - len(g[0].text) for g in groups) < 8


def test_batches_are_others_in_every_epoch():
    buckets = Buckets([Example(str(n), 2) for n in range(900)], 8, seed=0)
    first = list(buckets)
    assert list(buckets) == first
    buckets.set_epoch(1)
    assert list(buckets) != first
