"""Tiny detectors with random weights, written in the files' real formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from core.data.datasets import DataSet
from core.data.drafts import Draft
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.tasks.object_detection import dataset as labelled
from core.tasks.object_detection.families.coco import BY_ID, CLASSES

DOG = CLASSES.index("dog")


@pytest.fixture
def image() -> Image.Image:
    return Image.effect_noise((96, 64), 80).convert("RGB")


@pytest.fixture
def scenes() -> DataSet:
    """Eight images to learn from and four to check on, each with one bright square."""
    random, draft = np.random.default_rng(0), Draft(facts={"classes": ["square", "other"]})
    for i in range(12):
        pixels = random.integers(0, 80, (64, 64, 3), dtype=np.uint8)
        left, top = (int(v) for v in random.integers(0, 40, 2))
        pixels[top : top + 20, left : left + 20] += 150
        box = [0, (left + 10) / 64, (top + 10) / 64, 20 / 64, 20 / 64]
        part = "train" if i < 8 else "validation"
        draft.add(labelled.sample(Image.fromarray(pixels), [box], str(i), part=part))
    return datasets.add("object_detection", "squares", draft)


@pytest.fixture
def place() -> Callable[[str, Callable[[Path], object]], ModelEntry]:
    """`place(id, write)` lets `write(folder)` make the entry's files and seals the folder."""

    def place_(model: str, write: Callable[[Path], object]) -> ModelEntry:
        entry = catalog.find(model)
        (one,) = entry.weights
        weights.folder(one).mkdir(parents=True, exist_ok=True)
        write(weights.folder(one))
        weights.seal(one)
        return entry

    return place_


@pytest.fixture
def tiny_yolo(place) -> Callable[[str], ModelEntry]:
    """The architecture of the entry, a few channels wide, sure that everything is a dog."""
    return lambda model: place(model, lambda folder: write_yolo(model, folder))


@pytest.fixture
def random_faster_rcnn(place) -> Callable[[str], ModelEntry]:
    """torchvision's own network with random weights, sure that everything is a dog."""
    return lambda model: place(model, lambda folder: write_faster_rcnn(model, folder))


def write_yolo(model: str, folder: Path) -> None:
    from core.tasks.object_detection.families.yolo import library

    library()
    import torch
    from ultralytics.nn.tasks import DetectionModel, yaml_model_load

    torch.manual_seed(0)
    config = yaml_model_load(f"{model}.yaml")
    depth, _width, _most = config["scales"][config["scale"]]
    config["scales"] = {config["scale"]: [depth, 0.0625, 256]}
    network = DetectionModel(config, verbose=False)
    network.names = dict(enumerate(CLASSES))
    head = network.model[-1]
    for branches in (head.cv3, getattr(head, "one2one_cv3", ())):
        for branch in branches:
            branch[-1].bias.data[DOG] = 1.0
    checkpoint = {"model": network.half(), "ema": None, "epoch": -1, "train_args": {"imgsz": 320}}
    torch.save(checkpoint, folder / f"{model}.pt")


def write_faster_rcnn(model: str, folder: Path) -> None:
    import torch
    from torchvision.models import get_model

    torch.manual_seed(0)
    builder = catalog.find(model).config.builder
    network = get_model(builder, weights=None, weights_backbone=None)
    head = network.roi_heads.box_predictor
    for layer in (head.cls_score, head.bbox_pred):  # random activations may be far from normal
        layer.weight.data.zero_()
    head.cls_score.bias.data[BY_ID.index("dog")] = 5.0
    torch.save(network.state_dict(), folder / f"{builder}.pth")
