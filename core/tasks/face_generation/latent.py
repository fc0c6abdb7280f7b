"""Points in a generator's latent space: a seed, a mixture of two seeds, a walk along a direction.

A point is plain data; `vector` turns it into Gaussian numbers. The numbers are sampled on the CPU, each
seed with a random generator of its own: a face depends neither on the others in its batch nor on the
device it is computed on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import N_, UsageError

if TYPE_CHECKING:
    import torch

SEEDS = 2**30
"""Faces have seeds below this; directions and step noise take the next two ranges of generator
seeds. torch's generator on the CPU looks only at the lowest 32 bits."""


@dataclass(frozen=True)
class LatentPoint:
    """The face of `seed`, moved by `mix` (0 to 1) towards the face of `other`, then turned by
    `degrees` into the latent direction number `direction`.

    Raises:
        UsageError: a number is out of range.
    """

    seed: int
    other: int | None = None
    mix: float = 0.0
    direction: int | None = None
    degrees: float = 0.0

    def __post_init__(self) -> None:
        for seed in (self.seed, self.other, self.direction):
            if seed is not None and not 0 <= seed < SEEDS:
                raise UsageError(
                    N_("The seed {seed} is not a whole number from 0 to {last}."),
                    seed=seed,
                    last=SEEDS - 1,
                )
        if not 0 <= self.mix <= 1:
            raise UsageError(
                N_("The mixture {mix} is not between 0 (the first face) and 1 (the second)."),
                mix=self.mix,
            )

    def __str__(self) -> str:
        """How the face came about, for the images' metadata."""
        text = str(self.seed)
        if self.other is not None:
            text += f", {self.mix:.0%} of the way to {self.other}"
        if self.direction is not None:
            text += f", turned {self.degrees:g} degrees into direction {self.direction}"
        return text


def between(seed: int, other: int, count: int) -> list[LatentPoint]:
    """`count` points from one face to another, both included."""
    return [LatentPoint(seed, other, i / max(count - 1, 1)) for i in range(count)]


def along(seed: int, direction: int, degrees: Iterable[float]) -> list[LatentPoint]:
    """Points on the walk from one face into a latent direction."""
    return [LatentPoint(seed, direction=direction, degrees=angle) for angle in degrees]


def vector(point: LatentPoint, shape: tuple[int, ...]) -> torch.Tensor:
    """The latent vector of a point: `shape` standard normal numbers, float32, on the CPU."""
    z = gaussian(point.seed, shape)
    if point.other is not None:
        z = slerp(z, gaussian(point.other, shape), point.mix)
    if point.direction is not None:
        z = turn(z, gaussian(SEEDS + point.direction, shape), math.radians(point.degrees))
    return z


def gaussian(seed: int, shape: tuple[int, ...]) -> torch.Tensor:
    import torch

    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def slerp(start: torch.Tensor, end: torch.Tensor, mix: float) -> torch.Tensor:
    """Spherical interpolation (Shoemake 1985; for latent spaces White 2016, arXiv:1609.04468).

    Gaussian vectors in many dimensions lie close to a sphere. A straight line between two of them
    runs through its inside, where the generator was never trained; the arc stays on it.
    """
    cosine = float((start * end).sum() / (start.norm() * end.norm()))
    angle = math.acos(max(-1.0, min(1.0, cosine)))
    if math.sin(angle) < 1e-6:  # the same direction: arc and line are one
        return (1 - mix) * start + mix * end
    return (
        math.sin((1 - mix) * angle) / math.sin(angle) * start
        + math.sin(mix * angle) / math.sin(angle) * end
    )


def turn(z: torch.Tensor, direction: torch.Tensor, angle: float) -> torch.Tensor:
    """`z` rotated by `angle` radians towards `direction`; its length stays."""
    sideways = direction - (direction * z).sum() / (z * z).sum() * z
    turned: torch.Tensor = (
        math.cos(angle) * z + math.sin(angle) * z.norm() / sideways.norm() * sideways
    )
    return turned
