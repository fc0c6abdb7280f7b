"""Models that were fine-tuned here: a network of torchvision or timm with a last layer of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints

from core.device import Device
from core.inputs import pixels
from core.models import state_dicts, weights
from core.models.catalog import MOST_LABELS, Label, ModelEntry
from core.tasks.image_classification.families.architecture import Architecture
from core.tasks.image_classification.predictor import Classifier

if TYPE_CHECKING:
    import torch
    from PIL import Image

Level = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Spread = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class FinetunedConfig(Architecture):
    """`head` is the module name of the last layer, `mean` and `std` belong to channels in [0, 1], `labels` name
    the logits in order, and images are resized to `size` × `size` pixels."""

    head: Annotated[str, StringConstraints(pattern=r"^\w+(\.\w+)*$", max_length=200)]
    mean: tuple[Level, Level, Level]
    std: tuple[Spread, Spread, Spread]
    labels: Annotated[tuple[Label, ...], Field(min_length=1, max_length=MOST_LABELS)]
    size: int = Field(ge=16, le=1024)


def load(entry: ModelEntry, config: FinetunedConfig, device: Device) -> Classifier:
    """Build the network and fill it from its file.

    Raises:
        NotReadyError: the file is gone. IntegrityError: it does not fit the network.
    """
    return Classifier(entry, device, _network(entry, config), _transform(config), config.labels)


def _network(entry: ModelEntry, config: FinetunedConfig) -> torch.nn.Module:
    import torch
    from safetensors.torch import load_file

    (folder,) = weights.require(entry)
    with torch.device("meta"):
        empty = config.untrained()
        last = dict(empty.named_modules()).get(config.head)
        if not isinstance(last, torch.nn.Linear):
            raise state_dicts.misfit(entry.id, f"{config.head} is no linear layer")
        own = torch.nn.Linear(last.in_features, len(config.labels))
        empty.set_submodule(config.head, own)
    state_dicts.fill(empty, load_file(folder / "model.safetensors"), entry.id)
    return empty


def _transform(config: FinetunedConfig) -> Callable[[Image.Image], torch.Tensor]:
    """What the scripts of exported models do too."""
    import torch

    return lambda image: torch.from_numpy(
        pixels.prepared(image, config.size, config.mean, config.std)
    )
