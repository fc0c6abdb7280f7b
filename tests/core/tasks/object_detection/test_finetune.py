"""Fine-tuning YOLO on a few tiny scenes, through ultralytics' own trainer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from core import catalog, datasets, exports, runs, task, tasks
from core.datasets import Draft
from core.errors import ArchiveError, UsageError
from core.files import replacing
from core.jobs import queue
from core.progress import Progress
from core.tasks.object_detection import data, finetune, tuned
from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.watching import matched
from core.training import states
from core.training.options import TrainOptions
from core.training.run import Control, Run
from tests.core.jobs.tiny import wait
from tests.core.training.toy import CPU

MODEL = task.find("object_detection").train_options
TINY = {"epochs": 2, "batch_size": 4, "image_size": 64, "patience": 0, "pretrained": False}


@pytest.fixture
def scenes():
    """Eight pictures to learn from and four to check on, each with one bright square."""
    random, draft = np.random.default_rng(0), Draft(facts={"classes": ["square", "other"]})
    for i in range(12):
        pixels = random.integers(0, 80, (64, 64, 3), dtype=np.uint8)
        left, top = (int(v) for v in random.integers(0, 40, 2))
        pixels[top : top + 20, left : left + 20] += 150
        box = [0, (left + 10) / 64, (top + 10) / 64, 20 / 64, 20 / 64]
        part = "train" if i < 8 else "validation"
        draft.add(data.item(Image.fromarray(pixels), [box], str(i), part=part))
    return datasets.add("object_detection", "squares", draft)


@pytest.fixture
def run(scenes, tmp_path):
    """`run(epochs=1)`: a fine-tuning of YOLO11n from scratch; what it tells is in `run.heard`."""

    def build(control: Control | None = None, name: str = "job", **options: object) -> Run:
        heard: list[tuple[str, dict]] = []
        build.heard = heard
        return Run(
            tmp_path / name,
            task.parse(MODEL, {**TINY, **options}),
            scenes,
            CPU,
            base=catalog.find("yolo11n"),
            listen=lambda kind, told: heard.append((kind, told)),
            control=control or Control(),
        )

    return build


def told(run, kind: str) -> list[dict]:
    return [data for k, data in run.heard if k == kind]


def test_what_was_learnt_detects(run, scenes):
    given = run(epochs=1, test=0.0)
    outcome = finetune.finetune(given)
    assert (outcome.state, outcome.epoch) == ("done", 1)
    assert set(told(run, "epoch")[0]["metrics"]) == {"mAP50-95", "mAP50", "precision", "recall"}
    assert len(json.loads((given.folder / "items-best.json").read_text("utf-8"))) == 4
    assert len(list((given.folder / "samples" / "epoch-0001").iterdir())) == 4
    model = runs.publish(
        given.best,
        job_id="abcd",
        task="object_detection",
        name="squares",
        request={"base": "yolo11n", "options": {}, "data": scenes.id},
        metrics=outcome.metrics,
        base_metrics={},
        epoch=1,
    )
    options = task.find("object_detection").parse({"confidence": 0.05, "classes": ["square"]})
    (result,) = tasks.predict(
        "object_detection", [Image.new("RGB", (64, 64))], options, model=model
    )
    assert result.model == model
    assert {box.label for box in result.candidates} <= {"square", "other"}


def test_a_cut_training_goes_on_behind_its_last_epoch_with_its_optimiser(run):
    steps = iter([""] * 3 + ["interrupt"])
    outcome = finetune.finetune(run(Control(lambda: next(steps)), epochs=3))
    assert outcome.state == "interrupted"
    given = run(epochs=3)
    (kept,) = states.found(given.checkpoints)
    assert states.good(kept)
    outcome = finetune.finetune(given)
    assert outcome.state == "done"
    assert told(run, "resumed") == [{"step": 2, "epoch": 1}]
    assert [event["epoch"] for event in told(run, "epoch")] == [2, 3]


def test_stopping_evaluates_and_keeps_the_best(run):
    given = run(Control(lambda: "stop"), epochs=50)
    outcome = finetune.finetune(given)
    assert (outcome.state, outcome.epoch) == ("stopped", 1)
    assert (given.best / "model.safetensors").exists()


def test_an_extended_training_has_more_epochs(run):
    finetune.finetune(run(epochs=1))
    finetune.finetune(run(epochs=2))
    assert [event["epoch"] for event in told(run, "epoch")] == [2]


def test_memory_that_runs_out_later_halves_the_batch_and_goes_on(run, monkeypatch):
    given = run(epochs=2)
    real, calls = finetune.Watch.on_train_batch_end, []

    def short(self, trainer):
        calls.append(trainer.batch_size)
        if len(calls) == 3:  # in the second epoch
            raise RuntimeError("CUDA out of memory.")
        real(self, trainer)

    monkeypatch.setattr(finetune.Watch, "on_train_batch_end", short)
    assert finetune.finetune(given).state == "done"
    assert told(run, "batch_halved") == [{"step": 2, "pieces": 2}]
    assert (calls[0], calls[-1]) == (4, 2)


@pytest.mark.parametrize(
    ("option", "value", "theirs"),
    [
        ("epochs", 7, "epochs"),
        ("batch_size", 8, "nbs"),
        ("learning_rate", 0.5, "lr0"),
        ("optimizer", "sgd", "optimizer"),
        ("momentum", 0.3, "momentum"),
        ("warmup", 0.5, "warmup_epochs"),
        ("weight_decay", 0.2, "weight_decay"),
        ("precision", "bf16", "amp"),
        ("patience", 9, "patience"),
        ("seed", 3, "seed"),
        ("train", "head", "freeze"),
        ("image_size", 96, "imgsz"),
        ("mosaic", 1.0, "mosaic"),
        ("flip", 0.1, "fliplr"),
        ("rotate", 9.0, "degrees"),
        ("scale", 0.8, "scale"),
        ("colour", 0.9, "hsv_v"),
    ],
)
def test_an_option_is_told_to_ultralytics(run, tmp_path, option, value, theirs):
    usual, changed = (
        finetune.settings_of(run(**options), tmp_path, 4)[theirs]
        for options in ({}, {option: value})
    )
    assert usual != changed


def test_options_that_ultralytics_does_not_have_reach_its_trainer(run, tmp_path):
    given = run(schedule="constant", clip_norm=0.0)
    described = finetune.write_dataset(given, finetune.parts(given.data.rows, given.options))
    watch = finetune.Watch(given, finetune.parts(given.data.rows, given.options))
    trainer = finetune.build(given, described, 4, watch)
    trainer._setup_train()
    assert [trainer.lf(epoch) for epoch in (0, 1)] == [1.0, 1.0]
    assert trainer.accumulate == 1


def test_pieces_split_the_batch(run):
    finetune.finetune(run(epochs=1, pieces=2))
    assert told(run, "step")[-1]["steps"] == 4  # eight pictures in batches of two


def test_every_option_of_its_own_is_covered_above():
    covered = {"train", "pretrained", "image_size", "mosaic", "flip", "rotate", "scale", "colour"}
    assert set(MODEL.model_fields) - set(TrainOptions.model_fields) == covered


def test_the_base_is_where_it_starts(run, scenes):
    finetune.finetune(run(epochs=1, name="first"))
    first = run(name="first")
    model = runs.publish(
        first.best,
        job_id="1",
        task="object_detection",
        name="first",
        request={"base": "yolo11n", "options": {}, "data": scenes.id},
        metrics={"mAP50": 0.0},
        base_metrics={},
        epoch=1,
    )
    again = run(name="again", pretrained=True)
    network = finetune.starting_network(
        Run(again.folder, again.options, scenes, CPU, base=catalog.find(model), listen=again.listen)
    )
    saved = load_file(first.best / "model.safetensors")["model.0.conv.weight"].float()
    assert (network.state_dict()["model.0.conv.weight"] - saved).abs().max() < 1e-6


def test_only_yolo_can_be_a_base(scenes):
    with pytest.raises(UsageError):
        queue.submit("object_detection", scenes.id, base="ssd-mobilenet-v2")


def box(label: str, left: float) -> Box:
    return Box(label, 1.0, (left, 0.0, left + 10, 10.0))


@pytest.mark.parametrize(
    ("found", "score"),
    [
        ([box("a", 0), box("b", 50)], 1.0),
        ([box("a", 0)], 2 / 3),
        ([box("a", 0), box("a", 1), box("b", 50)], 0.8),
        ([box("b", 0), box("a", 50)], 0.0),
        ([], 0.0),
    ],
)
def test_boxes_count_once_by_label_and_overlap(found, score):
    assert matched(found, [box("a", 0), box("b", 50)]) == pytest.approx(score)


@pytest.fixture
def published(run, scenes) -> str:
    """A detector with random weights; its id."""
    given = run()
    with replacing(given.best) as new:
        tuned.save(tuned.network("yolo11n", ["square", "other"]), given, new)
    return runs.publish(
        given.best,
        job_id="1",
        task="object_detection",
        name="random",
        request={"base": "yolo11n", "options": {}, "data": scenes.id},
        metrics={"mAP50": 0.0},
        base_metrics={},
        epoch=1,
    )


def test_an_exported_detector_runs_elsewhere(published, tmp_path):
    """Its network as ONNX answers as torch does (checked by the export), its script prints boxes."""
    packed = exports.archive(catalog.find(published), tmp_path / "model.zip")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "elsewhere")
    Image.new("RGB", (64, 64), "grey").save(tmp_path / "p.png")
    printed = subprocess.run(
        [sys.executable, "-I", "use.py", str(tmp_path / "p.png")],
        cwd=tmp_path / "elsewhere",
        env={**os.environ, "YOLO_OFFLINE": "1", "YOLO_CONFIG_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(printed.stdout.splitlines()[-1]) == []


def test_a_description_of_another_network_is_refused(published, tmp_path):
    entry = catalog.find(published)
    finetune.admit(entry)
    with pytest.raises(ArchiveError):
        finetune.admit(replace(entry, config={**entry.config, "architecture": "../evil"}))


@pytest.mark.heavy
@pytest.mark.network
@pytest.mark.timeout(3000)
def test_digits_are_learnt(starter_weights):
    made = tasks.sample("object_detection", "digits", Progress())
    options = dict(data.SAMPLES[0].options) | {"epochs": 12}
    job = wait(
        queue.submit("object_detection", made.id, base="yolo11n", options=options), seconds=2900
    )
    assert job.metrics["mAP50"] >= 0.7
