"""Faster R-CNN from torchvision: proposals first, then a class and a finer box for each.

Ren et al. 2015 (arXiv 1506.01497); the ResNet-50 v2 recipe is Li et al. 2021 (arXiv 2111.11429).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.serving.predictor import Stopwatch
from core.tasks.object_detection.boxes import MOST_CANDIDATES, Box, make
from core.tasks.object_detection.families import coco
from core.tasks.object_detection.options import FLOOR, IOU_CEILING
from core.tasks.object_detection.predictor import Detector, DetectorConfig, Labels

if TYPE_CHECKING:
    import torch
    from PIL import Image


class FasterRCNNConfig(DetectorConfig):
    """A network that torchvision builds by name, with the classes of COCO."""

    builder: Literal["fasterrcnn_resnet50_fpn_v2", "fasterrcnn_mobilenet_v3_large_fpn"]
    labels: Labels = coco.CLASSES


class FasterRCNNDetector(Detector):
    """`network` takes (3, H, W) tensors in [0, 1] of any size and scales them itself."""

    def __init__(self, entry: ModelEntry, device: Device, network: torch.nn.Module) -> None:
        super().__init__(entry, device)
        self.network = network.eval().to(device.name)
        self.batch = 1 if device.kind == "cpu" else 8  # on a CPU one image takes seconds

    @property
    def nbytes(self) -> int:
        state = self.network.state_dict().values()
        return sum(tensor.numel() * tensor.element_size() for tensor in state)

    def detect(self, images: Sequence[Image.Image], watch: Stopwatch) -> list[list[Box]]:
        import torch
        from torchvision.transforms.functional import pil_to_tensor

        with watch.phase("preprocess"):
            tensors = [pil_to_tensor(image).to(self.device.name).float() / 255 for image in images]
        with watch.phase("forward"), torch.inference_mode():
            outputs = [
                [output[key].tolist() for key in ("labels", "scores", "boxes")]
                for output in self.network(tensors)
            ]
        with watch.phase("postprocess"):
            return [
                [
                    box
                    for label, score, corners in zip(*output, strict=True)
                    if (box := make(coco.BY_ID[label], score, corners, image.size))
                ]
                for image, output in zip(images, outputs, strict=True)
            ]


def load(entry: ModelEntry, config: FasterRCNNConfig, device: Device) -> FasterRCNNDetector:
    """The network suppresses only what overlaps almost wholly; the IoU slider does the rest.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    from torchvision.models import get_model

    (folder,) = weights.require(entry)
    network = get_model(
        config.builder,
        weights=None,
        weights_backbone=None,
        box_score_thresh=FLOOR,
        box_nms_thresh=IOU_CEILING,
        box_detections_per_img=MOST_CANDIDATES,
    )
    state_dicts.fill(network, state_dicts.read(next(folder.glob("*.pth"))), entry.id)
    return FasterRCNNDetector(entry, device, network)
