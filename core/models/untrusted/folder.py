"""All files of a model from elsewhere, checked together."""

from __future__ import annotations

from pathlib import Path

from core.models.untrusted import files, networks, tensors, tokenizers
from core.models.untrusted.tensors import Tensor

WHOLE, ADAPTER = "model.safetensors", "adapter_model.safetensors"


def check(folder: Path) -> dict[str, dict[str, Tensor]]:
    """Check every file but the card and the description; the tensors' names, types and shapes by file.

    Raises:
        ArchiveError, DocumentError: says which file is not taken and why.
    """
    found = {n: tensors.header(folder / n) for n in files.TENSORS if (folder / n).exists()}
    vocabulary = None
    if (path := folder / "config.json").exists():
        vocabulary = networks.check(path, found.get(WHOLE, {}))
    if (path := folder / "generation_config.json").exists():
        networks.check_values(path.name, files.read_object(path))
    if (path := folder / "adapter_config.json").exists():
        networks.check_adapter(path, found.get(ADAPTER, {}))
    tokenizers.check(folder, vocabulary)
    return found
