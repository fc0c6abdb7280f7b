"""What is automatic follows from the number of training samples."""

from __future__ import annotations

import math

import pytest

from core import tasks
from core.serving.options import parse
from core.training.options import MOST_EPOCHS, TrainOptions

TUNED = [one for one in tasks.applications() if one.training and not one.trained().options().epochs]


def steps(options: TrainOptions, samples: int) -> int:
    return options.epochs * math.ceil(samples / options.batch_size)


@pytest.mark.parametrize("name", [one.name for one in TUNED])
@pytest.mark.parametrize("samples", [8, 28, 48, 200, 5_000])
def test_few_samples_still_give_a_hundred_steps(name, samples):
    options = parse(tasks.find(name).trained().options, {}).decided(samples)
    assert steps(options, samples) >= 100
    assert not options.automatic


def test_many_samples_get_the_usual_values():
    options = TrainOptions().decided(10_000)
    assert (options.epochs, options.batch_size) == (5, 32)


def test_what_was_chosen_stays():
    options = TrainOptions(epochs=3, batch_size=7)
    assert options.decided(10) == options
    assert TrainOptions(epochs=3).decided(28).epochs == 3


def test_the_word_is_the_same_as_nothing_chosen():
    assert parse(TrainOptions, {"epochs": "auto", "batch_size": "auto"}) == TrainOptions()


def test_a_handful_of_samples_is_not_gone_through_forever():
    assert TrainOptions().decided(1).epochs <= MOST_EPOCHS


@pytest.mark.parametrize(
    ("samples", "trainable", "rate"), [(48, "head", 2e-2), (5_000, "lora", 5e-4)]
)
def test_few_texts_train_the_last_layer_alone(samples, trainable, rate):
    options = parse(tasks.find("sentiment").trained().options, {}).decided(samples)
    assert (options.trainable, options.learning_rate) == (trainable, rate)
