"""Plain-language diagnoses, from curves drawn for the purpose."""

from __future__ import annotations

import math

import pytest

from core.training import diagnosis
from core.training.events import Diverged, EarlyStop, Ended, Epoch, Start, Step
from core.training.metrics import Metric

OPTIONS = {
    "epochs": 5,
    "learning_rate": 1e-3,
    "trainable": "head",
    "weight_decay": 0.01,
    "dropout": 0.1,
    "crop": 0.2,
}


def told(losses=(), accuracy=(), checked=(), **figures):
    """Events of a training: a training loss per step, metrics per epoch, other figures per step."""
    events = []
    for i in range(max([len(losses), *map(len, figures.values())], default=0)):
        own = {"loss": losses[i]} if losses else {}
        own |= {name: values[i] for name, values in figures.items()}
        events.append(Step(i + 1, figures=own))
    for i, value in enumerate(accuracy):
        metrics = {"accuracy": value} | ({"loss": checked[i]} if checked else {})
        events.append(Epoch(i, metrics=metrics))
    return events


def falling(count: int, end: float = 0.1) -> list[float]:
    return [end + math.exp(-6 * i / count) for i in range(count)]


def kinds(*given, **more) -> list[str]:
    return [finding.kind for finding in diagnosis.diagnose(*given, **more)]


def only(*given, **more) -> diagnosis.Finding:
    (finding,) = diagnosis.diagnose(*given, **more)
    return finding


def test_a_training_that_went_well_gets_none():
    assert kinds(told(falling(40), [0.5, 0.9, 0.95, 0.95], [1.0, 0.3, 0.2, 0.2]), OPTIONS) == []


def test_a_training_that_is_too_short_to_judge_gets_none():
    assert kinds(told([1.0, 2.0, 3.0]), OPTIONS) == []


def test_a_rising_loss_means_a_tenth_of_the_learning_rate():
    finding = only(told([1 + i / 10 for i in range(20)], [0.5, 0.5]), OPTIONS)
    assert (finding.kind, finding.changes) == ("rate_high", {"learning_rate": 1e-4})
    assert "0.001" in str(finding)


def test_a_loss_that_is_no_number_means_a_tenth_of_the_learning_rate():
    assert only([Diverged(3)], OPTIONS).kind == "rate_high"


def test_nothing_is_said_of_learning_before_an_epoch_was_judged():
    assert kinds(told([1.0] * 20, [0.5]), OPTIONS) == []


def test_a_loss_that_stands_still_means_that_nothing_was_learnt():
    finding = only(told([1.0] * 20, [0.5, 0.5, 0.5]), OPTIONS)
    assert (finding.kind, finding.changes) == ("nothing_learnt", {"trainable": "all"})


def test_where_all_layers_are_trained_the_remedy_of_learning_nothing_is_a_larger_rate():
    finding = only(told([1.0] * 20, [0.5, 0.5]), {**OPTIONS, "trainable": "all"})
    assert finding.changes == {"learning_rate": 0.01}


def test_a_loss_that_still_falls_at_the_end_means_a_low_rate_or_a_short_training():
    losses = [2 - i / 120 for i in range(120)]
    under_way = told(losses, [0.3, 0.4, 0.5, 0.6])
    assert kinds(under_way, OPTIONS) == []
    finding = only([*under_way, Ended("done")], OPTIONS)
    assert (finding.kind, finding.changes) == ("rate_low", {"learning_rate": 0.003, "epochs": 8})


def test_a_validation_loss_that_rises_while_the_training_loss_falls_is_overfitting():
    checked = [2.0, 0.6, 0.5, 0.6, 0.7, 0.8]
    finding = only(told(falling(40), [0.1, 0.8, 0.9, 0.9, 0.9, 0.9], checked), OPTIONS)
    assert finding.kind == "overfitting"
    assert finding.values == {"epoch": 3}
    assert finding.changes == {"dropout": 0.3, "weight_decay": 0.05, "crop": 0.4}


def test_a_class_that_is_never_answered_is_named():
    items = [{"label": label, "predicted": "cat", "right": False} for label in ["cat", "dog"] * 20]
    finding = only([], OPTIONS, items)
    assert (finding.kind, finding.values) == ("class_collapsed", {"classes": "dog"})
    assert finding.changes == {"epochs": 10, "learning_rate": 0.000333}


def test_a_class_with_very_few_items_is_not_called_collapsed():
    items = [{"label": "dog", "predicted": "cat", "right": False}] * 4
    items += [{"label": "cat", "predicted": "cat", "right": True}] * 30
    assert kinds([], OPTIONS, items) == []


@pytest.mark.parametrize(
    ("generator", "discriminator", "kind"),
    [(5.0, 0.05, "discriminator_wins"), (0.2, 1.4, "generator_wins"), (1.0, 1.0, None)],
)
def test_a_game_that_one_side_wins_is_noticed(generator, discriminator, kind):
    events = told(generator=[generator] * 20, discriminator=[discriminator] * 20)
    assert kinds(events, {"learning_rate": 2e-4}) == ([kind] if kind else [])


@pytest.mark.parametrize("larger_is_better", [True, False])
def test_the_direction_of_a_metric_is_what_the_run_says(larger_is_better):
    """A word error rate that falls is a gain, whatever its name sounds like."""
    start = Start("base", True, (Metric("WER", "WER", larger_is_better),))
    events = [start, *told([1.0] * 20)]
    events += [Epoch(i, metrics={"WER": value}) for i, value in enumerate((0.9, 0.5, 0.4))]
    found = kinds(events, OPTIONS)
    assert found == (["nothing_learnt"] if larger_is_better else [])


def test_a_remedy_names_only_options_that_the_task_has():
    finding = only(told([1 + i / 10 for i in range(20)]), {"epochs": 3})
    assert finding.changes == {}


def test_a_run_of_a_few_steps_is_told_to_take_more():
    events = [*told([1.0, 0.9, 0.8], [0.5, 0.5]), Ended("done")]
    finding = only(events, {**OPTIONS, "batch_size": 32})
    assert (finding.kind, finding.changes) == ("few_steps", {"epochs": 0, "batch_size": 0})
    assert "3 optimiser steps" in str(finding)


def test_a_run_that_stopped_because_nothing_improved_had_steps_enough():
    assert kinds([*told([1.0, 0.9], [0.5]), EarlyStop(1), Ended("done")], OPTIONS) == []


def test_a_tiny_validation_set_is_told_with_what_one_sample_is_worth():
    items = [{"label": "a", "predicted": "a", "right": True}] * 4 + [
        {"label": "b", "predicted": "b", "right": True}
    ] * 4
    finding = only(told(falling(40), [0.5]), {**OPTIONS, "validation_fraction": 0.2}, items)
    assert finding.changes == {"validation_fraction": 0.4}
    assert "8 samples" in str(finding)
    assert "12 percentage points" in str(finding)
