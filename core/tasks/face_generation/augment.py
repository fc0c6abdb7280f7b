"""Random changes to what the discriminator sees, real or generated, in a way that gradients pass through
(Zhao et al. 2020, arXiv:2006.10738); the page shows them with this too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from PIL import Image

    from core.data.datasets import DataSet
    from core.data.drafts import Row
    from core.tasks.face_generation.options import FaceTrainOptions


def build(strength: float) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Changes images (N, 3, S, S) in [-1, 1], each in its own way; None: nothing is changed."""
    import torch
    from torchvision.transforms import v2

    if not strength:
        return None
    shift, colour = 0.125 * strength, 0.4 * strength
    change = v2.Compose(
        [
            v2.ColorJitter(colour, colour, colour),
            v2.RandomAffine(0, translate=(shift, shift)),
            v2.RandomErasing(strength, scale=(0.05, 0.25)),
        ]
    )
    return lambda images: torch.stack([2 * change((one + 1) / 2) - 1 for one in images])


def as_tensor(path: Path) -> torch.Tensor:
    """An image as (3, S, S) in [-1, 1]."""
    from PIL import Image
    from torchvision.transforms.v2.functional import pil_to_tensor

    with Image.open(path) as image:
        levels: torch.Tensor = pil_to_tensor(image.convert("RGB"))
    return levels.float() / 127.5 - 1


def shown(
    data: DataSet, rows: Sequence[Row], options: FaceTrainOptions, count: int
) -> list[list[Image.Image]]:
    """For each row the image as it is, then `count` ways in which the discriminator may see it."""
    from torchvision.transforms.v2.functional import to_pil_image

    change = build(options.augment)
    if change is None:
        return []
    found = []
    for row in rows:
        pixels = as_tensor(data.file(row))
        ways = change(pixels.repeat(count, 1, 1, 1))
        found.append([to_pil_image(((one + 1) / 2).clamp(0, 1)) for one in (pixels, *ways)])
    return found
