"""What is stored of a fine-tuned detector: typed, within bounds, and the same as in the first version."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from core.models import catalog, finetuned, weights
from core.tasks import find
from core.tasks.object_detection import training
from core.tasks.object_detection.catalog import DIGITS, ENTRIES
from core.tasks.object_detection.families.coco import CLASSES
from core.tasks.object_detection.families.finetuned import FinetunedConfig
from core.tasks.object_detection.predictor import labels

GOOD = {"kind": "tuned", "architecture": "yolo11n", "labels": ["猫", "dog"], "size": 320}


def described(**change: object) -> FinetunedConfig:
    return find("object_detection").predicting().config({**GOOD, **change})


def test_a_description_comes_back_with_the_very_keys():
    assert described().model_dump(mode="json") == GOOD


def test_the_description_of_the_first_version_opens():
    (one,) = DIGITS.weights
    stored = json.loads((weights.folder(one) / "model.json").read_text("utf-8"))["config"]
    assert find("object_detection").predicting().config(stored) == DIGITS.config
    assert DIGITS.config.model_dump(mode="json") == stored


def test_a_model_of_the_first_version_is_in_the_catalogue(tmp_path):
    about = {"family": "YOLO", "config": GOOD}
    (tmp_path / "best").mkdir()
    (tmp_path / "best" / "model.json").write_text(json.dumps(about), "utf-8")
    model = finetuned.publish(
        tmp_path / "best",
        job_id="1",
        task="object_detection",
        name="Cats",
        request={"base": "yolo11n"},
        metrics={"mAP50-95": 0.5},
        base_metrics={},
        epoch=1,
    )
    entry = catalog.find(model)
    assert entry.config == described()
    assert entry in training.bases()


def test_what_another_version_may_add_is_ignored():
    assert described(more="than we know") == described()


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "../evil"},
        {"architecture": "yolo11n.yaml"},
        {"architecture": None},
        {"labels": []},
        {"labels": "person"},
        {"labels": [1, 2]},
        {"labels": ["a" * 10_001]},
        {"labels": ["a"] * 100_001},
        {"size": 0},
        {"size": 10**9},
        {"size": "wide"},
        {"kind": "yolo"},
    ],
)
def test_what_no_network_of_ours_can_be_is_refused(change):
    with pytest.raises(ValidationError):
        described(**change)


@pytest.mark.parametrize("key", ["architecture", "labels", "size"])
def test_a_description_without_what_is_needed_is_refused(key):
    values = {name: value for name, value in GOOD.items() if name != key}
    with pytest.raises(ValidationError):
        find("object_detection").predicting().config(values)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_every_model_says_which_classes_it_knows(entry):
    assert labels(entry) == (tuple("0123456789") if entry is DIGITS else CLASSES)
