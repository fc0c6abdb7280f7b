"""YOLO from Ultralytics: one pass over the image gives a box and class scores per grid cell.

Redmon et al. 2016 (arXiv 1506.02640); the networks are those of https://docs.ultralytics.com/models/.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Literal

from PIL import Image

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.serving.predictor import Stopwatch
from core.settings import settings
from core.tasks.object_detection.boxes import MOST_CANDIDATES, Box, make
from core.tasks.object_detection.families import coco
from core.tasks.object_detection.options import FLOOR, IOU_CEILING
from core.tasks.object_detection.predictor import Detector, DetectorConfig, Labels

if TYPE_CHECKING:
    from ultralytics import YOLO
    from ultralytics.engine.results import Results
    from ultralytics.nn.tasks import DetectionModel

_importing = Lock()

Architecture = Literal["yolo11n", "yolo11s", "yolo26n", "yolov8n"]
"""Networks that the library describes in a file of its own. It takes paths in the same place: none passes."""


class YOLOConfig(DetectorConfig):
    """A network that ultralytics describes, with the classes of COCO."""

    architecture: Architecture
    labels: Labels = coco.CLASSES


class YOLODetector(Detector):
    """`model` scales images to `side` pixels on their longer side (None: to what its checkpoint says, which is
    640) and pads to multiples of 32. It predicts with a fused copy of its network, which itself stays as it was."""

    batch = 8

    def __init__(
        self, entry: ModelEntry, device: Device, model: YOLO, side: int | None = None
    ) -> None:
        super().__init__(entry, device)
        self.model = model
        self.options = {"imgsz": side} if side else {}

    @property
    def network(self) -> DetectionModel:
        """The network as it was trained, not fused."""
        return self.model.model

    @property
    def nbytes(self) -> int:
        state = self.network.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in state)

    def run(self, images: Sequence[Image.Image]) -> list[Results]:
        """The library's own results; its suppression merges only what overlaps almost wholly."""
        results: list[Results] = self.model.predict(
            list(images),
            conf=FLOOR,
            iou=IOU_CEILING,
            max_det=MOST_CANDIDATES,
            device=self.device.name,
            verbose=False,
            **self.options,
        )
        return results

    def detect(self, images: Sequence[Image.Image], watch: Stopwatch) -> list[list[Box]]:
        outputs = self.run(images)
        for output in outputs:
            for ours, theirs in (
                ("preprocess", "preprocess"),
                ("forward", "inference"),
                ("postprocess", "postprocess"),
            ):
                watch.seconds[ours] += output.speed[theirs] / 1000
        with watch.phase("postprocess"):
            return [
                [
                    box
                    for *corners, score, label in output.boxes.data.tolist()
                    if (box := make(self.labels[int(label)], score, corners, image.size))
                ]
                for image, output in zip(images, outputs, strict=True)
            ]


def load(entry: ModelEntry, device: Device) -> YOLODetector:
    """The network in the library's own checkpoint.

    Raises:
        NotReadyError: the file is not there. IntegrityError: it is no such detector.
    """
    (folder,) = weights.require(entry)
    library()
    from ultralytics import YOLO

    try:
        model = YOLO(next(folder.glob("*.pt")), task="detect", verbose=False)
        detector = YOLODetector(entry, device, model)
        if len(model.names) != len(detector.labels):
            raise ValueError(f"{len(model.names)} classes instead of {len(detector.labels)}")
        warm_up(detector)
    except Exception as error:  # whatever pickle, torch or the library raise on a strange file
        raise state_dicts.misfit(entry.id, error) from error
    return detector


def warm_up(detector: YOLODetector) -> None:
    """The first call copies, moves and fuses the network, and changes the threads of the whole process."""
    import torch

    threads = torch.get_num_threads()
    try:
        detector.run([Image.new("RGB", (64, 64))])
    finally:
        torch.set_num_threads(threads)


def library() -> None:
    """Import ultralytics so that it runs no pickled code, stays off the network, installs
    nothing, keeps its settings in our data folder, and leaves everybody's threads alone.

    Call it before any other import of ultralytics: it reads the environment only once.
    """
    with _importing:
        os.environ.update(
            ULTRALYTICS_SAFE_LOAD="1",
            YOLO_OFFLINE="1",
            YOLO_AUTOINSTALL="false",
            YOLO_VERBOSE="false",
        )
        os.environ.setdefault("YOLO_CONFIG_DIR", str(settings().data))
        import cv2
        import torch  # noqa: F401 (before OMP_NUM_THREADS changes)
        from PIL import Image

        threads, wanted = cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")
        opener = Image.open
        import ultralytics.utils.patches  # noqa: F401

        Image.open = opener  # theirs answers every file that is no image with a missing package
        cv2.setNumThreads(threads)  # the import turned OpenCV's threads off
        if wanted is None:
            os.environ.pop("OMP_NUM_THREADS", None)
