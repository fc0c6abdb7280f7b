"""Fine-tuning YOLO on a few tiny scenes, through ultralytics' own trainer."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file

from core import tasks
from core.errors import ArchiveError, DivergedError, TrainingError, UsageError
from core.files import replacing
from core.jobs import launcher, queue, store
from core.models import catalog, finetuned
from core.models.fetching import sha256
from core.progress import Progress
from core.serving.options import parse
from core.tasks import exports
from core.tasks.object_detection import finetune, scenes, training
from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.families import finetuned as tuned
from core.tasks.object_detection.families.yolo import library
from core.tasks.object_detection.watching import matched, precision_over_recall
from core.training import checkpoints
from core.training.events import Resumed, Step
from core.training.options import TrainOptions
from core.training.run import Control, Run
from tests.core.jobs.tiny import wait
from tests.core.training.toy import CPU, Listener, publish

MODEL = tasks.find("object_detection").trained().options
TINY = {"epochs": 2, "batch_size": 4, "image_size": 64, "patience": 0, "pretrained": False}


@pytest.fixture
def run(scenes, tmp_path):
    """`run(epochs=1)`: a fine-tuning of YOLO11n from scratch; what it tells is in `run.heard`."""

    def build(control: Control | None = None, name: str = "job", **options: object) -> Run:
        heard = Listener()
        build.heard = heard
        return Run(
            tmp_path / name,
            parse(MODEL, {**TINY, **options}),
            scenes,
            CPU,
            base=catalog.find("yolo11n"),
            listener=heard,
            control=control or Control(),
        )

    return build


def told(run, kind: str) -> list[dict]:
    return run.heard.of(kind)


def test_what_was_learnt_detects(run, scenes):
    given = run(epochs=1, test_fraction=0.0)
    outcome = finetune.finetune(given)
    assert (outcome.state, outcome.epoch) == ("done", 1)
    assert [event["epoch"] for event in told(run, "epoch")] == [0, 1]
    for event in told(run, "epoch"):
        assert set(event["metrics"]) == {"mAP50-95", "mAP50", "precision", "recall"}
        assert len(list((given.folder / "samples" / f"epoch-000{event['epoch']}").iterdir())) == 4
    for name in ("base", "best"):
        items = json.loads((given.folder / f"items-{name}.json").read_text("utf-8"))
        assert len(items) == 4
    model = publish("object_detection", given, outcome)
    options = tasks.find("object_detection").parse({"confidence": 0.05, "classes": ["square"]})
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
    (kept,) = checkpoints.found(given.files.checkpoints)
    assert checkpoints.good(kept)
    outcome = finetune.finetune(given)
    assert outcome.state == "done"
    assert told(run, "resumed") == [{"step": 2, "epoch": 1}]
    assert [event["epoch"] for event in told(run, "epoch")] == [2, 3]


def test_stopping_evaluates_and_keeps_the_best(run):
    given = run(Control(lambda: "stop"), epochs=50)
    outcome = finetune.finetune(given)
    assert (outcome.state, outcome.epoch) == ("stopped", 1)
    assert (given.files.best / "model.safetensors").exists()


def test_an_extended_training_has_more_epochs(run):
    finetune.finetune(run(epochs=1))
    finetune.finetune(run(epochs=2))
    assert [event["epoch"] for event in told(run, "epoch")] == [2]


def test_the_test_part_is_looked_at_once_at_the_end(run, monkeypatch):
    looked, measure = [], tuned.measure

    def noted(network, run, described, part):
        looked.append(part)
        return measure(network, run, described, part)

    monkeypatch.setattr(tuned, "measure", noted)
    outcome = finetune.finetune(run(epochs=2, test_fraction=0.2))
    assert looked == ["val", "test"]
    assert {f"test {name}" for name in tuned.METRICS} <= set(outcome.metrics)


def test_killed_behind_its_last_epoch_it_is_resumed_and_tested(run, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(finetune, "tested", killed)
        with pytest.raises(KeyboardInterrupt):
            finetune.finetune(run(epochs=1, test_fraction=0.2))
    outcome = finetune.finetune(run(epochs=1, test_fraction=0.2))
    assert outcome.state == "done"
    assert {f"test {name}" for name in tuned.METRICS} <= set(outcome.metrics)
    assert told(run, "step") == []


def test_a_checkpoint_of_the_first_version_is_resumed_from(run):
    given = run(epochs=2)
    finetune.finetune(run(epochs=1, accumulation_steps=2))
    (kept,) = checkpoints.found(given.files.checkpoints)
    position = json.loads((kept / "position.json").read_text("utf-8"))
    position["pieces"] = position.pop("accumulation_steps")
    (kept / "position.json").write_text(json.dumps(position), "utf-8")
    sealed = json.loads((kept / checkpoints.RECORD).read_text("utf-8"))
    sealed["position.json"] = sha256(kept / "position.json")
    (kept / checkpoints.RECORD).write_text(json.dumps(sealed), "utf-8")
    watch = finetune.Watch(given, finetune.parts(given.dataset.rows, given.options), kept)
    assert watch.restore() == kept
    assert (watch.position.epoch, watch.position.accumulation_steps) == (1, 2)


def test_the_base_is_looked_at_once(run):
    finetune.finetune(run(epochs=1))
    outcome = finetune.finetune(run(epochs=2))
    assert [event["epoch"] for event in told(run, "epoch")] == [2]
    assert set(outcome.base_metrics) == {"mAP50-95", "mAP50", "precision", "recall"}


def test_pinned_pictures_are_answered_before_and_after(run):
    out = io.BytesIO()
    Image.new("RGB", (64, 64)).save(out, "PNG")
    given = replace(run(epochs=1), tracked=(base64.b64encode(out.getvalue()).decode(),))
    finetune.finetune(given)
    assert [len(event["probes"]) for event in told(run, "epoch")] == [1, 1]


def test_the_precision_at_every_recall_is_kept_of_the_best_epoch(run):
    given = run(epochs=1)
    outcome = finetune.finetune(given)
    kept = json.loads((given.folder / "curves.json").read_text("utf-8"))
    assert (kept["x"], kept["y"], kept["epoch"]) == ("recall", "precision", outcome.epoch)
    assert (kept["at"][0], kept["at"][-1], len(kept["at"])) == (0, 1, len(kept["mean"]))
    assert [one["name"] for one in kept["each"]] == ["square"]


def test_curves_are_thinned_and_averaged():
    at = np.linspace(0, 1, 1000)
    found = SimpleNamespace(px=at, prec_values=np.stack([1 - at, 0 * at]), ap_class_index=[2, 5])
    curves = precision_over_recall(found, {2: "猫", 5: "dog"})
    assert [one["name"] for one in curves["each"]] == ["猫", "dog"]
    assert curves["each"][0]["values"] == pytest.approx([1 - x for x in curves["at"]], abs=1e-3)
    assert curves["mean"] == pytest.approx([(1 - x) / 2 for x in curves["at"]], abs=1e-3)


@pytest.fixture
def fail(monkeypatch):
    """`fail(on, how)`: what ultralytics does to a batch before the network sees it, as `how(batch)`,
    in the calls whose number or size `on(number, size)` names."""

    def fail_(on, how) -> None:
        library()
        from core.tasks.object_detection.trainer import Trainer

        real, calls = Trainer.preprocess_batch, []

        def spoilt(self, batch):
            calls.append(len(batch["img"]))
            batch = real(self, batch)
            return how(batch) if on(len(calls), calls[-1]) else batch

        monkeypatch.setattr(Trainer, "preprocess_batch", spoilt)

    return fail_


def too_large(_batch):
    raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB.")


def spoilt(batch):
    return {**batch, "img": batch["img"] * float("nan")}


def test_memory_that_runs_out_later_halves_the_batch_and_goes_on(run, fail):
    fail(lambda number, _size: number == 4, too_large)  # in the second epoch
    assert finetune.finetune(run(epochs=2)).state == "done"
    assert told(run, "batch_halved") == [{"step": 3, "pieces": 2}]
    assert told(run, "resumed") == [{"step": 2, "epoch": 1}]
    assert [event["epoch"] for event in told(run, "epoch")] == [0, 1, 2]
    last = told(run, "step")[-1]
    assert (last["step"], last["steps"], last["epoch"]) == (6, 6, 2.0)


def test_memory_that_runs_out_in_the_first_epoch_is_told_too(run, fail):
    """Ultralytics would halve the batch there by itself."""
    fail(lambda number, _size: number == 2, too_large)
    assert finetune.finetune(run(epochs=1)).state == "done"
    assert told(run, "batch_halved") == [{"step": 1, "pieces": 2}]
    assert told(run, "resumed") == [{"step": 0, "epoch": 0}]
    assert [event["step"] for event in told(run, "step")] == [1, 1, 2, 3, 4]
    assert [event["epoch"] for event in told(run, "epoch")] == [0, 1]


def test_one_picture_that_does_not_fit_says_what_to_do(run, fail):
    fail(lambda _number, _size: True, too_large)
    with pytest.raises(TrainingError, match="smaller"):
        finetune.finetune(run(epochs=1))
    assert [event["pieces"] for event in told(run, "batch_halved")] == [2, 4]


def test_a_loss_that_is_no_number_names_the_learning_rate(run, fail):
    fail(lambda number, _size: number == 2, spoilt)
    with pytest.raises(DivergedError, match=r"learning rate 0\.002"):
        finetune.finetune(run(epochs=3))


def test_diverging_late_keeps_the_best(run, fail):
    fail(lambda number, _size: number == 4, spoilt)
    given = run(epochs=3)
    outcome = finetune.finetune(given)
    assert (outcome.state, outcome.epoch) == ("stopped", 1)
    assert [event["step"] for event in told(run, "diverged")] == [3]
    assert (given.files.best / "model.safetensors").exists()


def scored(monkeypatch, *scores: float) -> None:
    """The base and the epochs after it get these mAP50-95."""
    values = iter(scores)
    monkeypatch.setattr(tuned, "named", lambda _theirs: {"mAP50-95": next(values)})


def test_nothing_improving_ends_it_early(run, monkeypatch):
    scored(monkeypatch, 0.0, 0.0, 0.2, 0.3, 0.1, 0.3)
    outcome = finetune.finetune(run(epochs=9, patience=2))
    assert (outcome.state, outcome.epoch) == ("done", 3)
    assert told(run, "early_stop") == [{"epoch": 5}]


def test_an_extension_is_given_its_own_patience(run, monkeypatch):
    scored(monkeypatch, 0.0, 0.3, 0.1, 0.1, 0.1)
    finetune.finetune(run(epochs=9, patience=1))
    assert told(run, "early_stop") == [{"epoch": 2}]
    finetune.finetune(replace(run(epochs=9, patience=2), patience_from=2))
    assert told(run, "early_stop") == [{"epoch": 4}]


def test_a_resumed_trainer_has_the_optimiser_of_its_checkpoint(run):
    import torch

    given = run(epochs=3)
    finetune.finetune(run(epochs=1))
    (kept,) = checkpoints.found(given.files.checkpoints)
    division = finetune.parts(given.data.rows, given.options)
    watch = finetune.Watch(given, division, finetune.write_dataset(given, division))
    trainer = finetune.build(given, watch)
    trainer._setup_train()
    assert (trainer.start_epoch, trainer.ema.updates, watch.position.epoch) == (1, 2, 1)
    saved = torch.load(kept / "last.pt", weights_only=False)["optimizer"]["state"]
    own = trainer.optimizer.state_dict()["state"]
    assert saved.keys() == own.keys() != set()
    for number, state in saved.items():
        assert torch.equal(own[number]["exp_avg"], state["exp_avg"].float())


def test_a_damaged_checkpoint_is_passed_over(run):
    given = run(epochs=2)
    finetune.finetune(given)
    newest, before = checkpoints.found(given.files.checkpoints)
    (newest / "last.pt").write_bytes(b"half a file")
    finetune.finetune(run(epochs=2))
    assert told(run, "checkpoint_damaged") == [{"checkpoint": newest.name}]
    assert told(run, "resumed") == [{"step": 2, "epoch": 1}]
    assert before.name == "step-00000001"


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
        ("seed", 3, "seed"),
        ("trainable", "head", "freeze"),
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
    given = run(schedule="constant", max_grad_norm=0.0)
    described = finetune.write_dataset(given, finetune.parts(given.data.rows, given.options))
    watch = finetune.Watch(given, finetune.parts(given.data.rows, given.options), described)
    trainer = finetune.build(given, watch)
    trainer._setup_train()
    assert [trainer.lf(epoch) for epoch in (0, 1)] == [1.0, 1.0]
    assert trainer.accumulate == 1


def test_pieces_split_the_batch(run):
    finetune.finetune(run(epochs=1, accumulation_steps=2))
    assert told(run, "step")[-1]["steps"] == 4  # eight pictures in batches of two


def test_every_option_of_its_own_is_covered_above():
    covered = {
        "trainable",
        "pretrained",
        "image_size",
        "mosaic",
        "flip",
        "rotate",
        "scale",
        "colour",
    }
    assert set(MODEL.model_fields) - set(TrainOptions.model_fields) == covered


def test_the_base_is_where_it_starts(run, scenes):
    finetune.finetune(run(epochs=1, name="first"))
    first = run(name="first")
    model = publish("object_detection", first)
    again = run(name="again", pretrained=True)
    network = finetune.starting_network(
        Run(
            again.folder,
            again.options,
            scenes,
            CPU,
            base=catalog.find(model),
            listener=again.listener,
        )
    )
    saved = load_file(first.files.best / "model.safetensors")["model.0.conv.weight"].float()
    assert (network.state_dict()["model.0.conv.weight"] - saved).abs().max() < 1e-6


def test_only_yolo_can_be_a_base(scenes):
    with pytest.raises(UsageError):
        queue.submit("object_detection", scenes.id, base="ssd-mobilenet-v2")


def test_several_processes_are_refused_before_anything_runs(scenes):
    with pytest.raises(UsageError, match="one process"):
        queue.submit("object_detection", scenes.id, base="yolo11n", processes=2)
    assert store.jobs() == []


@pytest.mark.parametrize("model", [entry.id for entry in training.bases()])
@pytest.mark.parametrize(("train", "first"), [("head", "Detect"), ("last", "Upsample")])
def test_what_is_trained_begins_at_the_head_or_the_neck(run, model, train, first):
    given = replace(run(trainable=train), base=catalog.find(model))
    layers = tuned.network(tuned.architecture(given), ["square"]).model
    assert type(layers[finetune.frozen(given)]).__name__ == first


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
    with replacing(given.files.best) as new:
        tuned.save(tuned.network("yolo11n", ["square", "other"]), given, new)
    return publish("object_detection", given)


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


def test_a_model_of_another_network_is_not_imported(published, tmp_path, monkeypatch):
    monkeypatch.setattr(exports, "onnx", lambda _entry, target: target.write_bytes(b""))
    packed = exports.archive(catalog.find(published), tmp_path / "model.zip")
    finetuned.remove(published)
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(tmp_path / "evil.zip", "w") as evil:
        for name in old.namelist():
            content = old.read(name)
            if name == finetuned.DESCRIPTION:
                content = content.replace(b'"yolo11n"', b'"../evil"')
            evil.writestr(name, content)
    with pytest.raises(ArchiveError, match="architecture"):
        exports.read_in(tmp_path / "evil.zip", "evil.zip")
    assert not list(finetuned.folder("x").parent.iterdir())


@pytest.mark.heavy
@pytest.mark.network
@pytest.mark.timeout(7200)
def test_digits_are_learnt_as_well_by_a_training_that_was_killed(starter_weights):
    made = tasks.sample("object_detection", "digits", Progress())
    options = dict(scenes.SAMPLES[0].options) | {"epochs": 8}
    whole, cut = (
        queue.submit("object_detection", made.id, base="yolo11n", name=name, options=options)
        for name in ("whole", "cut")
    )
    whole = wait(whole, seconds=3000)
    wait(
        cut, lambda job: len(store.events_of(Step, job.id)) > 320, seconds=3000
    )  # in the fifth epoch
    launcher.launcher().terminate(store.find(cut.id).handle)
    assert wait(cut).state == "interrupted"
    cut = wait(queue.resume(cut.id), seconds=3000)
    assert store.first(Resumed, cut.id) == Resumed(300, epoch=4)
    assert whole.metrics["mAP50"] >= 0.9
    for name in ("mAP50", "mAP50-95"):
        assert cut.metrics[name] == pytest.approx(whole.metrics[name], abs=0.02)
