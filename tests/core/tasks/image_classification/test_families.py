"""What a fine-tuned classifier's model.json says of its network, and networks that are borrowed from the pool."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from core import tasks
from core.errors import ArchiveError, IntegrityError, MemoryBudgetError
from core.models import catalog, finetuned
from core.serving.options import parse
from core.tasks.image_classification import training
from core.tasks.image_classification.families.finetuned import FinetunedConfig
from core.training.run import Run
from tests.core.jobs.tiny import OPTIONS, stripes  # noqa: F401 (a fixture)
from tests.core.tasks.image_classification.test_predictor import write_checkpoint
from tests.core.training.toy import CPU, publish

APPLICATION = tasks.find("image_classification")
FIRST_VERSION = (
    '{"builder": "resnet18", "head": "fc", "mean": [0.485, 0.456, 0.406], '
    '"std": [0.229, 0.224, 0.225], "labels": ["across", "down"], "size": 32}'
)
"""The config in a model.json that the first version wrote."""


def changed(**values: Any) -> dict[str, Any]:
    config = {**json.loads(FIRST_VERSION), **values}
    return {key: value for key, value in config.items() if value is not None}


def test_what_the_first_version_wrote_is_read_and_would_be_written_the_same():
    config = APPLICATION.prediction.config(json.loads(FIRST_VERSION))
    assert isinstance(config, FinetunedConfig)
    assert config.labels == ("across", "down")
    assert json.dumps(config.model_dump(mode="json", exclude_none=True)) == FIRST_VERSION


@pytest.fixture
def run(tmp_path, stripes) -> Run:  # noqa: F811
    """Training a last layer on a ResNet-18 whose weights are on disk."""
    base = catalog.find("resnet18")
    write_checkpoint(base, base.config.untrained())
    options = parse(
        APPLICATION.trained().options,
        {**OPTIONS, "trainable": "head", "pretrained": True, "epochs": 1},
    )
    return Run(tmp_path / "job", options, stripes, CPU, base=base)


def test_a_model_json_has_the_keys_it_always_had(run):
    model = publish("image_classification", run, APPLICATION.trained().train(run))
    about = json.loads((finetuned.folder(model) / finetuned.DESCRIPTION).read_text("utf-8"))
    assert about == {"family": "ResNet", "config": json.loads(FIRST_VERSION)}
    assert catalog.find(model).config == APPLICATION.prediction.config(about["config"])


@pytest.mark.parametrize(
    "values",
    [
        {"size": 10**9},
        {"size": 0},
        {"size": "large"},
        {"labels": []},
        {"labels": [1, 2]},
        {"labels": "across"},
        {"labels": ["x" * 20_000]},
        {"labels": ["x"] * 100_001},
        {"mean": [0.5, 0.5]},
        {"mean": [float("nan"), 0.5, 0.5]},
        {"std": [0.0, 0.5, 0.5]},
        {"head": "fc; import os"},
        {"head": ""},
        {"builder": None},
        {"timm": "tf_efficientnet_lite0"},
        {"builder": None, "timm": "hf_hub:evil/model"},
        {"builder": None, "timm": "../../model"},
    ],
    ids=str,
)
def test_a_description_out_of_bounds_is_refused(values):
    with pytest.raises(ValidationError):
        APPLICATION.prediction.config(changed(**values))


def imported(config: dict[str, Any]) -> catalog.ModelEntry:
    """A fine-tuned entry with that description."""
    base = catalog.find("resnet18")
    known = APPLICATION.prediction.config(config)
    return catalog.ModelEntry("x", base.task, "x", "ResNet", base.weights, config=known)


def test_a_network_that_the_catalogue_does_not_have_is_refused():
    APPLICATION.trained().admit(imported(changed()))
    with pytest.raises(ArchiveError, match="not known"):
        APPLICATION.trained().admit(imported(changed(builder="vit_h_14")))


@pytest.mark.parametrize("head", ["nowhere", "conv1"])
def test_a_last_layer_that_is_none_is_an_error_with_words(run, head):
    model = publish("image_classification", run, APPLICATION.trained().train(run))
    path = finetuned.folder(model) / finetuned.DESCRIPTION
    about = {"family": "ResNet", "config": changed(head=head)}
    path.write_text(json.dumps(about), "utf-8")
    finetuned.seal(model)
    with pytest.raises(IntegrityError, match="do not fit"):
        tasks.predict("image_classification", [object()], APPLICATION.parse({}), model=model)


def test_a_run_borrows_the_network_of_its_base_under_the_memory_budget(run, monkeypatch):
    training.ClassifierTrainee(run)
    assert [model for model, _device in tasks.pool.loaded()] == ["resnet18"]
    tasks.pool.drop("resnet18")
    monkeypatch.setattr(tasks.pool, "_budget", 1_000_000)
    with pytest.raises(MemoryBudgetError):
        training.ClassifierTrainee(run)


def test_what_is_trained_is_a_copy(run):
    trainee = training.ClassifierTrainee(run)
    with tasks.pool.borrow("resnet18", device_name="cpu") as predictor:
        assert torch.equal(predictor.network.conv1.weight, trainee.network_.conv1.weight)
        with torch.no_grad():
            trainee.network_.conv1.weight.zero_()
        assert predictor.network.conv1.weight.abs().sum() > 0
        assert predictor.network.fc.out_features == 1000


def test_a_run_starts_the_same_whether_its_base_was_loaded_before_or_not(run):
    first, second = (training.ClassifierTrainee(run).head[1].weight for _ in range(2))
    assert torch.equal(first, second)


def test_a_packaged_base_takes_no_random_numbers_while_it_is_loaded():
    import timm

    entry = catalog.find("efficientnet-lite0")
    write_checkpoint(entry, timm.create_model("tf_efficientnet_lite0", pretrained=False))
    torch.manual_seed(0)
    before = torch.get_rng_state()
    with tasks.pool.borrow(entry.id, device_name="cpu"):
        assert torch.equal(torch.get_rng_state(), before)
