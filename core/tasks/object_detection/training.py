"""What is known of a fine-tuning before it runs: what it starts from, what cannot work; and what an export holds."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

from core import tasks
from core.data.datasets import DataSet
from core.data.splits import parts
from core.errors import N_, UsageError
from core.models import catalog
from core.models.catalog import ModelEntry
from core.tasks.object_detection.families.finetuned import FinetunedConfig
from core.tasks.object_detection.families.yolo import YOLOConfig, YOLODetector

if TYPE_CHECKING:
    import torch
    from ultralytics.nn.tasks import DetectionModel

    from core.tasks.object_detection.options import DetectionTrainOptions


def bases() -> list[ModelEntry]:
    """The YOLO models; those not on disk train from scratch."""
    return [e for e in catalog.entries("object_detection") if isinstance(e.config, YOLOConfig)]


def check(base: ModelEntry | None, data: DataSet | None, options: DetectionTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no YOLO to start from. DataSetError: too few images.
    """
    if base is None or not isinstance(base.config, YOLOConfig):
        raise UsageError(N_("Choose a YOLO model: it says which network is trained."))
    assert data is not None  # jobs ask for a data set where an application has any
    parts(data.rows, options)


def network(entry: ModelEntry) -> DetectionModel:
    """A copy, on the CPU, of the network of a YOLO model: what is borrowed from the pool is never changed itself.

    Raises:
        NotReadyError, MemoryBudgetError: it cannot be loaded.
    """
    with tasks.pool.borrow(entry.id, device_name="cpu") as detector:
        assert isinstance(detector, YOLODetector)
        return deepcopy(detector.network).float()


def example(entry: ModelEntry) -> tuple[DetectionModel, torch.Tensor]:
    """The network and noise for an export to ONNX: (2, 3, S, S) in [0, 1]; it answers (2, 4 + classes, N)."""
    import torch

    assert isinstance(entry.config, FinetunedConfig)  # only fine-tuned models are exported
    fused = network(entry).eval().fuse()
    head = fused.model[-1]
    head.export, head.format = True, "onnx"
    size = entry.config.size
    return fused, torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
