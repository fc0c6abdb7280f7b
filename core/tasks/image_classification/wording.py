"""Results for people: class names in the reader's language, and results as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.inputs.tables import Table
from core.models import catalog
from core.models.catalog import ModelEntry
from core.tasks.class_names import ClassNames

if TYPE_CHECKING:
    from core.tasks.image_classification.predictor import ClassificationResult, ClassScore

CLASS_NAMES = ClassNames(Path(__file__).parent)
"""ImageNet's classes; the translations are our own."""
COLUMNS = ("file", "model", "rank", "index", "label", "score")


def class_name(score: ClassScore, entry: ModelEntry, language: str) -> str:
    """The class in `language`; one of a fine-tuned model as its data set calls it."""
    if entry.finetuned:
        return score.label
    return CLASS_NAMES.name(score.label, language, score.index)


def table(labels: Sequence[str], results: Sequence[ClassificationResult], language: str) -> Table:
    """A row for each class of each result, with its probability to six places; `labels` name the images."""
    entries = {model: catalog.find(model) for model in {result.model for result in results}}
    rows = [
        (
            label,
            result.model,
            str(rank),
            str(score.index),
            class_name(score, entries[result.model], language),
            f"{score.score:.6f}",
        )
        for label, result in zip(labels, results, strict=True)
        for rank, score in enumerate(result.labels, 1)
    ]
    return Table(COLUMNS, tuple(rows))
