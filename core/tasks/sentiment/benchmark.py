"""What `python -m core bench finetune` compares of this application."""

from __future__ import annotations

from core import tasks
from core.models.starters import ENCODER
from core.progress import Progress
from core.tasks.sentiment.options import SentimentTrainOptions
from core.tasks.sentiment.training import SentimentTrainee
from core.training.benchmark import Case, against_bare_loop


def cases() -> list[Case]:
    data = tasks.sample("sentiment", "english", Progress())
    options = SentimentTrainOptions(batch_size=16, epochs=1)
    return [against_bare_loop(SentimentTrainee, options, data, ENCODER)]
