"""Names that the first version used and that stored data, links and commands may still hold.

The one table of them. It is used where such data is read, and nowhere else: inside the code there are
only the names of today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.plain import Json, Row
from core.training import metrics
from core.training.metrics import Metric

OPTIONS = {
    "pieces": "accumulation_steps",
    "clip_norm": "max_grad_norm",
    "train": "trainable",
    "validation": "validation_fraction",
    "test": "test_fraction",
}
"""{old name of a training option: its name now}. Job rows, cards, links and flags."""
METRICS = {
    metric.name: metric
    for metric in (
        *metrics.CLASSIFICATION,
        Metric("mAP50-95", "mAP50-95", unit="fraction"),
        Metric("mAP50", "mAP50", unit="fraction"),
        Metric("precision", "precision", unit="fraction"),
        Metric("recall", "recall", unit="fraction"),
        Metric("KID", "KID", larger_is_better=False),
        Metric("chrF", "chrF"),
        Metric("BLEU", "BLEU"),
        Metric("F1", "F1", unit="percent"),
        Metric("exact match", "exact match", unit="percent"),
    )
}
"""The metrics of runs whose start event does not describe them yet."""


def options(values: Mapping[str, Json]) -> Row:
    """Stored training options under their names of today; where both names occur, today's counts."""
    renamed = {OPTIONS[name]: value for name, value in values.items() if name in OPTIONS}
    return renamed | {name: value for name, value in values.items() if name not in OPTIONS}


def old_names(option: str) -> list[str]:
    """What a training option was called before."""
    return [old for old, new in OPTIONS.items() if new == option]


def metric(name: str, reported: Iterable[Metric] = ()) -> Metric:
    """The metric called `name` as the run `reported` it, else as the first version meant it; an unknown
    one counts as a score. "test " in front means the same metric on the test part."""
    plain = name.removeprefix("test ")
    for one in reported:
        if one.name == plain:
            return one
    return METRICS.get(plain) or Metric(plain, plain)
