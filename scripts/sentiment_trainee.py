"""What trains a sentiment starter in the training loop: recipe, parts of the data, loss, and the trainee."""

from __future__ import annotations

import copy
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional
from torch.utils.data import IterableDataset

from core.device import Device
from core.tasks.sentiment.labels import LABELS
from core.tasks.sentiment.networks import wide_and_deep
from core.tasks.sentiment.public_texts import BOUNDARY, Example
from core.training import loop
from core.training.events import Calling, Epoch, Event, Step
from core.training.metrics import Metric
from core.training.options import TrainOptions
from core.training.run import Run
from core.training.trainee import Evaluation, Part, Trainee

STATE = "state.safetensors"
POOL = 50
"""Batches' worth of texts that are sorted by length together: a batch stays random among them."""


@dataclass(frozen=True)
class Recipe:
    """All settings of a run; they go into the card as resolved."""

    epochs: int
    batch: int
    learning_rate: float
    warmup: float = 0.06  # fraction of the steps
    weight_decay: float = 0.01
    blur: float = 0.4  # standard deviation that is assumed for the mean rating
    polarity: float = 0.5  # weight of the positive-or-negative question beside the three classes
    averaging: float = 0.0  # decay of the moving average of the weights; 0: none
    forget: float = 0.0  # fraction of the sub-words hidden in training
    rank: int = 0  # of the adapters
    scale: float = 2.0  # by which the adapters' product is multiplied
    deep: float = 1.0  # strength of the LSTMs' mean answer (Chinese) ...
    wide: float = 1.0  # ... and of the n-gram weights beside it
    wide_c: float = 0.1  # inverse strength of their regularisation
    tokens: int = 8000  # sub-words
    split: int = 0  # seed that chooses the three parts; fixed for good, so that test stays unseen
    seed: int = 0

    def options(self) -> TrainOptions:
        """As the loop takes them. Its batches are whole buckets, so it takes one at a time."""
        return TrainOptions(
            epochs=self.epochs,
            batch_size=1,
            learning_rate=self.learning_rate,
            warmup=self.warmup,
            weight_decay=self.weight_decay,
            patience=0,
            seed=self.seed,
        )


@dataclass(frozen=True)
class Split:
    """`train` to train on, `dev` to decide by, `test` to report: never looked at before."""

    train: list[Example]
    dev: list[Example]
    test: list[Example]


def split(examples: Sequence[Example], seed: int) -> Split:
    """Shuffle and take 85 % to train, 5 % to decide and 10 % to report, each class in the same fractions."""
    train: list[Example] = []
    dev: list[Example] = []
    test: list[Example] = []
    shuffle = random.Random(seed)
    for label in range(len(LABELS)):
        part = [e for e in examples if e.label == label]
        shuffle.shuffle(part)
        tenth, twentieth = len(part) // 10, len(part) // 20
        test += part[:tenth]
        dev += part[tenth : tenth + twentieth]
        train += part[tenth + twentieth :]
    shuffle.shuffle(train)
    return Split(train, dev, test)


def targets(ratings: torch.Tensor, blur: float) -> torch.Tensor:
    """Probabilities (B, 3) that a mean rating (B,) read with an error of `blur` falls into each class.

    A rating of 0.45 and one of 0.55 say almost the same; hard classes would tell them apart.
    """
    at_least = torch.special.ndtr(
        (ratings.unsqueeze(1) - torch.tensor([-BOUNDARY, BOUNDARY])) / blur
    )
    return torch.stack([1 - at_least[:, 0], at_least[:, 0] - at_least[:, 1], at_least[:, 1]], 1)


def loss(logits: torch.Tensor, ratings: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Cross-entropy over the classes, plus that of positive against negative alone."""
    wanted = targets(ratings, recipe.blur)
    if logits.shape[1] == 2:
        return functional.cross_entropy(logits, wanted[:, [0, 2]], label_smoothing=0.1)
    polarity = functional.binary_cross_entropy_with_logits(
        logits[:, 2] - logits[:, 0], torch.special.ndtr(ratings / recipe.blur)
    )
    return functional.cross_entropy(logits, wanted) + recipe.polarity * polarity


class Buckets(IterableDataset):
    """Random batches of texts of similar length, so that little of a batch is padding; others in every epoch."""

    def __init__(self, examples: Sequence[Example], size: int, seed: int) -> None:
        self.examples, self.size, self.seed, self.epoch = list(examples), size, seed, 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return math.ceil(len(self.examples) / self.size)

    def __iter__(self) -> Iterator[list[Example]]:
        shuffle, mixed = random.Random(f"{self.seed} {self.epoch}"), list(self.examples)
        shuffle.shuffle(mixed)
        groups = self._groups(mixed)
        shuffle.shuffle(groups)
        yield from groups

    def _groups(self, mixed: Sequence[Example]) -> list[list[Example]]:
        groups = []
        for start in range(0, len(mixed), POOL * self.size):
            part = sorted(mixed[start : start + POOL * self.size], key=lambda e: len(e.text))
            groups += [part[i : i + self.size] for i in range(0, len(part), self.size)]
        return groups


class StarterTrainee(Trainee):
    """A network that has `inputs(texts)` and gives logits of two or three classes. With `averaging` a moving
    average of its weights is what is evaluated and kept."""

    metrics = (Metric("polarity_accuracy", "polarity accuracy", unit="fraction"),)

    def __init__(self, model: nn.Module, data: Split, recipe: Recipe) -> None:
        self.model, self.data, self.recipe, self.steps = model, data, recipe, 0
        self.networks = {"model": model}
        self.average = copy.deepcopy(model) if recipe.averaging else model
        self.train = Buckets(data.train, recipe.batch, recipe.seed)
        self.steps_per_epoch = len(self.train)

    def collate(self, items: list[list[Example]]) -> dict[str, torch.Tensor]:
        (bucket,) = items
        ratings = torch.tensor([e.rating for e in bucket])
        return {**self.model.inputs([e.text for e in bucket]), "ratings": ratings}

    def loss(
        self, phase: str, batch: dict[str, torch.Tensor]
    ) -> tuple[torch.Tensor, dict[str, float]]:
        read = {name: hide(v, self.recipe.forget) for name, v in batch.items() if name != "ratings"}
        return loss(self.networks[phase](**read), batch["ratings"], self.recipe), {}

    @torch.no_grad()
    def after_step(self) -> None:
        if not self.recipe.averaging:
            return
        self.steps += 1
        decay = min(self.recipe.averaging, self.steps / (self.steps + 10))
        for kept, new in zip(self.average.parameters(), self.model.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)

    def evaluate(self, part: Part) -> Evaluation:
        return Evaluation(
            measure(self.average, self.data.dev if part == "validation" else self.data.test)
        )

    def save(self, folder: Path) -> None:
        state = {name: value.contiguous() for name, value in self.average.state_dict().items()}
        save_file(state, folder / STATE)


def hide(tokens: torch.Tensor, fraction: float) -> torch.Tensor:
    """Some sub-words replaced by "unknown", so that none is relied upon alone."""
    if not fraction:
        return tokens
    chosen = (torch.rand(tokens.shape) < fraction) & (tokens != wide_and_deep.PAD)
    return tokens.masked_fill(chosen, wide_and_deep.UNKNOWN)


def fit(model: nn.Module, data: Split, recipe: Recipe) -> nn.Module:
    """Train with AdamW, warm-up and cosine decay; the epoch that does best on the dev part is kept."""
    trainee = StarterTrainee(model, data, recipe)
    with tempfile.TemporaryDirectory() as folder:
        run = Run(
            Path(folder),
            recipe.options(),
            None,
            Device("cpu", ""),
            listener=Calling(print_progress),
        )
        loop.train(trainee, run)
        trainee.average.load_state_dict(load_file(run.files.best / STATE))
    return trainee.average


def print_progress(event: Event) -> None:
    """The loss now and then, and what every epoch scores."""
    if isinstance(event, Step) and event.step % 50 == 0:
        print(f"step {event.step}/{event.steps}  loss {event.figures['loss']:.3f}", flush=True)
    if isinstance(event, Epoch):
        print(f"epoch {event.epoch}: on the dev part {event.metrics}", flush=True)


@torch.inference_mode()
def measure(model: nn.Module, examples: Sequence[Example]) -> dict[str, float]:
    """Accuracies: `polarity` asks positive or negative of the texts that are either."""
    model.eval()
    ordered = sorted(examples, key=lambda e: len(e.text))
    logits = torch.cat(
        [
            model(**model.inputs([e.text for e in ordered[i : i + 64]]))
            for i in range(0, len(ordered), 64)
        ]
    )
    labels = torch.tensor([e.label for e in ordered])
    polar = labels != 1
    right = (logits[:, -1] > logits[:, 0])[polar] == (labels == 2)[polar]
    metrics = {"polarity_accuracy": right.float().mean().item(), "polarity_texts": int(polar.sum())}
    if logits.shape[1] == 3:
        metrics["accuracy"] = (logits.argmax(1) == labels).float().mean().item()
        metrics["texts"] = len(labels)
    return {name: round(value, 4) for name, value in metrics.items()}
