"""What `python -m core bench finetune` compares of this application: our loop with a bare one, and features of
the frozen layers computed once with features computed in every epoch."""

from __future__ import annotations

import time
from pathlib import Path

from core import tasks
from core.data.datasets import DataSet
from core.device import choose
from core.models import catalog
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.tasks.image_classification.options import ClassificationTrainOptions
from core.tasks.image_classification.training import ClassifierTrainee
from core.training import loop
from core.training.benchmark import Case, against_bare_loop
from core.training.run import Run

ALL = ClassificationTrainOptions(trainable="all", image_size=96, batch_size=16, epochs=10)
HEAD = ClassificationTrainOptions(image_size=96, epochs=5, patience=0, crop=0.0, flip=False)


def cases() -> list[Case]:
    data = tasks.sample("image_classification", "textures", Progress())
    base = catalog.find("efficientnet-lite0")
    return [against_bare_loop(ClassifierTrainee, ALL, data, base), _head_alone(data, base)]


def _head_alone(data: DataSet, base: ModelEntry) -> Case:
    """Whole runs of the last layer."""

    def seconds(folder: Path, options: ClassificationTrainOptions) -> float:
        run = Run(folder, options, data, choose(None), base=base)
        started = time.perf_counter()
        trainee = ClassifierTrainee(run)
        if options.trainable != "head":
            trainee.network_.requires_grad_(False)
            trainee.head.requires_grad_(True)
        loop.train(trainee, run)
        return (time.perf_counter() - started) / (options.epochs * len(data.rows))

    return Case(
        "features every epoch",
        lambda folder: seconds(folder, HEAD.model_copy(update={"trainable": "head"})),
        lambda folder: seconds(folder, HEAD.model_copy(update={"trainable": "last"})),
    )
