"""YOLO networks kept as safetensors with the name of their packaged architecture: runs and our starter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.device import Device
from core.errors import N_
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.tasks.object_detection.yolo import YOLODetector, library
from core.training.metrics import Metric
from core.training.run import Run

if TYPE_CHECKING:
    from torch import nn
    from ultralytics import YOLO

    from core.tasks.object_detection.options import DetectionTrainOptions

FILE = "model.safetensors"
METRICS = {
    "mAP50-95": "metrics/mAP50-95(B)",
    "mAP50": "metrics/mAP50(B)",
    "precision": "metrics/precision(B)",
    "recall": "metrics/recall(B)",
}
"""Ours and theirs; the first chooses the best epoch."""
REPORTED = (
    Metric("mAP50-95", "mAP50-95", unit="fraction"),
    Metric("mAP50", "mAP50", unit="fraction"),
    Metric("precision", N_("precision"), unit="fraction"),
    Metric("recall", N_("recall"), unit="fraction"),
)


def network(architecture: str, classes: list[str]) -> nn.Module:
    """The untrained network that ultralytics' own description `architecture`.yaml gives."""
    library()
    from ultralytics.nn.tasks import DetectionModel

    built = DetectionModel(f"{architecture}.yaml", nc=len(classes), verbose=False)
    built.names = dict(enumerate(classes))
    return built


def wrapped(built: nn.Module) -> YOLO:
    """A network behind ultralytics' prediction call."""
    library()
    from ultralytics import YOLO

    model = YOLO(f"{built.yaml['yaml_file']}", task="detect", verbose=False)
    model.model = built
    return model


def measure(built: nn.Module, run: Run, described: Path, part: str) -> dict[str, float]:
    """Ultralytics' own metrics of a network on a part (`val` or `test`) of the described data."""
    found = wrapped(deepcopy(built)).val(
        data=str(described),
        split=part,
        imgsz=run.options.image_size,
        device=run.device.name,
        plots=False,
        project=str(run.folder / "ultralytics"),
        name=part,
        exist_ok=True,
        verbose=False,
    )
    return named(found.results_dict)


def named(theirs: Mapping[str, float]) -> dict[str, float]:
    """Ultralytics' metrics under our names."""
    return {ours: float(theirs.get(name, 0.0)) for ours, name in METRICS.items()}


def read(entry: ModelEntry) -> nn.Module:
    """The network of an entry, filled from its file.

    Raises:
        NotReadyError: the file is gone. IntegrityError: it does not fit.
    """
    from safetensors.torch import load_file

    folder = weights.require(entry)[-1]
    built = network(str(entry.config["architecture"]), list(entry.config["labels"]))
    state = {name: value.float() for name, value in load_file(folder / FILE).items()}
    state_dicts.fill(built, {**built.state_dict(), **state}, entry.id)
    return built


def load(entry: ModelEntry, device: Device) -> YOLODetector:
    import torch

    threads = torch.get_num_threads()
    try:
        detector = Sized(entry, device, wrapped(read(entry).eval()))
        detector.run([Image.new("RGB", (64, 64))])
    finally:
        torch.set_num_threads(threads)  # the first call changed it for the whole process
    return detector


class Sized(YOLODetector):
    """Looks at pictures in the size that the network was trained on."""

    def options(self) -> dict[str, Any]:
        return {"imgsz": self.entry.config["size"]}


def architecture(run: Run) -> str:
    """The packaged description of the network that a run trains."""
    assert run.base is not None  # checked before
    return str(run.base.config.get("architecture", run.base.id))


def save(network: nn.Module, run: Run[DetectionTrainOptions], folder: Path) -> None:
    """Write a network in half precision, and what `read` needs to build it again."""
    from safetensors.torch import save_file

    halves = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    save_file(halves, folder / FILE)
    config = {
        "kind": "tuned",
        "architecture": architecture(run),
        "labels": list(run.dataset.facts["classes"]),
        "size": run.options.image_size,
    }
    about = {"family": "YOLO", "config": config}
    (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
