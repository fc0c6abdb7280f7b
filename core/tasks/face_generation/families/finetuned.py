"""GANs that were fine-tuned here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.tasks.face_generation.families.gan import Gan, GanConfig, generator

Width = Annotated[int, Field(ge=1, le=2048)]
RGB = Annotated[int, Field(ge=3, le=3)]


class FinetunedConfig(GanConfig):
    """`channels` are those of `generator`: five layers, which make images of 64 × 64, the size of the samples that
    it is trained on."""

    channels: tuple[Width, Width, Width, Width, Width, RGB]


def load(entry: ModelEntry, config: FinetunedConfig, device: Device) -> Gan:
    """Build the network and fill it from its file.

    Raises:
        NotReadyError: the file is gone. IntegrityError: it does not fit the network.
    """
    import torch
    from safetensors.torch import load_file

    (folder,) = weights.require(entry)
    with torch.device("meta"):
        network = generator(config.channels)
    state_dicts.fill(network, load_file(folder / "model.safetensors"), entry.id)
    return Gan(entry, device, network)
