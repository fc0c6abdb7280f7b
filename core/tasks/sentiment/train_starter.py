"""Trains the committed sentiment models: python -m core.tasks.sentiment.train_starter en|zh [--out DIR]

Fetches the labelled texts (and MiniLM for English), trains on a CPU with a fixed seed, writes the
weights, reads them back and writes what they score on the held-out texts into `card.json`. The
Chinese recipe was chosen by cross-validation on the other texts; see `NOTES` for the test part.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from core.models import weights
from core.models.catalog import Weights
from core.models.starters import MINILM
from core.progress import Progress
from core.tasks.sentiment import encoder, lstm, train_wide
from core.tasks.sentiment.data import BOUNDARY, READERS, Example, Split, split, unique


@dataclass(frozen=True)
class Recipe:
    """All settings of a run; they go into the card as resolved."""

    epochs: int
    batch: int
    learning_rate: float
    warmup: float = 0.06  # share of the steps
    weight_decay: float = 0.01
    blur: float = 0.4  # standard deviation that is assumed for the mean rating
    polarity: float = 0.5  # weight of the positive-or-negative question beside the three classes
    averaging: float = 0.0  # decay of the moving average of the weights; 0: none
    forget: float = 0.0  # share of the sub-words hidden in training
    rank: int = 0  # of the adapters
    scale: float = 2.0  # by which the adapters' product is multiplied
    deep: float = 1.0  # strength of the LSTMs' mean answer (Chinese) ...
    wide: float = 1.0  # ... and of the n-gram weights beside it
    wide_c: float = 0.1  # inverse strength of their regularisation
    tokens: int = 8000  # sub-words
    split: int = 0  # seed that draws the three parts; fixed for good, so that test stays unseen
    seed: int = 0


RECIPES = {
    "en": Recipe(epochs=3, batch=32, learning_rate=6e-4, rank=16),
    "zh": Recipe(
        epochs=4,
        batch=64,
        learning_rate=2e-3,
        weight_decay=0.1,
        averaging=0.995,
        forget=0.25,
        deep=0.4,
        wide=0.8,
        split=1,
    ),
}

NOTES = {
    "zh": "Second look at the test part: an earlier design, which scored 0.8585, had been measured on "
    "it before. This one was chosen by cross-validation on the train and dev parts alone."
}


def targets(examples: Sequence[Example], blur: float) -> torch.Tensor:
    """Probabilities (B, 3) that a mean rating read with an error of `blur` falls into each class.

    A rating of 0.45 and one of 0.55 say almost the same; hard classes would tell them apart.
    """
    ratings = torch.tensor([e.rating for e in examples])
    at_least = torch.special.ndtr(
        (ratings.unsqueeze(1) - torch.tensor([-BOUNDARY, BOUNDARY])) / blur
    )
    return torch.stack([1 - at_least[:, 0], at_least[:, 0] - at_least[:, 1], at_least[:, 1]], 1)


def loss(logits: torch.Tensor, examples: Sequence[Example], recipe: Recipe) -> torch.Tensor:
    """Cross-entropy over the classes, plus that of positive against negative alone."""
    wanted = targets(examples, recipe.blur)
    if logits.shape[1] == 2:
        return functional.cross_entropy(logits, wanted[:, [0, 2]], label_smoothing=0.1)
    ratings = torch.tensor([e.rating for e in examples])
    polarity = functional.binary_cross_entropy_with_logits(
        logits[:, 2] - logits[:, 0], torch.special.ndtr(ratings / recipe.blur)
    )
    return functional.cross_entropy(logits, wanted) + recipe.polarity * polarity


def batches(
    examples: Sequence[Example], size: int, shuffle: random.Random
) -> Iterator[list[Example]]:
    """Random batches of texts of similar length, so that little of a batch is padding."""
    mixed = list(examples)
    shuffle.shuffle(mixed)
    pool = 50 * size
    groups = []
    for start in range(0, len(mixed), pool):
        part = sorted(mixed[start : start + pool], key=lambda e: len(e.text))
        groups += [part[i : i + size] for i in range(0, len(part), size)]
    shuffle.shuffle(groups)
    yield from groups


def fit(model: nn.Module, data: Split, recipe: Recipe) -> nn.Module:
    """Train with AdamW, warm-up and cosine decay; the epoch that does best on the dev part is kept.

    With `averaging` that is a moving average of the weights and not the last ones.
    """
    steps = recipe.epochs * math.ceil(len(data.train) / recipe.batch)
    optimizer = torch.optim.AdamW(
        [p for p in model.parameters() if p.requires_grad],
        recipe.learning_rate,
        weight_decay=recipe.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _rate(step / steps, recipe.warmup)
    )
    average = copy.deepcopy(model) if recipe.averaging else model
    shuffle, started, step = random.Random(recipe.seed), time.monotonic(), 0
    best: tuple[float, dict[str, torch.Tensor]] = (-1.0, {})
    for epoch in range(recipe.epochs):
        model.train()
        for batch in batches(data.train, recipe.batch, shuffle):
            inputs = _hide(model.inputs([e.text for e in batch]), recipe.forget)
            value = loss(model(**inputs), batch, recipe)
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if recipe.averaging:
                _average(average, model, min(recipe.averaging, step / (step + 10)))
            if step % 50 == 0:
                minutes = (time.monotonic() - started) / 60
                print(
                    f"step {step}/{steps}  loss {value.item():.3f}  {minutes:.1f} min", flush=True
                )
        metrics = measure(average, data.dev)
        print(f"epoch {epoch + 1}: on the dev part {metrics}", flush=True)
        if metrics["polarity_accuracy"] > best[0]:
            best = metrics["polarity_accuracy"], copy.deepcopy(average.state_dict())
    average.load_state_dict(best[1])
    return average


def _rate(done: float, warmup: float) -> float:
    """Factor of the learning rate after `done` of the training, both in [0, 1]."""
    if done < warmup:
        return done / warmup
    return 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))


def _hide(inputs: dict[str, torch.Tensor], share: float) -> dict[str, torch.Tensor]:
    """Replace some sub-words by "unknown", so that none is relied upon alone."""
    if not share:
        return inputs
    hidden = {}
    for name, value in inputs.items():
        drawn = (torch.rand(value.shape) < share) & (value != lstm.PAD)
        hidden[name] = value.masked_fill(drawn, lstm.UNKNOWN)
    return hidden


@torch.no_grad()
def _average(average: nn.Module, model: nn.Module, decay: float) -> None:
    for kept, new in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(new, 1 - decay)


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


def train_english(data: Split, recipe: Recipe, out: Path) -> nn.Module:
    folder = weights.fetch(MINILM, Progress())
    model = encoder.adapted(folder, recipe.rank, recipe.scale, dropout=0.05)
    encoder.save(fit(model, data, recipe), out, recipe.scale)
    return encoder.load(folder, out)


def train_chinese(data: Split, recipe: Recipe, out: Path) -> nn.Module:
    """Some LSTMs, each alone, and the n-gram weights; together they err less than each of them."""
    tokenizer = lstm.subwords([e.text for e in data.train], recipe.tokens)
    keys, weights_ = train_wide.fit(data.train, tokenizer, recipe.wide_c)
    model = lstm.LstmClassifier(tokenizer, lstm.Shape(), keys)
    # halves, as they count for one class and against the other
    model.evidence.weight.data[1:, 0] = recipe.wide / 2 * weights_
    vectors = train_wide.vectors(data.train, tokenizer, model.shape.embedding)
    for i in range(model.shape.readers):
        alone = lstm.LstmClassifier(tokenizer, replace(model.shape, readers=1))
        alone.readers[0].embedding.weight.data.copy_(vectors)
        trained = fit(alone, data, replace(recipe, seed=recipe.seed + i))
        model.readers[i] = trained.readers[0]
        for value in model.readers[i].head.parameters():
            value.data *= recipe.deep
    lstm.save(model, out)
    return lstm.load(out)


TRAINERS: dict[str, Callable[[Split, Recipe, Path], nn.Module]] = {
    "en": train_english,
    "zh": train_chinese,
}


def train(language: str, out: Path, recipe: Recipe) -> dict[str, object]:
    """Train one starter into `out` and return its card."""
    torch.manual_seed(recipe.seed)
    out.mkdir(parents=True, exist_ok=True)
    source, read = READERS[language]
    raw = read(weights.fetch(source, Progress()))
    data = split(unique(raw), recipe.split)
    started = time.monotonic()
    print(f"{language}: {recipe}", flush=True)
    linear = train_wide.baseline(data) if language == "zh" else {}
    print(f"linear character n-grams: {linear}", flush=True)
    model = TRAINERS[language](data, recipe, out)
    card = {
        "language": language,
        "licence": "Apache-2.0" if language == "en" else "MIT",
        **({"base": _files(MINILM)} if language == "en" else {}),
        "data": _files(source),
        "texts": {"packaged": len(raw), **{k: len(v) for k, v in vars(data).items()}},
        "recipe": asdict(recipe),
        "test": measure(model, data.test),
        "dev": measure(model, data.dev),
        **({"linear_character_ngrams": linear} if linear else {}),
        **({"note": NOTES[language]} if language in NOTES else {}),
        "minutes": round((time.monotonic() - started) / 60, 1),
        "trained": datetime.now(UTC).date().isoformat(),
    }
    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return card


def _files(weights_: Weights) -> list[dict[str, str]]:
    return [asdict(file) for file in weights_.source.files]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("language", choices=sorted(RECIPES))
    parser.add_argument("--out", type=Path, help="folder to write to (default: the committed one)")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rank", type=int, help="of the adapters (English)")
    parser.add_argument("--seed", type=int)
    args = parser.parse_args()
    given = {k: v for k in ("epochs", "rank", "seed") if (v := getattr(args, k)) is not None}
    out = args.out or Path(__file__).parent / "starters" / args.language
    card = train(args.language, out, replace(RECIPES[args.language], **given))
    print(json.dumps(card, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
