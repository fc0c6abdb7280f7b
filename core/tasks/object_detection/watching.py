"""What ultralytics' trainer does, recorded as every other run is."""

from __future__ import annotations

import base64
import io
import json
import math
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from core import files
from core.data import drafts
from core.data.splits import Parts
from core.plain import Json, Row
from core.tasks.object_detection.boxes import Box, Fractions, corners, stored
from core.tasks.object_detection.draw import draw
from core.tasks.object_detection.families import finetuned as tuned
from core.tasks.object_detection.families.yolo import YOLODetector
from core.training import checkpoints, failures
from core.training.position import Position
from core.training.recorder import Recorder
from core.training.run import Run
from core.training.trainee import Evaluation, Part

if TYPE_CHECKING:
    from ultralytics import YOLO
    from ultralytics.utils.metrics import Metric

    from core.tasks.object_detection.options import DetectionTrainOptions
    from core.tasks.object_detection.trainer import Trainer

SHOWN, LISTED = 6, 60
CONFIDENCE = 0.25
POINTS = 101
"""Recalls at which the precision is kept: enough for a curve on a screen."""


class Interrupted(Exception):  # noqa: N818 (no error: somebody wants the process back)
    """Thrown through ultralytics' loop, which only knows how to stop for good."""


class Watch:
    """Ears for ultralytics' callbacks, and to the recorder that which learns."""

    metrics = tuned.REPORTED

    def __init__(self, run: Run[DetectionTrainOptions], division: Parts, described: Path) -> None:
        self.run, self.division, self.described = run, division, described
        self.pretrained = tuned.starts_pretrained(run)
        self.recorder = Recorder(run, self)
        self.position = self.recorder.position
        self.stopping = False

    @property
    def batch(self) -> int:
        """Images that are computed at once."""
        return math.ceil(self.run.options.batch_size / self.position.accumulation_steps)

    def restore(self) -> Path | None:
        """Go back to the newest good checkpoint, or to the start; which one. The batch stays as small
        as memory made it."""
        was = Position(**asdict(self.position))
        start = Position(accumulation_steps=was.accumulation_steps, base_metrics=was.base_metrics)
        self.position.load_state_dict(start.state_dict())
        checkpoint = checkpoints.newest(self.run.files.checkpoints, self.run.emit)
        if checkpoint:
            state = json.loads((checkpoint / "position.json").read_text("utf-8"))
            self.position.load_state_dict(state)
            smaller = max(was.accumulation_steps, self.position.accumulation_steps)
            self.position.accumulation_steps = smaller
        if checkpoint or was.step:
            self.recorder.resumed()
        return checkpoint

    # --- what ultralytics calls ---

    def on_train_start(self, trainer: Trainer) -> None:
        if self.run.trial or trainer.start_epoch or self.position.base_metrics:
            return
        self._look(trainer, tuned.measure(trainer.ema.ema, self.run, self.described, "val"))
        self.recorder.look_at_base()

    def on_train_epoch_start(self, trainer: Trainer) -> None:
        self.seen = 0
        trainer._oom_retries = 3  # or it would halve the batch in its first epoch and tell nobody

    def on_train_batch_start(self, _trainer: Trainer) -> None:
        self.started = time.monotonic()

    def on_train_batch_end(self, trainer: Trainer) -> None:
        p, batches = self.position, len(trainer.train_loader)
        figures = {name: float(value) for name, value in trainer.loss_items.items()}
        loss = sum(figures.values())
        if not math.isfinite(loss):
            raise failures.diverged(p.step + 1, self.run.options.learning_rate)
        self.seen += 1
        done = batches * trainer.epoch + self.seen  # not the steps taken, once batches were halved
        self.recorder.step(
            steps=p.step + 1 + batches * trainer.epochs - done,
            epoch=done / batches,
            learning_rate=trainer.optimizer.param_groups[0]["lr"],
            seconds=time.monotonic() - self.started,
            figures={"loss": loss, **figures},
        )
        wish = self.run.control.wish()
        if wish == "interrupt":
            raise Interrupted
        if wish == "stop":
            trainer.stop = self.stopping = True

    def on_fit_epoch_end(self, trainer: Trainer) -> None:
        """Record the epoch and copy ultralytics' checkpoint, before it strips that of the optimiser."""
        if self.run.trial:
            return
        self._look(trainer, tuned.named(trainer.metrics))
        self.recorder.end_epoch()
        self.recorder.checkpoint(
            self.position.epoch, lambda folder: self._copy(trainer.last, folder)
        )
        if not trainer.stop and self.recorder.is_over():
            trainer.stop = True

    def _copy(self, last: Path, folder: Path) -> None:
        shutil.copyfile(last, folder / "last.pt")
        (folder / "position.json").write_text(json.dumps(self.position.state_dict()), "utf-8")

    def _look(self, trainer: Trainer, found: Mapping[str, float]) -> None:
        """Take the network as it would be kept now, apart from the one that goes on learning."""
        self.trainer, self.found = trainer, dict(found)
        network = deepcopy(trainer.ema.ema).float().eval()
        network.names = dict(enumerate(self.run.dataset.classes))
        self.detector: YOLO = tuned.wrapped(network)

    # --- what the recorder asks ---

    def evaluate(self, part: Part) -> Evaluation:
        """What ultralytics measured, and what is found in the first validation images; the latter is
        computed only where somebody reads it."""
        return Evaluation(self.found, self._items())

    def save(self, folder: Path) -> None:
        tuned.save(self.trainer.ema.ema, self.run, folder)
        curves = precision_over_recall(self.trainer.validator.metrics.box, self.detector.names)
        curves["epoch"] = self.position.epoch
        files.write(self.run.files.curves, json.dumps(curves, ensure_ascii=False))

    def samples(self, folder: Path) -> list[str]:
        folder.mkdir(parents=True, exist_ok=True)
        images = [self._image(row) for row in self._validation(SHOWN)]
        names = [f"{i}.jpg" for i in range(len(images))]
        for name, image, found in zip(names, images, self._find(images), strict=True):
            draw(image, found, side=480).save(folder / name, quality=85)
        return names

    def track(self, inputs: Sequence[str]) -> list[Row]:
        given = [Image.open(io.BytesIO(base64.b64decode(one))) for one in inputs]
        answers = self._find([image.convert("RGB") for image in given])
        return [{box.label: box.score for box in reversed(found)} for found in answers]

    def _items(self) -> Iterator[Row]:
        """What is found in the first validation images, beside what should be."""
        rows = self._validation(LISTED)
        images = [self._image(row) for row in rows]
        for row, image, found in zip(rows, images, self._find(images), strict=True):
            wanted = [self._wanted(box, image.size) for box in stored(row)]
            yield {
                "file": str(row["file"]),
                "found": _plain(found),
                "wanted": _plain(wanted),
                "right": round(matched(found, wanted), 4),
            }

    def _validation(self, count: int) -> list[drafts.Row]:
        return [self.run.dataset.rows[i] for i in self.division.validation[:count]]

    def _image(self, row: drafts.Row) -> Image.Image:
        with Image.open(self.run.dataset.file(row)) as image:
            return image.convert("RGB")

    def _wanted(self, box: Fractions, size: tuple[int, int]) -> Box:
        index, x, y, width, height = box
        x1, y1, x2, y2 = (round(v, 2) for v in corners(x, y, width, height, size))
        return Box(self.run.dataset.classes[int(index)], 1.0, (x1, y1, x2, y2))

    def _find(self, images: Sequence[Image.Image]) -> list[list[Box]]:
        size = YOLODetector.batch
        outputs = [
            output
            for start in range(0, len(images), size)
            for output in self.detector.predict(
                list(images[start : start + size]),
                imgsz=self.run.options.image_size,
                conf=CONFIDENCE,
                device=self.run.device.name,
                verbose=False,
            )
        ]
        return [
            [
                Box(output.names[int(label)], round(score, 4), tuple(corners))
                for *corners, score, label in output.boxes.data.tolist()
            ]
            for output in outputs
        ]


def precision_over_recall(box: Metric, names: Mapping[int, str]) -> Row:
    """Ultralytics' curves at IoU 0.5 as plain data: the mean, and each class of the validation images."""
    import numpy as np

    at = np.linspace(0, 1, POINTS)
    rows = np.stack([np.interp(at, box.px, row) for row in box.prec_values]).round(4)
    each: list[Json] = [
        {"name": names[int(index)], "values": row.tolist()}
        for index, row in zip(box.ap_class_index, rows, strict=False)  # no class: one row of zeros
    ]
    mean = rows.mean(0).round(4).tolist()
    return {"x": "recall", "y": "precision", "at": at.round(4).tolist(), "mean": mean, "each": each}


def matched(found: Sequence[Box], wanted: Sequence[Box]) -> float:
    """F1 of the boxes found: one is right with the label and IoU >= 0.5 of a box wanted; each counts once."""
    import torch
    from torchvision.ops import box_iou

    if not found or not wanted:
        return float(len(found) == len(wanted))
    corners_found, corners_wanted = (
        torch.tensor([box.xyxy for box in boxes]) for boxes in (found, wanted)
    )
    hits, free = 0, set(range(len(wanted)))
    for box, overlaps in zip(found, box_iou(corners_found, corners_wanted).tolist(), strict=True):
        same = [j for j in free if wanted[j].label == box.label and overlaps[j] >= 0.5]
        if same:
            free.remove(max(same, key=overlaps.__getitem__))
            hits += 1
    return 2 * hits / (len(found) + len(wanted))


def _plain(boxes: Sequence[Box]) -> list[Json]:
    return [{"label": box.label, "score": box.score, "xyxy": [*box.xyxy]} for box in boxes]
