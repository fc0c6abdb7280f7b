"""The records of the families: what older versions wrote, what is refused, and networks lent by the pool."""

from __future__ import annotations

import io
import json

import pytest
import torch

from core import tasks
from core.data import datasets
from core.errors import MemoryBudgetError
from core.models import catalog
from core.settings import settings
from core.tasks.translation import dataset
from core.tasks.translation.families import config_of
from core.tasks.translation.families.decoder import DecoderConfig
from core.tasks.translation.families.encoder_decoder import M2M100Config, MarianConfig
from core.tasks.translation.families.trainable import trainable
from core.tasks.translation.training import TranslationTrainee
from core.training.run import Run
from tests.core.tasks.translation.checkpoints import write_gemma
from tests.core.training.toy import CPU, Listener

PREDICTION = tasks.find("translation").predicting()
TRAINING = tasks.find("translation").trained()
GEMMA, EN_FR = "gemma-3-270m", ("en", "fr")
WRITTEN = [
    (
        '{"kind": "decoder", "pairs": {"en": ["fr"]}, "shots": 0, '
        '"prompt": "English: {sentence}\\nFrench:"}',
        DecoderConfig,
    ),
    ('{"kind": "marian", "pairs": {"en": ["fr"]}}', MarianConfig),
    ('{"kind": "marian", "pairs": {"en": ["zh"]}, "mark": ">>cmn_Hans<<"}', MarianConfig),
    ('{"kind": "m2m100", "pairs": {"en": ["fr"]}}', M2M100Config),
]
"""The `config` of model.json as the first version wrote it, for each base."""


@pytest.mark.parametrize(("written", "family"), WRITTEN)
def test_what_the_first_version_wrote_is_read_and_written_alike(written, family):
    config = PREDICTION.config(json.loads(written))
    assert type(config) is family
    assert json.dumps(config.model_dump(mode="json", exclude_none=True)) == written


@pytest.mark.parametrize(
    ("base", "target", "written"),
    [
        (base, json.loads(written)["pairs"]["en"][0], written)
        for base, (written, _) in zip(
            (GEMMA, "opus-mt-en-fr", "opus-mt-en-zh", "m2m100-418m"), WRITTEN, strict=True
        )
    ],
)
def test_a_run_writes_what_the_first_version_wrote(base, target, written):
    config = config_of(catalog.find(base)).narrowed("en", target)
    assert json.dumps(config.model_dump(mode="json", exclude_none=True)) == written


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "lstm"},
        {"kind": None},
        {"pairs": {}},
        {"pairs": {"en": []}},
        {"pairs": {"en": ["xx"]}},
        {"pairs": {"../en": ["fr"]}},
        {"pairs": {"en": ["fr"] * 1000}},
        {"pairs": ["en", "fr"]},
        {"shots": -1},
        {"shots": 10**9},
        {"shots": "many"},
        {"prompt": "x" * 10_000},
        {"prompt": ["x"]},
    ],
)
def test_a_record_out_of_bounds_is_refused(change):
    with pytest.raises(ValueError, match="validation error"):
        PREDICTION.config({**json.loads(WRITTEN[0][0]), **change})


@pytest.mark.parametrize("mark", ["x" * 1000, 7, {"a": 1}])
def test_a_mark_out_of_bounds_is_refused(mark):
    with pytest.raises(ValueError, match="validation error"):
        PREDICTION.config({"kind": "marian", "pairs": {"en": ["fr"]}, "mark": mark})


# --- what is trained is a copy of what the pool lends ---


@pytest.fixture
def run(tmp_path) -> Run:
    write_gemma()
    table = b"en\tfr\ndog\tchien\nman\thomme\nsnow\tneige\nbook\tlivre\ntree\tarbre\nred\trouge"
    words = datasets.add("translation", "words", dataset.read(io.BytesIO(table), "words.tsv"))
    options = TRAINING.options(
        epochs=1, batch_size=2, sentences=2, learning_rate=1e-2, warmup=0.0, patience=0
    )
    return Run(tmp_path / "run", options, words, CPU, catalog.find(GEMMA), listener=Listener())


def test_the_base_of_a_run_counts_in_the_memory_budget(run, monkeypatch):
    monkeypatch.setenv("PORTAL_MEMORY_MB", "1")
    settings.cache_clear()
    with pytest.raises(MemoryBudgetError):
        TranslationTrainee(run)


@pytest.mark.parametrize("layers", ["lora", "all"])
def test_training_leaves_a_lent_model_as_it_is(run, layers):
    with tasks.pool.borrow(GEMMA, device_name="cpu") as lent:
        model = lent.engine.model
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    object.__setattr__(run, "options", run.options.model_copy(update={"trainable": layers}))
    assert TRAINING.train(run).epoch
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())


@pytest.mark.parametrize("frozen", [True, False])
def test_only_frozen_weights_are_shared_with_the_lent_model(run, frozen):
    with tasks.pool.borrow(GEMMA, device_name="cpu") as lent:
        lent_to = {p.data_ptr() for p in lent.engine.model.parameters()}
    own = list(trainable(catalog.find(GEMMA), EN_FR, frozen=frozen).model.parameters())
    assert len(own) == len(lent_to)
    assert all((p.data_ptr() in lent_to) is frozen for p in own)


def test_a_run_keeps_no_second_copy_of_its_base(run):
    TranslationTrainee(run)
    assert not tasks.pool.loaded()
