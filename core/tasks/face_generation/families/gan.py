"""A deep convolutional GAN (Radford, Metz and Chintala 2015, arXiv:1511.06434)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import FamilyConfig, ModelEntry
from core.progress import Progress
from core.tasks.face_generation.latent import LatentPoint
from core.tasks.face_generation.predictor import FaceGenerator

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from torch import nn

    from core.tasks.face_generation.options import FaceOptions

CHANNELS = (100, 512, 256, 128, 64, 3)


class GanConfig(FamilyConfig):
    """The packaged generator, whose tensors say how wide its layers are."""


class Gan(FaceGenerator):
    """One pass through the generator gives the face."""

    batch = 16

    @property
    def shape(self) -> tuple[int, ...]:
        from torch import nn

        first = self.network.get_submodule("0")
        assert isinstance(first, nn.ConvTranspose2d)  # see `generator`
        return (first.in_channels, 1, 1)

    def generate(
        self,
        points: Sequence[LatentPoint],
        z: torch.Tensor,
        options: FaceOptions,
        progress: Progress,
    ) -> tuple[torch.Tensor, list[list[Image.Image]]]:
        faces = self.network((options.truncation * z).to(self.device.name))
        return faces.float().cpu(), []


def load(entry: ModelEntry, device: Device) -> Gan:
    """The packaged checkpoint is torch's own format in spite of its name. Its tensors are called as
    in the PyTorch DCGAN tutorial and tell the channels of every layer.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    import torch

    (folder,) = weights.require(entry)
    checkpoint = state_dicts.read(folder / "weights.tar")
    named = checkpoint.get("netG_state_dict", {})
    if not isinstance(named, dict):
        raise state_dicts.misfit(entry.id, "netG_state_dict is no state dict")
    state = {name.removeprefix("main."): tensor for name, tensor in named.items()}
    kernels = [
        t.shape  # (in, out, height, width)
        for t in state.values()
        if isinstance(t, torch.Tensor) and t.dim() == 4
    ]
    channels = [shape[0] for shape in kernels] + [shape[1] for shape in kernels[-1:]]
    with torch.device("meta"):
        network = generator(channels or CHANNELS)
    state_dicts.fill(network, state, entry.id)
    return Gan(entry, device, network)


def generator(channels: Sequence[int] = CHANNELS) -> nn.Module:
    """The network for images of 4 · 2^(layers − 1) pixels a side, untrained.

    `channels`: those of the latent vector, of every layer between, and of the image. Input
    (N, channels[0], 1, 1), standard normal; output (N, channels[-1], side, side) in [-1, 1]. The
    first layer unfolds the vector to 4 × 4, each further one doubles the side.
    """
    from torch import nn

    layers: list[nn.Module] = []
    for i, (wide, narrow) in enumerate(pairwise(channels)):
        stride, padding = (2, 1) if i else (1, 0)
        layers.append(nn.ConvTranspose2d(wide, narrow, 4, stride, padding, bias=False))
        last = i == len(channels) - 2
        layers += [nn.Tanh()] if last else [nn.BatchNorm2d(narrow), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)
