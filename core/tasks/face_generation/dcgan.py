"""The generator of a deep convolutional GAN (Radford, Metz and Chintala 2015, arXiv:1511.06434)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


CHANNELS = (100, 512, 256, 128, 64, 3)


def generator(channels: Sequence[int] = CHANNELS) -> nn.Module:
    """The network for pictures of 4 · 2^(layers − 1) pixels a side, untrained.

    `channels`: those of the latent vector, of every layer between, and of the picture. Input
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
