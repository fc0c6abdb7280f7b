"""What all image classifiers do: images -> logits -> probabilities of the most likely classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from core.device import Device
from core.errors import PortalError
from core.models import state_dicts
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from core.tasks.image_classification.options import ClassificationOptions

BATCH = 16
"""Images that go through a network at once."""


class ClassScore(BaseModel):
    """`index` is the class's place among the logits (ImageNet-1k's order unless the model was fine-tuned), `score` its
    softmax probability in [0, 1]."""

    index: int
    label: str
    score: float


class ClassificationResult(Result):
    """The `top_k` most likely classes, most likely first."""

    labels: list[ClassScore]


class Classifier(Predictor):
    """A network whose output is one logit per class.

    `transform` maps an RGB image to a (3, H, W) float tensor, the preprocessing that belongs to
    the weights; `classes` names the logits in order.
    """

    def __init__(
        self,
        entry: ModelEntry,
        device: Device,
        network: torch.nn.Module,
        transform: Callable[[Image.Image], torch.Tensor],
        classes: Sequence[str],
    ) -> None:
        super().__init__(entry, device)
        self.network = network.eval().to(device.name)
        self.transform = transform
        self.classes = classes

    @property
    def nbytes(self) -> int:
        state = self.network.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in state)

    def predict(
        self, inputs: Sequence[Image.Image], options: ClassificationOptions, progress: Progress
    ) -> list[Result | PortalError]:
        results: list[Result | PortalError] = []
        for start in range(0, len(inputs), BATCH):
            progress.step(start, len(inputs))
            results += self._batch(inputs[start : start + BATCH], options)
        progress.step(len(inputs), len(inputs))
        return results

    def _batch(
        self, images: Sequence[Image.Image], options: ClassificationOptions
    ) -> list[ClassificationResult]:
        import torch

        watch = Stopwatch()
        with watch.phase("preprocess"):
            batch = torch.stack([self.transform(image) for image in images])
        with watch.phase("forward"), torch.inference_mode():
            logits = self.network(batch.to(self.device.name)).float().cpu()
        with watch.phase("postprocess"):
            top = (
                (logits / options.temperature).softmax(1).topk(min(options.top_k, logits.shape[1]))
            )
            rows = zip(top.indices.tolist(), top.values.tolist(), strict=True)
            labels = [
                [
                    ClassScore(index=i, label=self.classes[i], score=s)
                    for i, s in zip(*row, strict=True)
                ]
                for row in rows
            ]
        timing = watch.timing(len(images))
        return [
            ClassificationResult(
                labels=row, model=self.entry.id, device=self.device.name, timing=timing
            )
            for row in labels
        ]


def checkpoint(folder: Path) -> dict[str, object]:
    """The state dict in a folder of fetched weights, which holds one file.

    Raises:
        IntegrityError: it is damaged, or holds more than tensors.
    """
    (path,) = folder.glob("*.pth")
    return state_dicts.read(path)
