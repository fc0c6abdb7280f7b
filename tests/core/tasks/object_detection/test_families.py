"""Every family through the loader and the call that the page uses."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from core import tasks
from core.data import samples
from core.errors import CancelledError, IntegrityError, UsageError
from core.models import weights
from core.progress import Progress
from core.tasks import find
from core.tasks.object_detection import recipe
from core.tasks.object_detection.families.coco import CLASSES
from core.tasks.object_detection.families.yolo import YOLOConfig
from core.tasks.object_detection.options import FLOOR
from tests.core.training.toy import CPU

TASK = find("object_detection")
EVERYTHING = TASK.parse({"confidence": FLOOR})


def detect(model: str, *images: Image.Image, options=EVERYTHING, progress=None):
    return tasks.predict(
        "object_detection",
        images,
        options,
        model=model,
        device="cpu",
        progress=progress or Progress(),
    )


@pytest.mark.parametrize("model", ["yolo26n", "yolo11n", "yolo11s", "yolov8n"])
def test_yolo_checkpoints_load_and_find_boxes_inside_the_image(model, tiny_yolo, image):
    tiny_yolo(model)
    (result,) = detect(model, image)
    assert (result.width, result.height, result.model) == (96, 64, model)
    assert result.boxes[0].label == "dog"
    assert all(
        0 <= x1 < x2 <= 96 and 0 <= y1 < y2 <= 64
        for x1, y1, x2, y2 in (box.xyxy for box in result.candidates)
    )


def test_yolo_answers_do_not_depend_on_the_other_images(tiny_yolo, image):
    tiny_yolo("yolo11n")
    other = Image.new("RGB", (40, 200), "green")
    alone = detect("yolo11n", image)[0]
    among = detect("yolo11n", other, image, image)[1]
    assert [(b.label, b.xyxy) for b in among.boxes] == [(b.label, b.xyxy) for b in alone.boxes]


def test_loading_yolo_leaves_the_threads_of_the_process_alone(tiny_yolo, image, two_threads):
    tiny_yolo("yolo11n")
    before = two_threads()
    detect("yolo11n", image)
    assert two_threads() == before


@pytest.fixture
def two_threads() -> Iterator[Callable[[], tuple[object, ...]]]:
    """torch on two threads for one test; the fixture's value tells the counts now."""
    import cv2
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(2)
    yield lambda: (
        torch.get_num_threads(),
        cv2.getNumThreads(),
        os.environ.get("OMP_NUM_THREADS"),
    )
    torch.set_num_threads(usual)


class _Evil:
    """Unpickling this creates a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def test_code_inside_a_yolo_checkpoint_is_not_run(place, image, tmp_path):
    import torch

    target = tmp_path / "owned"
    place("yolo11n", lambda folder: torch.save({"model": _Evil(target)}, folder / "yolo11n.pt"))
    with pytest.raises(IntegrityError):
        detect("yolo11n", image)
    assert not target.exists()


def test_code_inside_a_faster_rcnn_checkpoint_is_not_run(place, image, tmp_path):
    target = tmp_path / "owned"
    place(
        "fasterrcnn-mobilenet-v3",
        lambda folder: (folder / "x.pth").write_bytes(pickle.dumps(_Evil(target), 2)),
    )
    with pytest.raises(IntegrityError):
        detect("fasterrcnn-mobilenet-v3", image)
    assert not target.exists()


def test_faster_rcnn_mobilenet_loads_and_labels_boxes(random_faster_rcnn, image):
    random_faster_rcnn("fasterrcnn-mobilenet-v3")
    (result,) = detect("fasterrcnn-mobilenet-v3", image)
    assert result.boxes[0].label == "dog"
    assert all(box.xyxy[2] <= 96 and box.xyxy[3] <= 64 for box in result.candidates)


def test_a_class_that_the_model_does_not_know_is_refused_with_those_it_knows(tiny_yolo, image):
    tiny_yolo("yolo11n")
    options = TASK.parse({"classes": ["dog", "doggy"]})
    with pytest.raises(UsageError, match=r"the class doggy\..*person, bicycle"):
        detect("yolo11n", image, options=options)


def test_a_checkpoint_with_other_classes_than_the_catalogue_says_is_refused(tiny_yolo, image):
    entry = replace(tiny_yolo("yolo11n"), config=YOLOConfig(architecture="yolo11n", labels=("a",)))
    with pytest.raises(IntegrityError, match="80 classes instead of 1"):
        TASK.predicting().load(entry, CPU)


@pytest.mark.heavy
def test_faster_rcnn_resnet50_loads_and_labels_boxes(random_faster_rcnn, image):
    random_faster_rcnn("fasterrcnn-resnet50-v2")
    (result,) = detect("fasterrcnn-resnet50-v2", image)
    assert result.boxes[0].label == "dog"


@pytest.mark.parametrize(
    ("model", "files"),
    [
        ("yolo11n", ["yolo11n.pt"]),
        ("fasterrcnn-mobilenet-v3", ["x.pth"]),
        ("ssd-mobilenet-v2", ["frozen_inference_graph.pb", "ssd.pbtxt"]),
    ],
)
def test_a_file_of_something_else_is_refused_with_the_remedy(model, files, place, image):
    place(model, lambda folder: [(folder / name).write_bytes(b"not weights") for name in files])
    with pytest.raises(IntegrityError, match=r"fetch (it )?again"):
        detect(model, image)


def test_tensors_of_another_network_are_refused_with_the_remedy(place, image):
    import torch

    place(
        "fasterrcnn-mobilenet-v3",
        lambda folder: torch.save({"weight": torch.zeros(3)}, folder / "x.pth"),
    )
    with pytest.raises(IntegrityError, match="do not fit its network"):
        detect("fasterrcnn-mobilenet-v3", image)


def test_a_cancel_stops_between_images(tiny_yolo, image):
    tiny_yolo("yolo11n")
    progress = Progress()
    progress.report = lambda done, total, note: total and progress.cancelled.set()
    with pytest.raises(CancelledError):
        detect("yolo11n", image, image.rotate(90, expand=True), progress=progress)


def test_every_entry_states_score_paper_and_licence():
    from core.models import catalog

    for entry in catalog.entries("object_detection"):
        assert entry.published or entry.measured
        assert entry.paper
        assert all(licence.url for licence in entry.licences)


@pytest.mark.starters
def test_the_starter_finds_the_people_and_the_bus(starters):
    (result,) = detect("ssd-mobilenet-v2", _photo(samples.BUS), options=TASK.parse({}))
    assert result.counts()["person"] >= 3
    assert result.counts()["bus"] == 1
    bus = next(box for box in result.boxes if box.label == "bus")
    assert bus.xyxy[0] < 60
    assert bus.xyxy[2] > 750  # it fills the image from side to side


@pytest.mark.starters
@pytest.mark.parametrize(
    ("sample", "label"),
    [
        (samples.CHELSEA, "cat"),
        (samples.COFFEE, "cup"),
        (samples.ASTRONAUT, "person"),
        (samples.MOTORCYCLE, "motorcycle"),
        (samples.ZIDANE, "person"),
    ],
)
def test_the_starter_names_what_the_photograph_shows(starters, sample, label):
    (result,) = detect("ssd-mobilenet-v2", _photo(sample), options=TASK.parse({}))
    assert result.boxes[0].label == label


@pytest.mark.starters
def test_the_recipe_gives_the_same_boxes(starters):
    photo = _photo(samples.BUS)
    (result,) = detect(recipe.MODEL, photo, options=TASK.parse({"iou": 0.6}))
    ((classes, scores, _boxes),) = recipe.build(weights.require(tasks.catalog.find(recipe.MODEL)))(
        [photo]
    )
    assert len(classes) == len(result.boxes)
    assert sorted(scores, reverse=True) == pytest.approx([b.score for b in result.boxes], abs=1e-3)


def test_class_names_are_cocos_eighty():
    assert len(CLASSES) == len(set(CLASSES)) == 80


def _photo(sample: samples.Sample) -> Image.Image:
    from core.inputs import images

    return images.decode(sample.path.read_bytes(), sample.file.name)
