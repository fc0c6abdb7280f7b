"""What ultralytics' trainer does, told as the other tasks' trainings are; its files kept our way."""

from __future__ import annotations

import base64
import io
import json
import shutil
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PIL import Image

from core.files import replacing
from core.tasks.object_detection import tuned
from core.tasks.object_detection.boxes import Box
from core.tasks.object_detection.draw import draw
from core.training import states
from core.training.loop import Position, memory_mb
from core.training.run import Outcome, Run
from core.training.split import Parts

if TYPE_CHECKING:
    from core.tasks.object_detection import DetectionTrainOptions

METRICS = {
    "mAP50-95": "metrics/mAP50-95(B)",
    "mAP50": "metrics/mAP50(B)",
    "precision": "metrics/precision(B)",
    "recall": "metrics/recall(B)",
}
"""Ours and theirs; the first chooses the best epoch."""
SHOWN, LISTED = 6, 60
CONFIDENCE = 0.25


class Interrupted(Exception):  # noqa: N818 (no error: somebody wants the process back)
    """Thrown through ultralytics' loop, which only knows how to stop for good."""


class Watch:
    """Ears for ultralytics' callbacks. `position` is part of every checkpoint."""

    def __init__(self, run: Run[DetectionTrainOptions], division: Parts) -> None:
        self.run, self.division = run, division
        self.position = Position()
        self.stopping = False

    def restore(self, checkpoint: Path) -> None:
        self.position.load_state_dict(json.loads((checkpoint / "position.json").read_text("utf-8")))
        told = {"step": self.position.step, "epoch": self.position.epoch}
        self.run.listen("resumed", told)

    def outcome(self, state: Literal["done", "stopped", "interrupted"]) -> Outcome:
        p = self.position
        return Outcome(state, dict(p.metrics), dict(p.base_metrics), p.best_epoch)

    def on_train_batch_start(self, _trainer: Any) -> None:
        self.started = time.monotonic()

    def on_train_batch_end(self, trainer: Any) -> None:
        p, batches = self.position, len(trainer.train_loader)
        p.step += 1
        figures = {name: float(value) for name, value in trainer.loss_items.items()}
        self.run.listen(
            "step",
            {
                "step": p.step,
                "steps": batches * trainer.epochs,
                "epoch": p.step / batches,
                "learning_rate": trainer.optimizer.param_groups[0]["lr"],
                "seconds": time.monotonic() - self.started,
                "loss": sum(figures.values()),
                **figures,
            },
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
        metrics = {ours: float(trainer.metrics.get(theirs, 0)) for ours, theirs in METRICS.items()}
        network = deepcopy(trainer.ema.ema).float().eval()
        network.names = dict(enumerate(self.run.data.facts["classes"]))
        self._tell(metrics, network)
        value = metrics[next(iter(METRICS))]
        if p.best is None or value > p.best:
            p.best, p.best_epoch, p.metrics = value, p.epoch, metrics
            self._keep(trainer, network)
        self.run.listen("flush", {})
        states.write(self.run.checkpoints, p.epoch, lambda folder: self._save(folder, trainer.last))

    def _save(self, folder: Path, last: Path) -> None:
        shutil.copyfile(last, folder / "last.pt")
        (folder / "position.json").write_text(json.dumps(asdict(self.position)), "utf-8")

    def _keep(self, trainer: Any, network: Any) -> None:
        with replacing(self.run.best) as new:
            tuned.save(trainer.ema.ema, self.run, new)
        rows = [self.run.data.rows[i] for i in self.division.validation[:LISTED]]
        pictures = [self._picture(row) for row in rows]
        items = []
        for row, picture, found in zip(rows, pictures, self._find(network, pictures), strict=True):
            wanted = [self._wanted(box, picture.size) for box in row["boxes"]]
            answer = {"file": row["file"], "found": _plain(found), "wanted": _plain(wanted)}
            items.append({**answer, "right": round(matched(found, wanted), 4)})
        path = self.run.folder / "items-best.json"
        path.write_text(json.dumps(items, ensure_ascii=False), "utf-8")

    def _tell(self, metrics: dict[str, float], network: Any) -> None:
        p = self.position
        folder = self.run.folder / "samples" / f"epoch-{p.epoch:04}"
        folder.mkdir(parents=True, exist_ok=True)
        rows = [self.run.data.rows[i] for i in self.division.validation[:SHOWN]]
        pictures = [self._picture(row) for row in rows]
        names = []
        for i, (picture, found) in enumerate(
            zip(pictures, self._find(network, pictures), strict=True)
        ):
            names.append(f"{i}.jpg")
            draw(picture, found, side=480).save(folder / names[-1], quality=85)
        probes = []
        if self.run.probes:
            given = [Image.open(io.BytesIO(base64.b64decode(one))) for one in self.run.probes]
            answers = self._find(network, [picture.convert("RGB") for picture in given])
            probes = [{box.label: box.score for box in reversed(found)} for found in answers]
        told = {"epoch": p.epoch, "step": p.step, "metrics": metrics, "samples": names}
        told |= {"probes": probes, "memory_mb": memory_mb(self.run.device.kind)}
        self.run.listen("epoch", told)

    def _picture(self, row: dict[str, Any]) -> Image.Image:
        with Image.open(self.run.data.file(row)) as picture:
            return picture.convert("RGB")

    def _wanted(self, box: Sequence[float], size: tuple[int, int]) -> Box:
        index, x, y, width, height = box
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        scaled = tuple(round(v * size[i % 2], 2) for i, v in enumerate(corners))
        return Box(self.run.data.facts["classes"][int(index)], 1.0, scaled)

    def _find(self, network: Any, pictures: Sequence[Image.Image]) -> list[list[Box]]:
        model = tuned.wrapped(deepcopy(network))
        outputs = model.predict(
            list(pictures),
            imgsz=self.run.options.image_size,
            conf=CONFIDENCE,
            device=self.run.device.name,
            verbose=False,
        )
        return [
            [
                Box(output.names[int(label)], round(score, 4), tuple(corners))
                for *corners, score, label in output.boxes.data.tolist()
            ]
            for output in outputs
        ]


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
