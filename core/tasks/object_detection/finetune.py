"""Fine-tuning of YOLO: ultralytics' own trainer behind the events, wishes and files of every other task.

Its checkpoints are copied after each epoch before it strips them, so that a resumed training has its
optimiser (`watching`); what is kept as the model is safetensors (`tuned`).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from core.data.splits import Parts, parts
from core.errors import DivergedError
from core.files import replacing
from core.tasks.object_detection import training
from core.tasks.object_detection.boxes import stored
from core.tasks.object_detection.families import finetuned as tuned
from core.tasks.object_detection.families.yolo import library
from core.tasks.object_detection.watching import Interrupted, Watch
from core.training.run import Outcome, Run

if TYPE_CHECKING:
    from ultralytics.nn.tasks import DetectionModel

    from core.tasks.object_detection.options import DetectionTrainOptions
    from core.tasks.object_detection.trainer import Trainer

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


def finetune(run: Run[DetectionTrainOptions]) -> Outcome:
    """Train; where memory gets short, go on from the last checkpoint with half the batch.

    Raises:
        DivergedError: the loss is NaN before anything was learnt. TrainingError: not even one image
        fits into memory.
    """
    library()
    division = parts(run.dataset.rows, run.options)
    described = write_dataset(run, division)
    watch = Watch(run, division, described)
    watch.recorder.start()
    try:
        while not fits(run, watch):
            pass
    except Interrupted:
        return watch.recorder.outcome("interrupted")
    except DivergedError as error:
        watch.recorder.diverged(error)
        watch.stopping = True
    return watch.recorder.finish(
        "stopped" if watch.stopping else "done", lambda: tested(run, described)
    )


def fits(run: Run[DetectionTrainOptions], watch: Watch) -> bool:
    """Train to the end; False where a batch did not fit into memory and is smaller next time."""
    from accelerate.utils.memory import clear_device_cache

    trainer = build(run, watch)
    if watch.recorder.is_over():  # the run before was killed behind its last epoch
        return True
    try:
        trainer.train()
        return True
    except (RuntimeError, MemoryError) as error:
        watch.recorder.make_room(error, run.options.batch_size)
    # only now: while the error is handled, its traceback holds the tensors of the failed step
    del trainer
    clear_device_cache(garbage_collection=True)
    return False


def write_dataset(run: Run[DetectionTrainOptions], division: Parts) -> Path:
    """Lay images and boxes out as ultralytics reads them; the path of the description."""
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
                    lines = "".join(" ".join(map(str, box)) + "\n" for box in stored(row))
                    label = (new / "labels" / part / source.name).with_suffix(".txt")
                    label.write_text(lines, "utf-8")
            described = {
                "path": str(folder),
                "train": "images/train",
                "val": "images/validation",
                "test": "images/test",
                "names": dict(enumerate(run.dataset.classes)),
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


def settings_of(run: Run[DetectionTrainOptions], described: Path, batch: int) -> dict[str, object]:
    """Our options in ultralytics' words."""
    o = run.options
    return {
        "data": str(described),
        "epochs": o.epochs,
        "batch": batch,
        "nbs": o.batch_size,  # gradients are gathered up to this many images
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

    last = watch.restore()
    given = settings_of(run, watch.described, watch.batch)
    if last:
        trainer = Trainer(run, {**given, "resume": str(last / "last.pt")})
        trainer.epochs = trainer.args.epochs = run.options.epochs  # may have been extended
    else:
        start = starting_network(run)
        trainer = Trainer(run, {**given, "model": f"{tuned.architecture(run)}.yaml"})
        if start is not None:
            trainer.model = trainer.get_model(weights=start)
    for event in EVENTS:
        trainer.add_callback(event, getattr(watch, event))
    return trainer


def starting_network(run: Run[DetectionTrainOptions]) -> DetectionModel | None:
    """The base's weights if they are wanted and on disk; None to start from scratch."""
    assert run.base is not None
    return training.network(run.base) if tuned.starts_pretrained(run) else None


def tested(run: Run[DetectionTrainOptions], described: Path) -> dict[str, float]:
    """Metrics of the best model on the test part."""
    from safetensors.torch import load_file

    network = tuned.network(tuned.architecture(run), run.dataset.classes)
    state = {name: v.float() for name, v in load_file(run.files.best / tuned.FILE).items()}
    network.load_state_dict({**network.state_dict(), **state})
    return tuned.measure(network.eval(), run, described, "test")
