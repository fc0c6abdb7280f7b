"""A small real training for the loop: two noisy clouds of points, a network with dropout.

Run as a program it trains in as many processes as torchrun starts and writes the losses to a file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional
from torch.utils.data import TensorDataset

from core.data.datasets import DataSet
from core.device import Device
from core.models import catalog, finetuned
from core.training import loop
from core.training.events import Event, to_json
from core.training.metrics import ACCURACY
from core.training.options import TrainOptions
from core.training.run import Control, Outcome, Run
from core.training.trainee import Evaluation, Trainee

CPU = Device("cpu", "")


def points(count: int, seed: int) -> TensorDataset:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    noise = torch.randn(count, 4, generator=generator)
    return TensorDataset(noise + 1.5 * labels.unsqueeze(1), labels)


class Clouds(Trainee):
    """`fits` is the largest piece that "fits into memory"; `spoil` turns a loss into what it returns."""

    metrics = (ACCURACY,)

    def __init__(
        self,
        dropout: float = 0.3,
        fits: int = 10**9,
        spoil: Callable[[int], float] = lambda step: 1.0,
    ) -> None:
        torch.manual_seed(1)
        layers = nn.Linear(4, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, 2)
        self.networks = {"model": nn.Sequential(*layers)}
        self.train = points(96, 0)
        self.fits, self.spoil, self.seen = fits, spoil, 0
        self.sizes: list[int] = []

    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        inputs, labels = batch
        self.sizes.append(len(inputs))
        if len(inputs) > self.fits:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        self.seen += 1
        value = functional.cross_entropy(self.networks[phase](inputs), labels)
        return value * self.spoil(self.seen), {}

    def evaluate(self, part: str) -> Evaluation:
        inputs, labels = points(40, 1 if part == "validation" else 2).tensors
        right = self.networks["model"](inputs).argmax(1) == labels
        samples = [{"right": bool(one)} for one in right]
        return Evaluation({"accuracy": right.float().mean().item()}, samples)

    def save(self, folder: Path) -> None:
        state = self.networks["model"].state_dict()
        save_file(
            {name.removeprefix("module."): v for name, v in state.items()}, folder / "m.safetensors"
        )


class Listener:
    """Keeps the events of a run."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def flush(self) -> None:
        pass

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The events of a kind, as they are stored."""
        return [data for k, data in map(to_json, self.events) if k == kind]

    def losses(self) -> dict[int, float]:
        return {data["step"]: data["loss"] for data in self.of("step")}


def train(
    folder: Path,
    trainee: Trainee | None = None,
    wishes: dict[int, str] | None = None,
    **options: Any,
) -> tuple[Outcome, Listener]:
    """Train in `folder`; `wishes` says what somebody wants after which step of this call."""
    heard, wishes = Listener(), wishes or {}

    def look() -> Any:
        return wishes.get(len(heard.of("step")), "")

    values = {"epochs": 3, "batch_size": 8, "learning_rate": 0.01, "patience": 0, **options}
    run = Run(
        folder, TrainOptions(**values), DataSet(folder), CPU, listener=heard, control=Control(look)
    )
    return loop.train(trainee or Clouds(), run), heard


def assert_best_is_tested(build: Callable[[Run], Trainee], run: Run) -> None:
    """A run that is killed before its one look at the test part is gone on with by a new trainee, which
    is then the best one in every figure: asked for the test part, it answers for the validation part."""
    killed, fresh = build(run), build(run)
    evaluate, again = killed.evaluate, fresh.evaluate

    def die(part: str) -> Evaluation:
        if part == "test":
            raise KeyboardInterrupt
        return evaluate("validation")

    killed.evaluate = die  # type: ignore[method-assign]
    fresh.evaluate = lambda _part: again("validation")  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        loop.train(killed, run)
    outcome = loop.train(fresh, run)
    best = {name: value for name, value in outcome.metrics.items() if not name.startswith("test ")}
    found = {name: outcome.metrics[f"test {name}"] for name in best}
    assert found == pytest.approx(best, rel=1e-4)
    for name, network in build(run).networks.items():
        before, after = network.state_dict(), fresh.networks[name].state_dict()
        assert any(not torch.equal(before[key], value) for key, value in after.items())


def publish(task: str, run: Run, outcome: Outcome | None = None, name: str = "Tiny") -> str:
    """Put the best model of a run into the catalogue, as a worker does at the end; its id."""
    outcome = outcome or Outcome("done", {"score": 0.0}, {}, 1)
    return finetuned.publish(
        run.files.best,
        job_id=f"job{len(catalog.entries(task))}",
        task=task,
        name=name,
        request={
            "base": run.base.id if run.base else None,
            "options": run.options.model_dump(mode="json"),
            "data": run.data.id,
        },
        metrics=outcome.metrics,
        base_metrics=outcome.base_metrics,
        epoch=outcome.epoch,
    )


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    _, heard = train(folder, Clouds(dropout=0.0))
    if heard.events:
        (folder / "losses.json").write_text(json.dumps(heard.losses()), "utf-8")
