"""What a frozen backbone makes of the samples, computed once: a head then trains in seconds on a CPU."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.utils.data import TensorDataset

BATCH = 64
"""Samples at once where no gradients are needed."""


def computed_once(
    path: Path,
    labels: list[int],
    encode: Callable[[int, int], torch.Tensor],
    tell: Callable[[int], None],
) -> TensorDataset:
    """Pairs (features, label) of all samples; `encode(start, end)` gives the features (end − start, D) of some.

    They are kept in the file `path`; a later call reads them there. `tell` gets how many are done.
    """
    if not path.exists():
        rows = []
        for start in range(0, len(labels), BATCH):
            end = min(start + BATCH, len(labels))
            with torch.no_grad():
                rows.append(encode(start, end).float().cpu())
            tell(end)
        temporary = path.with_suffix(f".{os.getpid()}")  # processes of one run do the same
        save_file({"features": torch.cat(rows), "labels": torch.tensor(labels)}, temporary)
        temporary.replace(path)
    known = load_file(path)
    return TensorDataset(known["features"], known["labels"])
