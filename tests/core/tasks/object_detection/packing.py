"""Archives of images with boxes, made for a test."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

import numpy as np
from PIL import Image

from core.data.drafts import Draft
from core.tasks.object_detection import dataset


def png(seed: int, size: tuple[int, int] = (60, 40)) -> bytes:
    """An image of noise."""
    return encoded(seed, size, "PNG")


def encoded(seed: int, size: tuple[int, int], kind: str, orientation: int = 1) -> bytes:
    """An image of noise that EXIF turns."""
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(pixels).save(out, kind, exif=exif)
    return out.getvalue()


def pack(files: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def read(files: Mapping[str, bytes | str] | bytes, **choices: str) -> Draft:
    packed = files if isinstance(files, bytes) else pack(files)
    return dataset.read(io.BytesIO(packed), "mine.zip", choices)


def labelled(*labels: bytes | str, **others: bytes | str) -> dict[str, bytes | str]:
    """Images 0.png, 1.png, … with a label file each; `others` by name with `__` for the dot."""
    files: dict[str, bytes | str] = {}
    for i, label in enumerate(labels):
        files |= {f"images/{i}.png": png(i), f"labels/{i}.txt": label}
    return files | {name.replace("__", "."): content for name, content in others.items()}


def coco(sizes: Mapping[str, tuple[int, int]], annotations: list[object], /, **more: object) -> str:
    """A description of images (width and height by name) with ids from 0, and the categories 1 cat and 2 dog."""
    described = {
        "images": [
            {"id": i, "file_name": name, "width": size[0], "height": size[1]}
            for i, (name, size) in enumerate(sizes.items())
        ],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}],
    }
    return json.dumps(described | more)


def boxes(draft: Draft) -> list[object]:
    return [one.row["boxes"] for one in draft.samples]


def kinds(draft: Draft) -> list[str]:
    return [problem.kind for problem in draft.problems]


def assumed(draft: Draft, kind: str) -> list[str]:
    return [str(one) for one in draft.assumptions if one.kind == kind]
