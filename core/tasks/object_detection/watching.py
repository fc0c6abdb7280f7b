"""What ultralytics' trainer does, told as the other tasks' trainings are; its files kept our way."""

from __future__ import annotations

import base64
import io
import json
import math
import shutil
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from core import files
from core.data.splits import Parts
from core.files import replacing
from core.tasks.object_detection import tuned
from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.draw import draw
from core.tasks.object_detection.yolo import YOLODetector
from core.training import checkpoints, failures
from core.training.events import BatchHalved, EarlyStop, Epoch, Resumed, Step
from core.training.failures import memory_mb
from core.training.position import Position
from core.training.run import Outcome, Run

if TYPE_CHECKING:
    from ultralytics import YOLO

    from core.tasks.object_detection.options import DetectionTrainOptions

SHOWN, LISTED = 6, 60
CONFIDENCE = 0.25
POINTS = 101
"""Recalls at which the precision is kept: enough for a curve on a screen."""


class Interrupted(Exception):  # noqa: N818 (no error: somebody wants the process back)
    """Thrown through ultralytics' loop, which only knows how to stop for good."""


class Watch:
    """Ears for ultralytics' callbacks. `position` is part of every checkpoint."""

    def __init__(self, run: Run[DetectionTrainOptions], division: Parts, described: Path) -> None:
        self.run, self.division, self.described = run, division, described
        self.position = Position(pieces=run.options.accumulation_steps)
        self.stopping = False

    @property
    def batch(self) -> int:
        """Pictures that are computed at once."""
        return math.ceil(self.run.options.batch_size / self.position.pieces)

    def restore(self, checkpoint: Path | None) -> None:
        """Go back to a checkpoint, or to the start; memory stays as short as it was."""
        was = self.position
        self.position = Position(pieces=was.pieces, base_metrics=was.base_metrics)
        if checkpoint:
            state = json.loads((checkpoint / "position.json").read_text("utf-8"))
            self.position.load_state_dict(state)
            self.position.pieces = max(was.pieces, self.position.pieces)
        if checkpoint or was.step:
            self.run.emit(Resumed(self.position.step, self.position.epoch))

    def halve(self) -> None:
        """Compute each batch in twice as many pieces."""
        p = self.position
        p.pieces = min(2 * p.pieces, self.run.options.batch_size)
        self.run.emit(BatchHalved(p.step, p.pieces))

    def outcome(self, state: Literal["done", "stopped", "interrupted"]) -> Outcome:
        p = self.position
        return Outcome(state, dict(p.metrics), dict(p.base_metrics), p.best_epoch)

    # --- what ultralytics calls ---

    def on_train_start(self, trainer: Any) -> None:
        """Metrics, samples and tracked examples before anything is learnt, to compare with."""
        p = self.position
        if self.run.trial or trainer.start_epoch or p.base_metrics:
            return
        p.base_metrics = tuned.measure(trainer.ema.ema, self.run, self.described, "val")
        detector = self._detector(trainer)
        self._tell(p.base_metrics, detector)
        self._write_items("base", detector)

    def on_train_epoch_start(self, trainer: Any) -> None:
        self.seen = 0
        trainer._oom_retries = 3  # or it would halve the batch in its first epoch and tell nobody

    def on_train_batch_start(self, _trainer: Any) -> None:
        self.started = time.monotonic()

    def on_train_batch_end(self, trainer: Any) -> None:
        p, batches = self.position, len(trainer.train_loader)
        figures = {name: float(value) for name, value in trainer.loss_items.items()}
        loss = sum(figures.values())
        if not math.isfinite(loss):
            raise failures.diverged(p.step + 1, self.run.options.learning_rate)
        p.step += 1
        self.seen += 1
        done = batches * trainer.epoch + self.seen  # not the steps taken, once batches were halved
        self.run.emit(
            Step(
                p.step,
                steps=p.step + batches * trainer.epochs - done,
                epoch=done / batches,
                learning_rate=trainer.optimizer.param_groups[0]["lr"],
                seconds=time.monotonic() - self.started,
                figures={"loss": loss, **figures},
            )
        )
        wish = self.run.control.wish()
        if wish == "interrupt":
            raise Interrupted
        if wish == "stop":
            trainer.stop = self.stopping = True

    def on_fit_epoch_end(self, trainer: Any) -> None:
        """Tell the epoch, keep the model if it is the best so far, copy the checkpoint."""
        if self.run.trial:
            return
        p = self.position
        p.epoch = trainer.epoch + 1
        metrics, detector = tuned.named(trainer.metrics), self._detector(trainer)
        self._tell(metrics, detector)
        value = metrics[next(iter(tuned.METRICS))]
        if not p.best or value > p.best:  # of epochs that find nothing, the last has learnt most
            p.best, p.best_epoch, p.metrics = value, p.epoch, metrics
            self._keep(trainer, detector)
        self.run.flush()
        checkpoints.write(
            self.run.files.checkpoints, p.epoch, lambda folder: self._save(folder, trainer.last)
        )
        if not trainer.stop and p.patience_is_over(self.run):
            trainer.stop = True
            self.run.emit(EarlyStop(p.epoch))

    # --- what is written and told ---

    def _save(self, folder: Path, last: Path) -> None:
        shutil.copyfile(last, folder / "last.pt")
        (folder / "position.json").write_text(json.dumps(asdict(self.position)), "utf-8")

    def _keep(self, trainer: Any, detector: YOLO) -> None:
        with replacing(self.run.files.best) as new:
            tuned.save(trainer.ema.ema, self.run, new)
        self._write_items("best", detector)
        curves = precision_over_recall(trainer.validator.metrics.box, detector.names)
        curves["epoch"] = self.position.epoch
        files.write(self.run.files.curves, json.dumps(curves, ensure_ascii=False))

    def _write_items(self, name: Literal["base", "best"], detector: YOLO) -> None:
        """What is found in the first validation pictures, beside what should be."""
        rows = [self.run.dataset.rows[i] for i in self.division.validation[:LISTED]]
        pictures = [self._picture(row) for row in rows]
        items = []
        for row, picture, found in zip(rows, pictures, self._find(detector, pictures), strict=True):
            wanted = [self._wanted(box, picture.size) for box in row["boxes"]]
            answer = {"file": row["file"], "found": _plain(found), "wanted": _plain(wanted)}
            items.append({**answer, "right": round(matched(found, wanted), 4)})
        text = json.dumps(items, ensure_ascii=False)
        files.write(self.run.files.items(name), text)

    def _tell(self, metrics: dict[str, float], detector: YOLO) -> None:
        p = self.position
        folder = self.run.files.samples(p.epoch)
        folder.mkdir(parents=True, exist_ok=True)
        rows = [self.run.dataset.rows[i] for i in self.division.validation[:SHOWN]]
        pictures = [self._picture(row) for row in rows]
        names = []
        for i, (picture, found) in enumerate(
            zip(pictures, self._find(detector, pictures), strict=True)
        ):
            names.append(f"{i}.jpg")
            draw(picture, found, side=480).save(folder / names[-1], quality=85)
        given = [Image.open(io.BytesIO(base64.b64decode(one))) for one in self.run.tracked]
        answers = self._find(detector, [picture.convert("RGB") for picture in given])
        probes = [{box.label: box.score for box in reversed(found)} for found in answers]
        memory = memory_mb(self.run.device.kind)
        self.run.emit(Epoch(p.epoch, p.step, metrics, tuple(names), tuple(probes), memory))

    def _picture(self, row: dict[str, Any]) -> Image.Image:
        with Image.open(self.run.dataset.file(row)) as picture:
            return picture.convert("RGB")

    def _wanted(self, box: Sequence[float], size: tuple[int, int]) -> Box:
        index, x, y, width, height = box
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        scaled = tuple(round(v * size[i % 2], 2) for i, v in enumerate(corners))
        return Box(self.run.dataset.facts["classes"][int(index)], 1.0, scaled)

    def _detector(self, trainer: Any) -> YOLO:
        """The network as it would be kept now, apart from the one that goes on learning."""
        network = deepcopy(trainer.ema.ema).float().eval()
        network.names = dict(enumerate(self.run.dataset.facts["classes"]))
        return tuned.wrapped(network)

    def _find(self, detector: YOLO, pictures: Sequence[Image.Image]) -> list[list[Box]]:
        size = YOLODetector.batch
        outputs = [
            output
            for start in range(0, len(pictures), size)
            for output in detector.predict(
                list(pictures[start : start + size]),
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


def precision_over_recall(box: Any, names: dict[int, str]) -> dict[str, Any]:
    """Ultralytics' curves at IoU 0.5 as plain data: the mean, and each class of the validation pictures."""
    import numpy as np

    at = np.linspace(0, 1, POINTS)
    rows = np.stack([np.interp(at, box.px, row) for row in box.prec_values]).round(4)
    each = [
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
    overlap = box_iou(*(torch.tensor([box.xyxy for box in boxes]) for boxes in (found, wanted)))
    hits, free = 0, set(range(len(wanted)))
    for i, box in enumerate(found):
        same = [j for j in free if wanted[j].label == box.label and overlap[i, j] >= 0.5]
        if same:
            free.remove(max(same, key=lambda j, i=i: overlap[i, j].item()))
            hits += 1
    return 2 * hits / (len(found) + len(wanted))


def _plain(boxes: Sequence[Box]) -> list[dict[str, Any]]:
    return [{"label": box.label, "score": box.score, "xyxy": box.xyxy} for box in boxes]
