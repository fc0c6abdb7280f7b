"""Loads an image classifier and runs it: picture -> logits over 1,000 classes -> probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from pydantic import BaseModel

from core.device import Device
from core.errors import N_, IntegrityError
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.predictor import Predictor, Result, Stopwatch

if TYPE_CHECKING:
    import torch

    from core.tasks.image_classification.options import ClassificationOptions

BATCH = 16


class ClassScore(BaseModel):
    """`index` is the class in ImageNet-1k order, `score` its softmax probability."""

    index: int
    label: str
    score: float


class ClassificationResult(Result):
    labels: list[ClassScore]


class Classifier(Predictor):
    """A network whose output is one logit per class.

    `transform` maps an RGB picture to a (3, H, W) float tensor, the preprocessing that belongs to
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
    ) -> list[ClassificationResult]:
        results: list[ClassificationResult] = []
        for start in range(0, len(inputs), BATCH):
            progress.step(start, len(inputs))
            results += self._batch(inputs[start : start + BATCH], options)
        progress.step(len(inputs), len(inputs))
        return results

    def _batch(
        self, pictures: Sequence[Image.Image], options: ClassificationOptions
    ) -> list[ClassificationResult]:
        import torch

        watch = Stopwatch()
        with watch.phase("preprocess"):
            batch = torch.stack([self.transform(picture) for picture in pictures])
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
        timing = watch.timing(len(pictures))
        return [
            ClassificationResult(
                labels=row, model=self.entry.id, device=self.device.name, timing=timing
            )
            for row in labels
        ]


def load(entry: ModelEntry, device: Device) -> Classifier:
    """Build the network of `entry` and fill it with the weights on disk.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    (folder,) = weights.require(entry)
    if entry.finetuned:
        from core.tasks.image_classification import tuned

        return tuned.load(entry, device)
    if "timm" in entry.config:
        return _load_timm(entry, device, folder)
    return _load_torchvision(entry, device, folder)


def _load_torchvision(entry: ModelEntry, device: Device, folder: Path) -> Classifier:
    import torch
    from torchvision.models import get_model, get_weight

    meta = get_weight(str(entry.config["weights"]))
    with torch.device("meta"):  # no time goes into random weights that are replaced at once
        network = get_model(str(entry.config["builder"]), weights=None)
    state_dicts.fill(network, _read(folder), entry.id)
    return Classifier(entry, device, network, meta.transforms(), meta.meta["categories"])


def _load_timm(entry: ModelEntry, device: Device, folder: Path) -> Classifier:
    """The packaged checkpoint holds timm's tensors in timm's order under other names.

    Its preprocessing is mean = std = 0.5: with ImageNet's usual figures top-1 falls from 88 to 78 %.
    """
    import timm
    from timm.data import create_transform, resolve_data_config
    from torchvision.models import ResNet18_Weights

    network = timm.create_model(str(entry.config["timm"]), pretrained=False)
    names, values = list(network.state_dict()), list(_read(folder).values())
    if len(names) != len(values):
        raise IntegrityError(
            N_("The weights of {id} hold {there} tensors instead of {wanted}. Fetch them again."),
            id=entry.id,
            there=len(values),
            wanted=len(names),
        )
    state_dicts.fill(network, dict(zip(names, values, strict=True)), entry.id)
    config = resolve_data_config({}, model=network)
    config |= {"mean": (0.5,) * 3, "std": (0.5,) * 3, "crop_pct": 0.875, "interpolation": "bicubic"}
    classes = ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    return Classifier(entry, device, network, create_transform(**config), classes)


def _read(folder: Path) -> dict[str, Any]:
    """The state dictionary in the folder's one checkpoint."""
    (path,) = folder.glob("*.pth")
    return state_dicts.read(path)
