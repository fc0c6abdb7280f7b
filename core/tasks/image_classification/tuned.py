"""Loads what `finetune` saved: an architecture of torchvision or timm with a last layer of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.tasks.image_classification.predict import Classifier

if TYPE_CHECKING:
    import torch


def untrained(entry: ModelEntry) -> torch.nn.Module:
    """The network of an entry with random weights and its library's own last layer."""
    if "timm" in entry.config:
        import timm

        return timm.create_model(str(entry.config["timm"]), pretrained=False)
    from torchvision.models import get_model

    return get_model(str(entry.config["builder"]), weights=None)


def network(entry: ModelEntry) -> torch.nn.Module:
    """The network of a fine-tuned entry, filled from its file.

    Raises:
        NotReadyError: the file is gone. IntegrityError: it does not fit.
    """
    import torch
    from safetensors.torch import load_file

    (folder,) = weights.require(entry)
    with torch.device("meta"):
        empty = untrained(entry)
    head = str(entry.config["head"])
    features = empty.get_submodule(head).in_features
    empty.set_submodule(head, torch.nn.Linear(features, len(entry.config["labels"]), device="meta"))
    state_dicts.fill(empty, load_file(folder / "model.safetensors"), entry.id)
    return empty


def load(entry: ModelEntry, device: Device) -> Classifier:
    from torchvision.transforms import InterpolationMode, v2

    size = int(str(entry.config["size"]))
    transform = v2.Compose(
        [
            v2.Resize((size, size), interpolation=InterpolationMode.BICUBIC),
            v2.PILToTensor(),
            _scaled,
            v2.Normalize(entry.config["mean"], entry.config["std"]),
        ]
    )
    return Classifier(entry, device, network(entry), transform, entry.config["labels"])


def _scaled(pixels: torch.Tensor) -> torch.Tensor:
    return pixels.float() / 255
