"""Scenes of handwritten digits: a data set to try a training with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from core.data import samples
from core.data.datasets import SampleSet
from core.data.drafts import Draft
from core.errors import N_
from core.tasks.object_detection import dataset
from core.tasks.object_detection.boxes import Fractions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCENE = 160
TRAIN_SCENES, VALIDATION_SCENES = 1200, 200


def _digits(folders: Sequence[Path]) -> Draft:
    """Scenes of one to six handwritten digits on uneven ground. Those of the validation part are composed of
    other digits than those of the training part."""
    import numpy as np

    draft = Draft(licence=samples.MNIST.licence.name)
    pixels, digits = samples.digits(folders[0])
    random = np.random.default_rng(0)
    order = random.permutation(len(digits))
    cut = len(digits) * 4 // 5
    plan = (("train", order[:cut], TRAIN_SCENES), ("validation", order[cut:], VALIDATION_SCENES))
    for part, indices, count in plan:
        for number in range(count):
            image, targets = _scene(random, pixels, digits, indices)
            draft.add(dataset.sample(image, targets, f"{part} scene {number + 1}", part=part))
    return dataset.checked(draft, list("0123456789"))


def _scene(
    random: np.random.Generator,
    pixels: NDArray[np.uint8],
    digits: NDArray[np.uint8],
    indices: NDArray[np.int64],
) -> tuple[Image.Image, list[Fractions]]:
    """A scene and its boxes. `pixels` (N, 28, 28) and `digits` (N,) are all there are, `indices` those to choose from."""
    import numpy as np

    ground = random.integers(0, 90, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(ground).resize((SCENE, SCENE), Image.Resampling.BICUBIC)
    targets: list[Fractions] = []
    for _ in range(int(random.integers(1, 7))):
        which = int(random.choice(indices))
        side = int(random.integers(28, 64))
        left, top = (int(v) for v in random.integers(0, SCENE - side, 2))
        ink = Image.fromarray(pixels[which]).resize((side, side), Image.Resampling.BICUBIC)
        inked = np.argwhere(np.asarray(ink) > 60)
        (y1, x1), (y2, x2) = inked.min(0), inked.max(0) + 1
        box = (left + x1) / SCENE, (top + y1) / SCENE, (left + x2) / SCENE, (top + y2) / SCENE
        if any(_overlap(box, target) for target in targets):
            continue
        colour = tuple(int(v) for v in random.integers(150, 256, 3))
        image.paste(Image.new("RGB", (side, side), colour), (left, top), ink)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        size = box[2] - box[0], box[3] - box[1]
        targets.append([float(digits[which]), *(round(float(v), 6) for v in (*middle, *size))])
    return image, targets


def _overlap(box: tuple[float, ...], target: Fractions) -> bool:
    _, x, y, width, height = target
    across = min(box[2], x + width / 2) - max(box[0], x - width / 2)
    down = min(box[3], y + height / 2) - max(box[1], y - height / 2)
    return across > 0 and down > 0


SAMPLES = (
    SampleSet(
        "digits",
        N_("Digits: scenes composed of MNIST"),
        N_("1,400 images of one to six handwritten digits in any place and size."),
        _digits,
        (samples.MNIST,),
        base="yolo11n",
        options={"image_size": 160, "epochs": 30, "flip": 0.0, "pretrained": False},
    ),
)
