"""What three of the applications train: a straight line through points, by the torch loop, in a moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from torch.utils.data import TensorDataset

from core.training.run import Run
from core.training.trainee import Evaluation, Trainee

if TYPE_CHECKING:
    from core.training.options import TrainOptions

FILE = "model.safetensors"
Point = tuple[float, float]


def formula(count: int = 40) -> list[Point]:
    """Points of y = 2 x + 1, which a run without a data set makes for itself."""
    return [(x / count, 2 * x / count + 1) for x in range(count)]


class LineTrainee(Trainee):
    metric = "loss"
    larger_is_better = False

    def __init__(self, run: Run[TrainOptions], points: Sequence[Point]) -> None:
        self.networks = {"model": nn.Linear(1, 1)}
        x, y = torch.tensor(points).T.unsqueeze(2)
        self.train = TensorDataset(x, y)

    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        x, y = batch
        return functional.mse_loss(self.networks[phase](x), y), {}

    def evaluate(self, part: Literal["validation", "test"]) -> Evaluation:
        x, y = self.train.tensors
        found = self.networks["model"](x.to(self.networks["model"].weight.device)).cpu()
        rows = [
            {"x": float(a), "y": float(b), "predicted": float(c), "right": bool(abs(b - c) < 0.1)}
            for a, b, c in zip(x, y, found, strict=True)
        ]
        return Evaluation({"loss": functional.mse_loss(found, y).item()}, rows)

    def save(self, folder: Path) -> None:
        save_file(self.networks["model"].state_dict(), folder / FILE)
        about = {"family": "Line", "config": {"inputs": 1}, "from_scratch": True}
        (folder / "model.json").write_text(json.dumps(about), "utf-8")
