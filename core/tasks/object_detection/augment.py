"""The random changes that ultralytics makes to training images, for the page to show."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core.data.splits import Parts
from core.device import Device
from core.tasks.object_detection import finetune, training
from core.tasks.object_detection.boxes import Fractions, corners, stored
from core.tasks.object_detection.draw import colour, outlined
from core.tasks.object_detection.families.yolo import library
from core.training.run import Run

if TYPE_CHECKING:
    import torch
    from PIL import Image
    from ultralytics.data import YOLODataset

    from core.data.datasets import DataSet
    from core.data.drafts import Row
    from core.tasks.object_detection.options import DetectionTrainOptions

OTHERS = 12
"""Images beside those shown, of which mosaics are made too."""
SIDE = 160


def shown(
    data: DataSet, rows: Sequence[Row], options: DetectionTrainOptions, count: int
) -> list[list[Image.Image]]:
    """For each row the image as it is, then `count` ways in which a training step may see it, with its
    boxes."""
    if not any((options.mosaic, options.flip, options.rotate, options.scale, options.colour)):
        return []
    names = data.classes
    found = []
    with _dataset(data, rows, options) as changed:
        places = [Path(name).name for name in changed.im_files]
        for row in rows:
            i = places.index(str(row["file"]))
            ways = [_as_seen(changed[i], names) for _ in range(count)]
            found.append([_as_it_is(data, row, names), *ways])
    return found


@contextmanager
def _dataset(
    data: DataSet, rows: Sequence[Row], options: DetectionTrainOptions
) -> Iterator[YOLODataset]:
    """Ultralytics' training images of `rows` and some others."""
    library()
    from ultralytics.cfg import get_cfg
    from ultralytics.data import build_yolo_dataset
    from ultralytics.data.utils import check_det_dataset

    wanted = {row["file"] for row in rows}
    order = sorted(range(len(data.rows)), key=lambda i: data.rows[i]["file"] not in wanted)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), options, data, Device("cpu", ""), base=training.bases()[0])
        parts = Parts(train=order[: len(rows) + OTHERS], validation=[], test=[])
        described = finetune.write_dataset(run, parts)
        settings = get_cfg(overrides=finetune.settings_of(run, described, options.batch_size))
        facts = check_det_dataset(str(described))
        yield build_yolo_dataset(settings, facts["train"], options.batch_size, facts)


def _as_it_is(data: DataSet, row: Row, names: Sequence[str]) -> Image.Image:
    from PIL import Image

    with Image.open(data.file(row)) as opened:
        return _boxed(opened.convert("RGB"), stored(row), names)


def _as_seen(one: Mapping[str, torch.Tensor], names: Sequence[str]) -> Image.Image:
    """A training sample: `img` (3, H, W), `cls` (N, 1), `bboxes` (N, 4) as fractions of the image."""
    from torchvision.transforms.v2.functional import to_pil_image

    rows = zip(one["cls"].flatten().tolist(), one["bboxes"].tolist(), strict=True)
    return _boxed(to_pil_image(one["img"]), [[label, *box] for label, box in rows], names)


def _boxed(image: Image.Image, boxes: Sequence[Fractions], names: Sequence[str]) -> Image.Image:
    """The image, SIDE pixels long, with its boxes (class, centre and size as fractions)."""
    image.thumbnail((SIDE, SIDE))
    return outlined(
        image,
        (
            (corners(x, y, width, height, image.size), colour(names[int(label)]))
            for label, x, y, width, height in boxes
        ),
    )
