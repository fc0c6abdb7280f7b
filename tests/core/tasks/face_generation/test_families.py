"""What a fine-tuned GAN's model.json says of it, and generators that are borrowed from the pool."""

from __future__ import annotations

import json

import pytest
import torch
from pydantic import ValidationError

from core import tasks
from core.errors import ArchiveError
from core.models import catalog, finetuned
from core.tasks.face_generation import training
from core.tasks.face_generation.families.finetuned import FinetunedConfig
from tests.core.tasks.face_generation.test_training import images, run, train  # noqa: F401
from tests.core.training.toy import publish

APPLICATION = tasks.find("face_generation")
FIRST_VERSION = '{"channels": [100, 512, 256, 128, 64, 3]}'
"""The config in a model.json that the first version wrote."""


def test_what_the_first_version_wrote_is_read_and_would_be_written_the_same():
    config = APPLICATION.prediction.config(json.loads(FIRST_VERSION))
    assert isinstance(config, FinetunedConfig)
    assert json.dumps(config.model_dump(mode="json", exclude_none=True)) == FIRST_VERSION


def test_a_model_json_has_the_keys_it_always_had(run):  # noqa: F811
    given = run()
    model = publish("face_generation", given, train(given))
    about = json.loads((finetuned.folder(model) / finetuned.DESCRIPTION).read_text("utf-8"))
    assert about["config"] == {"channels": [100, 64, 32, 16, 8, 3]}
    assert (set(about), about["family"]) == ({"family", "about", "config"}, "GAN")


@pytest.mark.parametrize(
    "channels",
    [
        [],
        [100, 3],
        [100, 512, 256, 128, 64, 1],
        [100, 512, 256, 128, 64, 32, 3],
        [100, 10**9, 256, 128, 64, 3],
        [100, 0, 256, 128, 64, 3],
        [100, -1, 256, 128, 64, 3],
        [100, 1.5, 256, 128, 64, 3],
        "100",
        None,
    ],
    ids=str,
)
def test_a_description_out_of_bounds_is_refused(channels):
    with pytest.raises(ValidationError):
        APPLICATION.prediction.config({"channels": channels})


def test_a_model_of_another_family_is_refused():
    base = catalog.find("dcgan-digiface")
    config = APPLICATION.prediction.config(json.loads(FIRST_VERSION))
    for family, good in (("GAN", True), ("DDPM", False)):
        entry = catalog.ModelEntry("x", base.task, "x", family, base.weights, config=config)
        if good:
            APPLICATION.trained().admit(entry)
            continue
        with pytest.raises(ArchiveError, match="not known"):
            APPLICATION.trained().admit(entry)


def test_a_run_borrows_its_base_and_the_judge_from_the_pool(run):  # noqa: F811
    trainee = training.GanTrainee(run())
    assert [model for model, _device in tasks.pool.loaded()] == ["dcgan-digiface"]
    trainee.evaluate("validation")
    assert {model for model, _device in tasks.pool.loaded()} == {"dcgan-digiface", training.JUDGE}


def test_the_judge_is_borrowed_once_for_an_evaluation_and_given_back(run, monkeypatch):  # noqa: F811
    trainee = training.GanTrainee(run())
    borrowed: list[str] = []
    borrow = tasks.pool.borrow

    def counted(model: str, **how: object):
        borrowed.append(model)
        return borrow(model, **how)

    monkeypatch.setattr(tasks.pool, "borrow", counted)
    trainee.evaluate("validation")
    trainee.evaluate("validation")
    assert borrowed == [training.JUDGE] * 2
    assert [slot.visitors for slot in tasks.pool._slots.values()] == [0, 0]


def test_what_is_trained_is_a_copy(run):  # noqa: F811
    learner = training.GanTrainee(run()).networks["generator"]
    with tasks.pool.borrow("dcgan-digiface", device_name="cpu") as predictor:
        assert torch.equal(predictor.network[0].weight, learner[0].weight)
        with torch.no_grad():
            learner[0].weight.zero_()
        assert predictor.network[0].weight.abs().sum() > 0
