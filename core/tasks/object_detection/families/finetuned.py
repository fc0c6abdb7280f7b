"""YOLO networks that were fine-tuned here, and our starter: safetensors and the name of ultralytics' architecture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from core.device import Device
from core.errors import N_
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.tasks.object_detection.families.yolo import (
    Architecture,
    YOLOConfig,
    YOLODetector,
    library,
    warm_up,
)
from core.tasks.object_detection.predictor import Labels
from core.training.metrics import Metric
from core.training.run import Run

if TYPE_CHECKING:
    from ultralytics import YOLO
    from ultralytics.nn.tasks import DetectionModel

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


class FinetunedConfig(YOLOConfig):
    """A network of ultralytics with classes of its own, which looks at images of `size` pixels along the longer
    side. It is what `model.json` holds."""

    kind: Literal["tuned"] = "tuned"
    labels: Labels
    size: int = Field(ge=64, le=1280)


def network(architecture: str, classes: Sequence[str]) -> DetectionModel:
    """The untrained network that ultralytics' own description `architecture`.yaml gives."""
    library()
    from ultralytics.nn.tasks import DetectionModel

    built = DetectionModel(f"{architecture}.yaml", nc=len(classes), verbose=False)
    built.names = dict(enumerate(classes))
    return built


def wrapped(built: DetectionModel) -> YOLO:
    """A network behind ultralytics' prediction call."""
    library()
    from ultralytics import YOLO

    model = YOLO(f"{built.yaml['yaml_file']}", task="detect", verbose=False)
    model.model = built
    return model


def measure(
    built: DetectionModel, run: Run[DetectionTrainOptions], described: Path, part: str
) -> dict[str, float]:
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


def read(entry: ModelEntry, config: FinetunedConfig) -> DetectionModel:
    """The network of an entry, filled from its file.

    Raises:
        NotReadyError: the file is gone. IntegrityError: it does not fit.
    """
    from safetensors.torch import load_file

    folder = weights.require(entry)[-1]
    built = network(config.architecture, config.labels)
    state = {name: value.float() for name, value in load_file(folder / FILE).items()}
    state_dicts.fill(built, {**built.state_dict(), **state}, entry.id)
    return built


def load(entry: ModelEntry, config: FinetunedConfig, device: Device) -> YOLODetector:
    """A detector that looks at images in the size that its network was trained on.

    Raises:
        NotReadyError: the file is gone. IntegrityError: it does not fit.
    """
    detector = YOLODetector(entry, device, wrapped(read(entry, config).eval()), config.size)
    warm_up(detector)
    return detector


def starts_pretrained(run: Run[DetectionTrainOptions]) -> bool:
    """Whether the base's weights are wanted and on this computer."""
    assert run.base is not None  # checked before
    return run.options.pretrained and all(map(weights.is_ready, run.base.weights))


def architecture(run: Run[DetectionTrainOptions]) -> Architecture:
    """The network that a run trains: its base's."""
    assert run.base is not None
    assert isinstance(run.base.config, YOLOConfig)  # checked before the run was queued
    return run.base.config.architecture


def save(network: DetectionModel, run: Run[DetectionTrainOptions], folder: Path) -> None:
    """Write a network in half precision, and what `read` needs to build it again."""
    from safetensors.torch import save_file

    halves = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for name, value in network.state_dict().items()
    }
    save_file(halves, folder / FILE)
    config = FinetunedConfig(
        architecture=architecture(run),
        labels=tuple(run.dataset.classes),
        size=run.options.image_size,
    )
    about = {"family": "YOLO", "config": config.model_dump(mode="json")}
    (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")
