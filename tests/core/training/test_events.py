"""Events as they are stored and printed: the keys of the first version, read back as what they were."""

from __future__ import annotations

import json

import pytest

from core.training import aliases
from core.training.events import (
    Baseline,
    BatchHalved,
    CheckpointDamaged,
    Diverged,
    EarlyStop,
    Ended,
    Epoch,
    Features,
    Resumed,
    Start,
    Step,
    from_json,
    to_json,
)
from core.training.metrics import Metric

FIRST_VERSION = [
    (Start("resnet18", True), "start", {"base": "resnet18", "pretrained": True}),
    (
        Step(3, 12, 0.25, 0.001, 0.5, {"loss": 1.5, "real seen through": 0.75}),
        "step",
        {
            "step": 3,
            "steps": 12,
            "epoch": 0.25,
            "learning_rate": 0.001,
            "seconds": 0.5,
            "loss": 1.5,
            "real seen through": 0.75,
        },
    ),
    (
        Epoch(1, 12, {"accuracy": 0.5}, ("grid.png",), ({"a": 0.25},), 700.5),
        "epoch",
        {
            "epoch": 1,
            "step": 12,
            "metrics": {"accuracy": 0.5},
            "samples": ["grid.png"],
            "probes": [{"a": 0.25}],
            "memory_mb": 700.5,
        },
    ),
    (Features("train", 64, 100), "features", {"part": "train", "done": 64, "of": 100}),
    (
        Baseline("most similar sentence", {"F1": 12.5}),
        "baseline",
        {"most similar sentence": {"F1": 12.5}},
    ),
    (BatchHalved(7, 2), "batch_halved", {"step": 7, "pieces": 2}),
    (Resumed(12, 1), "resumed", {"step": 12, "epoch": 1}),
    (EarlyStop(4), "early_stop", {"epoch": 4}),
    (Diverged(9, "too high"), "diverged", {"step": 9, "why": "too high"}),
    (CheckpointDamaged("step-1"), "checkpoint_damaged", {"checkpoint": "step-1"}),
    *[(Ended(s), s, {}) for s in ("done", "stopped", "failed", "interrupted")],
]


@pytest.mark.parametrize(("event", "kind", "data"), FIRST_VERSION)
def test_what_the_first_version_wrote_is_read(event, kind, data):
    assert from_json(kind, data) == event


@pytest.mark.parametrize(("event", "kind", "data"), FIRST_VERSION)
def test_the_keys_are_those_of_the_first_version(event, kind, data):
    written, row = to_json(event)
    if kind == "start":
        assert row.pop("metrics") == []
    assert (written, row) == (kind, data)


def test_a_start_tells_what_is_measured():
    wer = Metric("WER", "word error rate", larger_is_better=False, unit="fraction")
    kind, data = to_json(Start("x", None, (wer,)))
    assert "pretrained" not in data
    assert from_json(kind, json.loads(json.dumps(data))) == Start("x", None, (wer,))


@pytest.mark.parametrize(
    ("kind", "data"),
    [("teleported", {}), ("step", {}), ("step", {"step": 1, "loss": "low"}), ("baseline", {})],
)
def test_what_is_no_event_is_refused(kind, data):
    with pytest.raises(ValueError, match=r"."):
        from_json(kind, data)


@pytest.mark.parametrize(
    ("name", "larger", "unit"),
    [
        ("accuracy", True, "fraction"),
        ("test loss", False, "loss"),
        ("KID", False, "score"),
        ("F1", True, "percent"),
    ],
)
def test_metrics_of_old_runs_are_known_by_name(name, larger, unit):
    found = aliases.metric(name)
    assert (found.larger_is_better, found.unit) == (larger, unit)


def test_what_a_run_says_of_its_metric_goes_before_the_old_names():
    own = Metric("F1", "F1", unit="fraction")
    assert aliases.metric("test F1", [own]) == own
