"""Fine-tuning of image classifiers: a new last layer alone, with the last blocks, or all layers."""

from __future__ import annotations

import base64
import copy
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from torch.utils.data import Dataset, TensorDataset

from core import plain, tasks
from core.data.datasets import DataSet
from core.data.drafts import Row
from core.data.splits import PartName, Parts, parts
from core.errors import N_, ArchiveError, UsageError
from core.models import catalog
from core.models.catalog import ModelEntry
from core.tasks.image_classification import augment
from core.tasks.image_classification.augment import as_tensor
from core.tasks.image_classification.families.architecture import Architecture
from core.tasks.image_classification.families.finetuned import FinetunedConfig
from core.tasks.image_classification.predictor import Classifier
from core.training.components import classes, features
from core.training.components.features import BATCH
from core.training.events import Features
from core.training.metrics import CLASSIFICATION
from core.training.options import GENTLE
from core.training.run import Run
from core.training.trainee import Batch, Evaluation, Trainee

if TYPE_CHECKING:
    from core.tasks.image_classification.options import ClassificationTrainOptions

CACHE_BYTES = 1_500_000_000
"""Decoded images are kept in memory up to this size."""


def bases() -> list[ModelEntry]:
    """The models that a run can start from; those not on disk train from scratch."""
    return catalog.entries("image_classification")


def check(
    base: ModelEntry | None, data: DataSet | None, options: ClassificationTrainOptions
) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no base (it names the architecture), or a single class.
    """
    if base is None:
        raise UsageError(N_("Choose a model: it says which network is trained, also from scratch."))
    assert data is not None  # jobs ask for a data set where an application has any
    if len(data.classes) < 2:
        raise UsageError(N_("There is only one class; at least two are needed."))
    parts(data.rows, options)


def starts_pretrained(base: ModelEntry, options: ClassificationTrainOptions) -> bool:
    """Whether the run goes on from the base's weights; without them on disk it starts from scratch."""
    return options.pretrained and tasks.is_ready(base)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that names another network than the catalogue's.

    Raises:
        ArchiveError: it does.
    """
    known = {_library(one) for one in bases() if not one.finetuned}
    if _library(entry) not in known:
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


def _library(entry: ModelEntry) -> tuple[str | None, str | None]:
    config = _architecture(entry)
    return config.timm, config.builder


def example(entry: ModelEntry) -> tuple[nn.Module, torch.Tensor]:
    """The network and two images' worth of noise, for an export to ONNX: (2, 3, S, S) normalised."""
    config = _architecture(entry)
    assert isinstance(config, FinetunedConfig)
    noise = torch.randn(2, 3, config.size, config.size, generator=torch.Generator().manual_seed(0))
    return _copied(entry), noise


def described(entry: ModelEntry) -> dict[str, object]:
    """The classes in the order of the logits, and how images are prepared (see `core.inputs.pixels`)."""
    config = _architecture(entry)
    assert isinstance(config, FinetunedConfig)
    preprocessing = {
        "colours": "RGB, turned as EXIF says, transparency on white, in [0, 1]",
        "resize": "squeezed into a square, bicubic",
        "size": config.size,
        "mean": config.mean,
        "std": config.std,
    }
    return {"labels": config.labels, "preprocessing": preprocessing}


class Images(Dataset[tuple[torch.Tensor, int]]):
    """(image (3, S, S) as uint8, class index) by position; decoded once where memory allows."""

    def __init__(self, data: DataSet, indices: Sequence[int], size: int) -> None:
        self.data, self.indices, self.size = data, indices, size
        self.classes = {label: i for i, label in enumerate(data.classes)}
        self._kept: dict[int, torch.Tensor] | None = (
            {} if len(indices) * 3 * size * size < CACHE_BYTES else None
        )

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        row = self.data.rows[self.indices[i]]
        return self._image(i, row), self.classes[str(row["label"])]

    def _image(self, i: int, row: Row) -> torch.Tensor:
        if self._kept is not None and i in self._kept:
            return self._kept[i]
        with Image.open(self.data.file(row)) as image:
            pixels = as_tensor(image.convert("RGB"), self.size)
        if self._kept is not None:
            self._kept[i] = pixels
        return pixels


class ClassifierTrainee(Trainee):
    """A backbone and a new head. With `trainable = head` the backbone's features are computed once, and
    the head alone goes through the loop."""

    metrics = CLASSIFICATION

    def __init__(self, run: Run[ClassificationTrainOptions]) -> None:
        assert run.base is not None  # see `check`
        self.given, self.options, self.data = run, run.options, run.dataset
        self.classes = self.data.classes
        pretrained = starts_pretrained(run.base, run.options)
        self.pretrained = pretrained
        torch.manual_seed(run.options.seed)
        self.network_, self.config = architecture(
            run.base, pretrained, self.classes, run.options.image_size
        )
        self.head_name = self.config.head
        old = self.network_.get_submodule(self.head_name)
        assert isinstance(old, nn.Linear)  # see `architecture`
        self.head = nn.Sequential(
            nn.Dropout(run.options.dropout), nn.Linear(old.in_features, len(self.classes))
        )
        if pretrained and _knows(run.base, self.classes):
            self.head[1].load_state_dict(old.state_dict())  # goes on from what it knows
        self.change = augment.build(run.options)
        self.parts: Parts = parts(self.data.rows, run.options)
        self.shown: dict[str, Images] = {}
        self.cached = run.options.trainable == "head"
        if self.cached:
            self.network_.set_submodule(self.head_name, nn.Identity())
            self.network_.requires_grad_(False).eval().to(run.device.name)
            self.networks = {"model": self.head}
            self.train = self._features(self.parts.train, "train")
        else:
            self.network_.set_submodule(self.head_name, self.head)
            if run.options.trainable == "last":
                _freeze_all_but_last(self.network_)
            if pretrained:
                self.tune = {"model": GENTLE}
            self.networks = {"model": _FrozenStays(self.network_)}
            self.train = Images(self.data, self.parts.train, run.options.image_size)

    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        assert not isinstance(batch, dict)  # pairs of `Images` or `_features`
        inputs, labels = batch
        if not self.cached:
            inputs = self._normal(self._augment(inputs))
        logits = self.networks[phase](inputs)
        value = functional.cross_entropy(
            logits, labels, label_smoothing=self.options.label_smoothing
        )
        return value, {}

    def evaluate(self, part: PartName) -> Evaluation:
        indices = self.parts[part]
        scores = torch.cat(list(self._answers(indices, part)))
        wanted = [self.classes.index(str(self.data.rows[i]["label"])) for i in indices]
        shown: list[plain.Row] = [{"file": str(self.data.rows[i]["file"])} for i in indices]
        return classes.evaluation(scores, wanted, self.classes, shown)

    def save(self, folder: Path) -> None:
        """The whole network under its library's own names, so that others can load it too."""
        state = {
            name: value
            for name, value in self.network_.state_dict().items()
            if not name.startswith(f"{self.head_name}.")
        }
        for name, value in self.head[1].state_dict().items():
            state[f"{self.head_name}.{name}"] = value
        save_file({k: v.cpu().contiguous() for k, v in state.items()}, folder / "model.safetensors")
        assert self.given.base is not None
        config = self.config.model_dump(mode="json", exclude_none=True)
        about = {"family": self.given.base.family, "config": config}
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def track(self, inputs: Sequence[str]) -> list[plain.Row]:
        images = [Image.open(io.BytesIO(base64.b64decode(one))) for one in inputs]
        batch = torch.stack(
            [as_tensor(image.convert("RGB"), self.options.image_size) for image in images]
        )
        rows = self._logits(batch).softmax(1).cpu().tolist()
        return [dict(zip(self.classes, row, strict=True)) for row in rows]

    def _answers(self, indices: Sequence[int], part: PartName) -> Iterator[torch.Tensor]:
        """Probabilities (B, classes) of the samples, batch by batch."""
        source = self._features(indices, part) if self.cached else self._images(part)
        for start in range(0, len(indices), BATCH):
            inputs = torch.stack(
                [source[i][0] for i in range(start, min(start + BATCH, len(indices)))]
            )
            logits = self._head(inputs) if self.cached else self._logits(inputs)
            yield logits.float().softmax(1).cpu()

    def _images(self, part: PartName) -> Images:
        """The images of a part, decoded once and not anew at every evaluation."""
        if part not in self.shown:
            indices = self.parts[part]
            self.shown[part] = Images(self.data, indices, self.options.image_size)
        return self.shown[part]

    def _head(self, features: torch.Tensor) -> torch.Tensor:
        head = self.networks["model"]
        logits: torch.Tensor = head(features.to(next(head.parameters()).device))
        return logits

    def _logits(self, images: torch.Tensor) -> torch.Tensor:
        if self.cached:
            with torch.no_grad():
                return self._head(self.network_(self._normal(images.to(self.given.device.name))))
        network = self.networks["model"]
        logits: torch.Tensor = network(self._normal(images.to(next(network.parameters()).device)))
        return logits

    def _features(self, indices: Sequence[int], part: PartName) -> TensorDataset:
        """(features, class) of the samples; computed once and kept in the run's folder."""
        shown = Images(self.data, indices, self.options.image_size)

        def encode(start: int, end: int) -> torch.Tensor:
            batch = torch.stack([shown[i][0] for i in range(start, end)])
            found: torch.Tensor = self.network_(self._normal(batch.to(self.given.device.name)))
            return found

        return features.computed_once(
            self.given.files.features(part),
            [shown.classes[str(self.data.rows[i]["label"])] for i in indices],
            encode,
            lambda done: self.given.emit(Features(part, done, len(shown))),
        )

    def _normal(self, pixels: torch.Tensor) -> torch.Tensor:
        mean, std = (
            torch.tensor(levels, device=pixels.device).view(3, 1, 1)
            for levels in (self.config.mean, self.config.std)
        )
        return (pixels.float() / 255 - mean) / std

    def _augment(self, pixels: torch.Tensor) -> torch.Tensor:
        """Each image changed in its own way; numbers are drawn here, in the loop's own order."""
        if not self.change:
            return pixels
        return torch.stack([self.change(image) for image in pixels])


class _FrozenStays(nn.Module):
    """A network whose frozen layers stay in evaluation mode: their batch statistics must not move."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.network(images)
        return logits

    def train(self, mode: bool = True) -> _FrozenStays:
        super().train(mode)
        for module in self.network.modules():
            own = list(module.parameters(recurse=False))
            if own and not any(p.requires_grad for p in own):
                module.eval()
        return self


def _freeze_all_but_last(network: nn.Module) -> None:
    """Leave the last quarter of the layers that have weights (and so the head) to be trained."""
    layers = [m for m in network.modules() if list(m.parameters(recurse=False))]
    for layer in layers[: -max(2, len(layers) // 4)]:
        for parameter in layer.parameters(recurse=False):
            parameter.requires_grad_(False)


def architecture(
    base: ModelEntry, pretrained: bool, labels: Sequence[str], size: int
) -> tuple[nn.Module, FinetunedConfig]:
    """The network of an entry with its own last layer, and the description of what is made of it: the same network
    for images of `size` × `size` pixels with a last layer for `labels`."""
    config = _architecture(base)
    if pretrained and isinstance(config, FinetunedConfig):
        return _copied(base), config.model_copy(update={"labels": tuple(labels), "size": size})
    network = _copied(base) if pretrained else config.untrained()
    head = [name for name, m in network.named_modules() if isinstance(m, nn.Linear)][-1]
    mean, std = config.pixels
    described = FinetunedConfig(
        timm=config.timm,
        builder=config.builder,
        head=head,
        mean=mean,
        std=std,
        labels=tuple(labels),
        size=size,
    )
    return network, described


def _copied(entry: ModelEntry) -> nn.Module:
    """The network of an entry, in evaluation mode on the CPU: a copy, for what the pool holds is never trained."""
    with tasks.pool.borrow(entry.id, device_name="cpu") as predictor:
        assert isinstance(predictor, Classifier)
        return copy.deepcopy(predictor.network)


def _architecture(entry: ModelEntry) -> Architecture:
    assert isinstance(entry.config, Architecture)  # see `Classification`
    return entry.config


def _knows(base: ModelEntry, labels: Sequence[str]) -> bool:
    """Whether the base's last layer is for these very classes."""
    return isinstance(base.config, FinetunedConfig) and base.config.labels == tuple(labels)
