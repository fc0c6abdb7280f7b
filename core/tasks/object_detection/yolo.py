"""YOLO from Ultralytics: one pass over the picture gives a box and class scores per grid cell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.serving.predictor import Stopwatch
from core.settings import settings
from core.tasks.object_detection.boxes import FLOOR, IOU_CEILING, MOST_CANDIDATES, Box, make
from core.tasks.object_detection.predict import Detector

if TYPE_CHECKING:
    from ultralytics import YOLO
    from ultralytics.engine.results import Results

_importing = Lock()


class YOLODetector(Detector):
    """`model` scales pictures to 640 pixels on their longer side and pads to multiples of 32."""

    batch = 8

    def __init__(self, entry: ModelEntry, device: Device, model: YOLO) -> None:
        super().__init__(entry, device)
        self.model = model

    @property
    def nbytes(self) -> int:
        state = self.model.model.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in state)

    def options(self) -> dict[str, Any]:
        """What else the library's call is given."""
        return {}

    def run(self, pictures: Sequence[Image.Image]) -> list[Results]:
        """The library's own results; its suppression merges only what overlaps almost wholly."""
        return self.model.predict(
            list(pictures),
            conf=FLOOR,
            iou=IOU_CEILING,
            max_det=MOST_CANDIDATES,
            device=self.device.name,
            verbose=False,
            **self.options(),
        )

    def detect(self, pictures: Sequence[Image.Image], watch: Stopwatch) -> list[list[Box]]:
        outputs = self.run(pictures)
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
                    if (box := make(output.names[int(label)], score, corners, picture.size))
                ]
                for picture, output in zip(pictures, outputs, strict=True)
            ]


def load(entry: ModelEntry, device: Device) -> YOLODetector:
    (folder,) = weights.require(entry)
    library()
    import torch
    from ultralytics import YOLO

    threads = torch.get_num_threads()
    try:
        model = YOLO(next(folder.glob("*.pt")), task="detect", verbose=False)
        detector = YOLODetector(entry, device, model)
        detector.run([Image.new("RGB", (64, 64))])  # the first call moves, fuses and warms up
    except Exception as error:  # whatever pickle, torch or the library raise on a strange file
        raise state_dicts.misfit(entry.id, error) from error
    finally:
        torch.set_num_threads(threads)  # the first call changed it for the whole process
    return detector


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

        Image.open = opener  # theirs answers every file that is no picture with a missing package
        cv2.setNumThreads(threads)  # the import turned OpenCV's threads off
        if wanted is None:
            os.environ.pop("OMP_NUM_THREADS", None)
