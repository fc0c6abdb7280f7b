"""Optimisers and learning-rate schedules as the options name them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.training.options import TrainOptions

if TYPE_CHECKING:
    import torch
    from torch import nn


def build(network: nn.Module, options: TrainOptions, factor: float = 1.0) -> torch.optim.Optimizer:
    """The optimiser over the parameters that want gradients; vectors (biases, norms) do not decay."""
    import torch

    wanted = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in wanted if p.ndim > 1], "weight_decay": options.weight_decay},
        {"params": [p for p in wanted if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    rate = options.learning_rate * factor
    if options.optimizer == "sgd":
        return torch.optim.SGD(groups, rate, momentum=options.momentum)
    kind = torch.optim.AdamW if options.optimizer == "adamw" else torch.optim.Adam
    return kind(groups, rate, betas=(options.momentum, 0.999))


def schedule(options: TrainOptions, steps: int) -> Callable[[int], float]:
    """Factor of the learning rate at each of `steps` optimiser steps."""
    warm = round(options.warmup * steps)

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / (warm + 1)
        done = (step - warm) / max(1, steps - warm)
        return _shape(options.schedule, min(done, 1.0))

    return factor


def _shape(name: str, done: float) -> float:
    """Factor after `done` (0 to 1) of the training that follows the warm-up."""
    if name == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done))
    if name == "linear":
        return 1 - done
    if name == "step":
        return 0.1 ** min(2, int(3 * done))
    return 1.0
