"""Random changes to training images, as the options ask for them; the page shows them with this too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from core.data.datasets import DataSet
    from core.data.drafts import Row
    from core.tasks.image_classification.options import ClassificationTrainOptions


def build(
    options: ClassificationTrainOptions,
) -> Callable[[torch.Tensor], torch.Tensor] | None:
    """Changes one image (3, S, S) as uint8, each call in its own way; None: nothing is changed."""
    from torchvision.transforms import v2

    steps: list[torch.nn.Module] = []
    if options.crop:
        keep = (1 - options.crop, 1.0)
        steps.append(v2.RandomResizedCrop(options.image_size, keep, (0.8, 1.25), antialias=True))
    if options.flip:
        steps.append(v2.RandomHorizontalFlip())
    if options.rotate:
        bilinear = v2.InterpolationMode.BILINEAR
        steps.append(v2.RandomRotation(options.rotate, interpolation=bilinear))
    if options.colour:
        steps.append(v2.ColorJitter(options.colour, options.colour, options.colour))
    return v2.Compose(steps) if steps else None


def as_tensor(image: Image.Image, size: int) -> torch.Tensor:
    """(3, size, size) as uint8: the whole image, squeezed into a square."""
    from PIL import Image
    from torchvision.transforms.v2 import functional as transforms

    small = image.resize((size, size), Image.Resampling.BICUBIC)
    pixels: torch.Tensor = transforms.pil_to_tensor(small)
    return pixels


def shown(
    data: DataSet, rows: Sequence[Row], options: ClassificationTrainOptions, count: int
) -> list[list[Image.Image]]:
    """For each row the image as it is, then `count` ways in which a training step may see it; nothing
    for a last layer alone, which is trained on images as they are."""
    from PIL import Image
    from torchvision.transforms.v2.functional import to_pil_image

    change = build(options)
    if change is None or options.trainable == "head":
        return []
    found = []
    for row in rows:
        with Image.open(data.file(row)) as image:
            pixels = as_tensor(image.convert("RGB"), options.image_size)
        found.append(
            [to_pil_image(one) for one in (pixels, *(change(pixels) for _ in range(count)))]
        )
    return found
