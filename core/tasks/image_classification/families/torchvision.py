"""Classifiers of torchvision, with the preprocessing and class names that belong to its weights."""

from __future__ import annotations

from core.device import Device
from core.models import state_dicts, weights
from core.models.catalog import ModelEntry
from core.tasks.image_classification.families.architecture import Architecture
from core.tasks.image_classification.predictor import Classifier, checkpoint


class TorchvisionConfig(Architecture):
    """`weights` is the name under which torchvision publishes them."""

    weights: str


def load(entry: ModelEntry, config: TorchvisionConfig, device: Device) -> Classifier:
    """Build the network and fill it from torchvision's own file.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    import torch
    from torchvision.models import get_weight

    (folder,) = weights.require(entry)
    meta = get_weight(config.weights)
    # on the meta device no time goes into random weights that are replaced at once
    with torch.device("meta"):
        network = config.untrained()
    state_dicts.fill(network, checkpoint(folder), entry.id)
    return Classifier(entry, device, network, meta.transforms(), meta.meta["categories"])
