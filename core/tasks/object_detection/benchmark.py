"""What `python -m core bench finetune` compares of this application: epochs of ours with those of the command
`yolo detect train` on the same images and settings, validation and checkpoints included."""

from __future__ import annotations

import csv
import subprocess
import sys
from functools import cached_property
from pathlib import Path

from core import tasks
from core.data.datasets import DataSet
from core.data.drafts import Row
from core.data.splits import parts
from core.device import choose
from core.models import catalog
from core.progress import Progress
from core.tasks.object_detection import finetune
from core.tasks.object_detection.families.yolo import library
from core.tasks.object_detection.options import DetectionTrainOptions
from core.training.benchmark import Case, ends_of, per_epoch
from core.training.events import Epoch
from core.training.run import Run

OPTIONS = DetectionTrainOptions(image_size=160, batch_size=16, epochs=2, pretrained=False)
EVERY = 2


class Fewer(DataSet):
    """One in `EVERY` samples of a data set, so that an epoch is short enough to be measured several times."""

    @cached_property
    def rows(self) -> list[Row]:
        return DataSet(self.folder).rows[::EVERY]


def cases() -> list[Case]:
    data = Fewer(tasks.sample("object_detection", "digits", Progress()).folder)
    return [against_command(data, OPTIONS)]


def against_command(data: DataSet, options: DetectionTrainOptions) -> Case:
    """Epochs over the training part of `data`."""
    base = catalog.find("yolo11n")
    count = len(parts(data.rows, options).train)

    def ours(folder: Path) -> float:
        ends: list[float] = []
        heard = ends_of(Epoch, ends)
        finetune.finetune(Run(folder, options, data, choose(None), base=base, listener=heard))
        return per_epoch(ends[1:]) / count  # the first is of the base, before any training

    def theirs(folder: Path) -> float:
        return _yolo_command(Run(folder, options, data, choose(None), base=base)) / count

    return Case("ultralytics' command", ours, theirs, warm_up=0)


def _yolo_command(run: Run[DetectionTrainOptions]) -> float:
    """Seconds of an epoch of `yolo detect train`, in a process of its own."""
    library()  # what it sets in the environment holds for the command too
    described = finetune.write_dataset(run, parts(run.dataset.rows, run.options))
    settings = finetune.settings_of(run, described, run.options.batch_size)
    given = [f"{name}={value}" for name, value in settings.items() if value is not None]
    code = "from ultralytics.cfg import entrypoint; entrypoint()"
    command = [sys.executable, "-c", code, "detect", "train", "model=yolo11n.yaml", *given]
    subprocess.run(command, check=True, capture_output=True)
    with (run.folder / "ultralytics" / "results.csv").open(encoding="utf-8") as table:
        return per_epoch([float(row["time"]) for row in csv.DictReader(table)])
