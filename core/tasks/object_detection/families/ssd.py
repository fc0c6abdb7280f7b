"""SSD MobileNetV2: a frozen TensorFlow graph that OpenCV runs on the CPU.

Liu et al. 2016 (arXiv 1512.02325) on the backbone of Sandler et al. 2018 (arXiv 1801.04381).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PIL import Image

from core.device import Device
from core.errors import N_
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.serving.predictor import Stopwatch
from core.tasks.object_detection.boxes import Box, make
from core.tasks.object_detection.families import coco
from core.tasks.object_detection.options import FLOOR
from core.tasks.object_detection.predictor import Detector, DetectorConfig, Labels

if TYPE_CHECKING:
    import cv2
    import numpy as np
    import numpy.typing as npt

SIDE = 300  # the graph was trained on squares of this side, whatever the image's shape


class SSDConfig(DetectorConfig):
    """The one graph there is, with the classes of COCO."""

    labels: Labels = coco.CLASSES


class SSDDetector(Detector):
    """`network` is a `cv2.dnn.Net` whose output is (1, 1, N, 7): image, class, score and
    left, top, right, bottom as fractions. Suppression at IoU 0.6 is its last layer."""

    def __init__(self, entry: ModelEntry, network: cv2.dnn.Net, nbytes: int) -> None:
        super().__init__(entry, Device("cpu", N_("OpenCV runs this model on the CPU only")))
        self.network = network
        self._nbytes = nbytes

    @property
    def nbytes(self) -> int:
        return self._nbytes

    def detect(self, images: Sequence[Image.Image], watch: Stopwatch) -> list[list[Box]]:
        return [self._one(image, watch) for image in images]

    def _one(self, image: Image.Image, watch: Stopwatch) -> list[Box]:
        import cv2
        import numpy as np

        with watch.phase("preprocess"):
            blob = cv2.dnn.blobFromImage(np.asarray(image), size=(SIDE, SIDE))  # RGB already
        with watch.phase("forward"):
            self.network.setInput(blob)
            rows = self.network.forward()[0, 0]
        with watch.phase("postprocess"):
            return _boxes(rows, image.size)


def _boxes(rows: npt.NDArray[np.float32], size: tuple[int, int]) -> list[Box]:
    width, height = size
    found = (
        make(coco.BY_ID[int(row[1])], row[2], row[3:7] * (width, height, width, height), size)
        for row in rows
        if row[2] >= FLOOR and 0 < row[1] < len(coco.BY_ID)
    )
    return [box for box in found if box]


def load(entry: ModelEntry, device: Device) -> SSDDetector:
    """OpenCV's network of the graph; on the CPU, whatever `device` is.

    Raises:
        NotReadyError: the files are not there. IntegrityError: they are no such graph.
    """
    import cv2

    (folder,) = weights.require(entry)
    graph, layers = next(folder.glob("*.pb")), next(folder.glob("*.pbtxt"))
    try:
        network = cv2.dnn.readNetFromTensorflow(str(graph), str(layers))
    except cv2.error as error:
        raise state_dicts.misfit(entry.id, error) from error
    return SSDDetector(entry, network, graph.stat().st_size)
