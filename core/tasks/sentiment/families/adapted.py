"""The English starter: MiniLM with low-rank adapters merged into it, mean over the tokens, one linear layer.

Only adapters and head are ours: about 1 MB in half precision. `adapters.safetensors` holds for each adapted
layer `<layer>.lora_A.weight` (rank, in) and `<layer>.lora_B.weight` (out, rank), then `head.weight` (3, 384)
and `head.bias` (3,); its metadata says by how much the adapters' product is multiplied (`scale`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.models import state_dicts
from core.models.catalog import FamilyConfig
from core.tasks.sentiment.labels import LABELS
from core.tasks.sentiment.predictor import Network, of_classifier

if TYPE_CHECKING:
    from core.tasks.sentiment.networks.text_classifier import TextClassifier

FILE = "adapters.safetensors"
WINDOW = 256
"""Longest input in tokens, start and end marks included: what MiniLM was trained on."""


class AdaptedConfig(FamilyConfig):
    """Nothing to say: labels and window are the family's, the rest is in the file."""


def network(model_id: str, folders: Sequence[Path]) -> Network:
    """The classifier ready to be asked; `folders` are the encoder's and that of the adapters.

    Raises:
        IntegrityError: the files do not fit each other.
    """
    encoder, adapters = folders
    return of_classifier(merged(encoder, adapters, model_id))


def untrained(folder: Path, dropout: float = 0.0) -> TextClassifier:
    """The encoder as it was published, and a random last layer."""
    from core.tasks.sentiment.networks import text_classifier

    encoder, tokenizer = text_classifier.encoder([folder], folder.name)
    return text_classifier.TextClassifier(encoder, tokenizer, LABELS, WINDOW, dropout)


def merged(encoder_folder: Path, folder: Path, model_id: str) -> TextClassifier:
    """The adapters added to the encoder's weights, W + scale · B A, so that they cost nothing to run.

    Raises:
        IntegrityError: the files do not fit each other.
    """
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file

    with safe_open(folder / FILE, "pt") as file:
        scale = json.loads(file.metadata()["scale"])
    tensors = {name: value.float() for name, value in load_file(folder / FILE).items()}
    model = untrained(encoder_folder)
    head = {name: tensors.pop(f"head.{name}") for name in ("weight", "bias")}
    state_dicts.fill(model.linear, head, model_id)
    with torch.no_grad():
        for name in [name for name in tensors if name.endswith(".lora_A.weight")]:
            layer = name.removesuffix(".lora_A.weight")
            update = tensors[f"{layer}.lora_B.weight"] @ tensors[name]
            model.get_submodule(f"encoder.model.{layer}").get_parameter("weight").add_(
                scale * update
            )
    return model.eval()


def save(model: TextClassifier, folder: Path, scale: float) -> None:
    """Write adapters (those of peft in `model`'s encoder) and head for `merged` to read."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    tensors = {f"head.{name}": value for name, value in model.linear.state_dict().items()}
    for name, value in get_peft_model_state_dict(model.encoder.model).items():
        tensors[name.removeprefix("base_model.model.")] = value
    halves = {name: value.detach().half().contiguous() for name, value in tensors.items()}
    save_file(halves, folder / FILE, metadata={"scale": json.dumps(scale)})
