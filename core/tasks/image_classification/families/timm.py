"""EfficientNet-Lite0 of timm, whose packaged checkpoint has names of its own."""

from __future__ import annotations

from core.device import Device
from core.errors import N_, IntegrityError
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.tasks.image_classification.families.architecture import HALF, Architecture
from core.tasks.image_classification.predictor import Classifier, checkpoint


class TimmConfig(Architecture):
    """A network of timm with ImageNet's classes."""


def load(entry: ModelEntry, config: TimmConfig, device: Device) -> Classifier:
    """The checkpoint holds timm's tensors in timm's order under other names.

    Its preprocessing is mean = std = 0.5: with ImageNet's usual figures top-1 falls from 88 to 78 %.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    import torch
    from timm.data.config import resolve_data_config
    from timm.data.transforms_factory import create_transform
    from torchvision.models import ResNet18_Weights

    (folder,) = weights.require(entry)
    # random weights would be replaced at once, and would move the generator that a run has seeded
    with torch.device("meta"):
        network = config.untrained()
    names, values = list(network.state_dict()), list(checkpoint(folder).values())
    if len(names) != len(values):
        raise IntegrityError(
            N_("The weights of {id} hold {there} tensors instead of {wanted}. Fetch them again."),
            id=entry.id,
            there=len(values),
            wanted=len(names),
        )
    state_dicts.fill(network, dict(zip(names, values, strict=True)), entry.id)
    shown = resolve_data_config({}, model=network)
    shown |= {"mean": HALF, "std": HALF, "crop_pct": 0.875, "interpolation": "bicubic"}
    classes = ResNet18_Weights.IMAGENET1K_V1.meta["categories"]
    return Classifier(entry, device, network, create_transform(**shown), classes)
