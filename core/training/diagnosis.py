"""What went wrong in a run, in plain words, and which settings to change: `diagnose(...)`.

Rules of thumb on the curves, each with a threshold that is written down here. They say nothing about
runs that are too short to judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

from core.errors import N_
from core.plain import Json, Row
from core.training import aliases
from core.training.events import Diverged, EarlyStop, Ended, Epoch, Event, Start, Step
from core.training.metrics import Metric

Settings = Mapping[str, Json]
"""The options of a run by name, as they were stored."""
FEWEST_STEPS = 8
"""Below this many steps a loss curve says nothing."""
FEW_STEPS = 100
"""Below this many a new last layer has hardly moved from where it began."""
FEW_SAMPLES = 30
"""Validation samples below which one is more than three percentage points of accuracy."""


@dataclass(frozen=True)
class Finding:
    """One diagnosis: a message with `{names}` to fill in, and the options that may remedy it."""

    kind: str
    template: str
    values: Row = field(default_factory=dict)
    changes: Row = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


def diagnose(
    events: Sequence[Event], options: Settings, items: Sequence[Mapping[str, Json]] = ()
) -> list[Finding]:
    """What a job's events, its options and its answers to the validation samples show.

    Changes name only options that the task has, with values that differ from what they are.
    """
    curves = _Curves(events)
    if any(isinstance(event, Diverged) for event in events):
        return [_rate_too_high(options)]
    found = [
        *_loss(curves, options),
        *_overfitting(curves, options),
        *_two_networks(curves, options),
        *_collapsed(items, options),
        *_few_steps(curves, options),
        *_few_samples(items, options),
    ]
    return found


class _Curves:
    """The figures of all steps and the metrics of all epochs, in order; epoch 0 is the base."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.steps = [event.figures for event in events if isinstance(event, Step)]
        self.epochs = [event.metrics for event in events if isinstance(event, Epoch)]
        starts = [event for event in events if isinstance(event, Start)]
        self.reported = starts[-1].metrics if starts else ()
        last = events[-1] if events else None
        self.ended = isinstance(last, Ended) and last.state in ("done", "stopped")
        self.patience_over = any(isinstance(event, EarlyStop) for event in events)
        self.taken = max((event.step for event in events if isinstance(event, Step)), default=0)

    @property
    def long_enough(self) -> bool:
        """It has ended, and took enough steps to be judged by them."""
        return self.ended and self.taken >= FEW_STEPS

    def step(self, name: str) -> list[float]:
        return [figures[name] for figures in self.steps if name in figures]

    def epoch(self, name: str) -> list[float]:
        return [metrics[name] for metrics in self.epochs if name in metrics]

    @property
    def main(self) -> Metric:
        """The metric that chose the best epoch: the run says it; the first of an older run's epochs."""
        if self.reported:
            return self.reported[0]
        return aliases.metric(next(iter(self.epochs[0]), "") if self.epochs else "")

    def gain(self) -> float | None:
        """How much the best epoch's main metric is better than the base's; None before one ended."""
        values = self.epoch(self.main.name)
        if len(values) < 2:
            return None
        sign = 1 if self.main.larger_is_better else -1
        return max(sign * (value - values[0]) for value in values[1:])


def _loss(curves: _Curves, options: Settings) -> Iterator[Finding]:
    """The training loss rises (learning rate too high), stands still (nothing learnt), or still falls
    as fast at the end as in the middle (too low, or too short)."""
    losses = curves.step("loss")
    if len(losses) < FEWEST_STEPS:
        return
    parts, gain = _quarters(losses), curves.gain()
    if parts[-1] > 1.2 * parts[0]:
        yield _rate_too_high(options)
    elif parts[-1] > 0.95 * parts[0] and gain is not None and gain <= 0.01:
        yield _nothing_learnt(options)
    elif curves.long_enough and _still_falling(parts) and _best_is_last(curves):
        yield Finding(
            "rate_low",
            N_(
                "The loss was still falling steadily when the run ended, and the last epoch was the "
                "best: the learning rate is low, or the run too short. Try three times the learning "
                "rate and half as many epochs again."
            ),
            changes=_changes(
                options,
                learning_rate=min(1.0, 3 * _number(options, "learning_rate", 1e-3)),
                epochs=int(min(300, _number(options, "epochs", 5) * 3 // 2 + 1)),
            ),
        )


def _rate_too_high(options: Settings) -> Finding:
    return Finding(
        "rate_high",
        N_(
            "The loss rose instead of falling: the learning rate {rate:g} is too high. Try a tenth of it."
        ),
        {"rate": _number(options, "learning_rate", 0.0)},
        _changes(options, learning_rate=max(1e-6, _number(options, "learning_rate", 1e-3) / 10)),
    )


def _nothing_learnt(options: Settings) -> Finding:
    changes: Row
    if options.get("trainable") == "head":
        changes = {"trainable": "all"}
    else:
        rate = _number(options, "learning_rate", 1e-3)
        changes = _changes(options, learning_rate=min(1.0, 10 * rate))
    return Finding(
        "nothing_learnt",
        N_(
            "Nothing was learned: the loss is flat and no epoch beat the base model. The learning "
            "rate may be far too low, too few layers may be trainable, or the labels may not match "
            "the samples."
        ),
        changes=changes,
    )


def _still_falling(parts: Sequence[float]) -> bool:
    """The loss of the last quarter fell by at least 60 % of what the one before fell, and by 5 % of it."""
    before, last = parts[1] - parts[2], parts[2] - parts[3]
    return before > 0 and last > 0.6 * before and last > 0.05 * parts[2]


def _best_is_last(curves: _Curves) -> bool:
    values = curves.epoch(curves.main.name)
    if len(values) <= 2:
        return False
    return values[-1] == (max(values) if curves.main.larger_is_better else min(values))


def _overfitting(curves: _Curves, options: Settings) -> Iterator[Finding]:
    """The validation loss rose by a tenth over its lowest while the training loss went on falling."""
    checked, learnt = curves.epoch("loss")[1:], _quarters(curves.step("loss"))
    if len(checked) < 3 or not learnt:
        return
    lowest = checked.index(min(checked))
    rising = len(checked) - lowest > 2 and all(b > a for a, b in pairwise(checked[lowest:]))
    if rising and checked[-1] > 1.1 * checked[lowest] and learnt[-1] < learnt[0]:
        yield Finding(
            "overfitting",
            N_(
                "Overfitting: from epoch {epoch} on the training loss fell while the validation loss "
                "rose. The model memorises its training samples. Regularise with dropout, weight decay "
                "or augmentation, or add samples."
            ),
            {"epoch": lowest + 2},
            _changes(
                options,
                dropout=min(0.6, _number(options, "dropout", 0.0) + 0.2),
                weight_decay=min(0.5, max(0.05, 2 * _number(options, "weight_decay", 0.0))),
                label_smoothing=max(0.1, _number(options, "label_smoothing", 0.0)),
                crop=max(0.4, _number(options, "crop", 0.0)),
            ),
        )


def _two_networks(curves: _Curves, options: Settings) -> Iterator[Finding]:
    """A GAN whose one loss is near nothing while the other's is far from it, at the end."""
    generator, discriminator = curves.step("generator"), curves.step("discriminator")
    if len(discriminator) < FEWEST_STEPS or len(generator) < FEWEST_STEPS:
        return
    g, d = _quarters(generator)[-1], _quarters(discriminator)[-1]
    if d < 0.25 and g > 2.5:
        yield Finding(
            "discriminator_wins",
            N_(
                "The discriminator wins: it tells every generated image from a real one (its loss is "
                "{d:.2f}, the generator's {g:.2f}), so the generator gets no useful gradient. Use more "
                "augmentation, more label smoothing, or a lower learning rate."
            ),
            {"d": d, "g": g},
            _changes(
                options,
                augment=1.0,
                label_smoothing=max(0.2, _number(options, "label_smoothing", 0.0)),
                learning_rate=_number(options, "learning_rate", 2e-4) / 2,
            ),
        )
    elif g < 0.4 and d > 0.9:
        yield Finding(
            "generator_wins",
            N_(
                "The generator wins: the discriminator no longer tells generated images from real ones "
                "(its loss is {d:.2f}, the generator's {g:.2f}), so its gradient is worth nothing. Train "
                "the discriminator alone for longer first."
            ),
            {"d": d, "g": g},
            _changes(
                options,
                warmup_steps=int(min(1000, max(100, 2 * _number(options, "warmup_steps", 0)))),
                label_smoothing=0.0,
            ),
        )


def _collapsed(items: Sequence[Mapping[str, Json]], options: Settings) -> Iterator[Finding]:
    """A class with at least five validation samples that is never predicted."""
    labels = Counter(str(item["label"]) for item in items if "label" in item)
    answered = {str(item["predicted"]) for item in items if "predicted" in item}
    if not answered:
        return
    never = sorted(label for label, n in labels.items() if n >= 5 and label not in answered)
    if never:
        yield Finding(
            "class_collapsed",
            N_(
                "The model never predicts {classes}, although the validation set contains it. It may have "
                "too few samples, or the run was too short or its learning rate too high."
            ),
            {"classes": ", ".join(never)},
            _changes(
                options,
                epochs=int(min(300, 2 * _number(options, "epochs", 5))),
                learning_rate=_number(options, "learning_rate", 1e-3) / 3,
            ),
        )


def _few_steps(curves: _Curves, options: Settings) -> Iterator[Finding]:
    """It ended before the optimiser had moved the weights far, and not because nothing improved."""
    if not curves.ended or curves.patience_over or not 0 < curves.taken < FEW_STEPS:
        return
    yield Finding(
        "few_steps",
        N_(
            "Only {steps} optimiser steps were taken, too few to learn much. More epochs or a smaller batch "
            "give more; the automatic settings take as many as the data needs."
        ),
        {"steps": curves.taken},
        _changes(options, epochs=0, batch_size=0),
    )


def _few_samples(items: Sequence[Mapping[str, Json]], options: Settings) -> Iterator[Finding]:
    """So few validation samples that the accuracy moves in leaps."""
    count = sum("label" in item for item in items)
    if not 0 < count < FEW_SAMPLES:
        return
    yield Finding(
        "few_samples",
        N_(
            "The validation set has only {count} samples: one of them is {points:.0f} percentage points of "
            "accuracy. Add samples, or hold out a larger fraction of them."
        ),
        {"count": count, "points": 100 / count},
        _changes(
            options, validation_fraction=max(0.4, _number(options, "validation_fraction", 0.2))
        ),
    )


def _quarters(values: Sequence[float]) -> list[float]:
    """The means of the four quarters of a curve; nothing for fewer than four values."""
    if len(values) < 4:
        return []
    size = len(values) / 4
    return [fmean(values[int(i * size) : int((i + 1) * size)]) for i in range(4)]


def _number(options: Settings, name: str, usual: float) -> float:
    value = options.get(name)
    return value if isinstance(value, int | float) else usual


def _changes(options: Settings, **wanted: Json) -> Row:
    """Those that the task has and that are not so already; figures without their noise."""
    tidy = {k: float(f"{v:.3g}") if isinstance(v, float) else v for k, v in wanted.items()}
    return {k: v for k, v in tidy.items() if k in options and options[k] != v}
