"""Fine-tuning of YOLO: ultralytics' own trainer behind the events, wishes and files of every other task.

Its checkpoints are copied after each epoch before it strips them, so that a resumed training has its
optimiser; what is kept as the model is safetensors (`tuned`).
"""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import tasks
from core.data.datasets import DataSet
from core.data.splits import Parts, parts
from core.errors import N_, ArchiveError, DivergedError, UsageError
from core.files import replacing
from core.models import catalog
from core.models.catalog import ModelEntry
from core.tasks.object_detection import tuned
from core.tasks.object_detection.watching import Interrupted, Watch
from core.tasks.object_detection.yolo import library
from core.training import checkpoints, failures
from core.training.events import Diverged, Start
from core.training.run import Outcome, Run

if TYPE_CHECKING:
    import torch
    from torch import nn

    from core.tasks.object_detection.options import DetectionTrainOptions
    from core.tasks.object_detection.trainer import Trainer

ARCHITECTURES = ("yolo11n", "yolo11s", "yolo26n", "yolov8n")
OPTIMISERS = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD"}
EVENTS = (
    "on_train_start",
    "on_train_epoch_start",
    "on_train_batch_start",
    "on_train_batch_end",
    "on_fit_epoch_end",
)
"""What the watch hears of ultralytics' trainer."""
PRECISIONS = {"no": False, "bf16": "bf16", "fp16": True}


def bases() -> list[ModelEntry]:
    """The YOLO models; those not on disk train from scratch."""
    return [entry for entry in catalog.entries("object_detection") if entry.family == "YOLO"]


def check(base: ModelEntry | None, data: DataSet, options: DetectionTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no YOLO to start from. DataSetError: too few pictures.
    """
    if base is None or base.family != "YOLO":
        raise UsageError(N_("Choose a YOLO model: it says which network is trained."))
    parts(data.rows, options)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that names no packaged architecture.

    Raises:
        ArchiveError: it does not.
    """
    labels = entry.config.get("labels")
    good = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
    if entry.config.get("architecture") not in ARCHITECTURES or not good:
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


def example(entry: ModelEntry) -> tuple[nn.Module, torch.Tensor]:
    """The network and noise for an export to ONNX: (2, 3, S, S) in [0, 1]; it answers (2, 4 + classes, N)."""
    import torch

    network = tuned.read(entry).eval().fuse()
    head = network.model[-1]
    head.export, head.format = True, "onnx"
    size = int(str(entry.config["size"]))
    return network, torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def finetune(run: Run[DetectionTrainOptions]) -> Outcome:
    """Train; where memory gets short, go on from the last checkpoint with half the batch.

    Raises:
        DivergedError: the loss is no number before anything was learnt. TrainingError: not even one
        picture fits into memory.
    """
    library()
    division = parts(run.dataset.rows, run.options)
    described = write_dataset(run, division)
    watch = Watch(run, division, described)
    try:
        while not fits(run, watch):
            watch.halve()
    except Interrupted:
        return watch.outcome("interrupted")
    except DivergedError as error:
        if not watch.position.best_epoch:
            raise
        run.emit(Diverged(watch.position.step, str(error)))
        watch.stopping = True
    if run.options.test_fraction and watch.position.best_epoch:
        watch.position.metrics |= tested(run, described)
    return watch.outcome("stopped" if watch.stopping else "done")


def fits(run: Run[DetectionTrainOptions], watch: Watch) -> bool:
    """Train to the end; False where a batch does not fit into the memory."""
    from accelerate.utils.memory import clear_device_cache

    try:
        build(run, watch).train()
        return True
    except (RuntimeError, MemoryError) as error:
        if not failures.short_of_memory(error):
            raise
        if watch.batch == 1:
            raise failures.too_large(run.device.name) from error
    clear_device_cache(garbage_collection=True)
    return False


def write_dataset(run: Run, division: Parts) -> Path:
    """Lay pictures and boxes out as ultralytics reads them; the path of the description."""
    folder = run.files.dataset
    if not (folder / "data.yaml").exists():
        with replacing(folder) as new:
            for part in ("train", "validation", "test"):
                for kind in ("images", "labels"):
                    (new / kind / part).mkdir(parents=True)
                for i in getattr(division, part):
                    row = run.dataset.rows[i]
                    source = run.dataset.file(row)
                    shutil.copyfile(source, new / "images" / part / source.name)
                    lines = "".join(" ".join(map(str, box)) + "\n" for box in row["boxes"])
                    label = (new / "labels" / part / source.name).with_suffix(".txt")
                    label.write_text(lines, "utf-8")
            described = {
                "path": str(folder),
                "train": "images/train",
                "val": "images/validation",
                "test": "images/test",
                "names": dict(enumerate(run.dataset.facts["classes"])),
            }
            (new / "data.yaml").write_text(json.dumps(described, ensure_ascii=False), "utf-8")
    return folder / "data.yaml"


def frozen(run: Run[DetectionTrainOptions]) -> int:
    """How many of the first layers stay as they are: all but the detection head, the backbone, or none."""
    library()
    from ultralytics.nn.tasks import yaml_model_load

    layers = yaml_model_load(f"{tuned.architecture(run)}.yaml")
    backbone = len(layers["backbone"])
    return {"head": backbone + len(layers["head"]) - 1, "last": backbone, "all": 0}[
        run.options.trainable
    ]


def settings_of(run: Run[DetectionTrainOptions], described: Path, batch: int) -> dict[str, Any]:
    """Our options in ultralytics' words."""
    o = run.options
    return {
        "data": str(described),
        "epochs": o.epochs,
        "batch": batch,
        "nbs": o.batch_size,  # gradients are gathered up to this many pictures
        "imgsz": o.image_size,
        "lr0": o.learning_rate,
        "optimizer": OPTIMISERS[o.optimizer],
        "momentum": o.momentum,
        "warmup_epochs": o.warmup * o.epochs,
        "weight_decay": o.weight_decay,
        "amp": PRECISIONS[o.precision],
        "patience": 0,  # the watch counts, as for every other task
        "seed": o.seed,
        "freeze": frozen(run) or None,
        "mosaic": o.mosaic,
        "close_mosaic": round(o.epochs / 5),
        "fliplr": o.flip,
        "degrees": o.rotate,
        "scale": o.scale,
        "hsv_s": o.colour,
        "hsv_v": o.colour,
        "device": run.device.name.removeprefix("cuda:"),
        "project": str(run.folder),
        "name": "ultralytics",
        "exist_ok": True,
        "plots": False,
        "workers": 0,
        "verbose": False,
    }


def build(run: Run[DetectionTrainOptions], watch: Watch) -> Trainer:
    """A trainer that the watch listens to; it starts from the newest good checkpoint, if there is one."""
    from core.tasks.object_detection.trainer import Trainer

    last = None if run.trial else checkpoints.newest(run.files.checkpoints, run.emit)
    watch.restore(last)
    given = settings_of(run, watch.described, watch.batch)
    if last:
        trainer = Trainer(run, {**given, "resume": str(last / "last.pt")})
        trainer.epochs = trainer.args.epochs = run.options.epochs  # may have been extended
        if trainer.epochs <= watch.position.epoch:
            raise UsageError(
                N_("All {count} epochs are done. Extend the job."), count=watch.position.epoch
            )
    else:
        start = starting_network(run)
        trainer = Trainer(run, {**given, "model": f"{tuned.architecture(run)}.yaml"})
        if start is not None:
            trainer.model = trainer.get_model(weights=start)
    for event in EVENTS:
        trainer.add_callback(event, getattr(watch, event))
    return trainer


def starting_network(run: Run[DetectionTrainOptions]) -> nn.Module | None:
    """The base's weights if they are wanted and on disk; None to start from scratch."""
    assert run.base is not None
    pretrained = run.options.pretrained and tasks.is_ready(run.base)
    run.emit(Start(run.base.id, pretrained, tuned.REPORTED))
    if not pretrained:
        return None
    if "architecture" in run.base.config:
        return tuned.read(run.base)
    from core.device import Device

    detector = tasks.find("object_detection").load(run.base, Device("cpu", ""))
    return deepcopy(detector.model.model).float()


def tested(run: Run[DetectionTrainOptions], described: Path) -> dict[str, float]:
    """Metrics of the best model on the test part."""
    from safetensors.torch import load_file

    network = tuned.network(tuned.architecture(run), run.dataset.facts["classes"])
    state = {name: v.float() for name, v in load_file(run.files.best / tuned.FILE).items()}
    network.load_state_dict({**network.state_dict(), **state})
    found = tuned.measure(network.eval(), run, described, "test")
    return {f"test {name}": value for name, value in found.items()}
