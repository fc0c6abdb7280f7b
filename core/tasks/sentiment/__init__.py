"""Sentiment: is a text negative, neutral or positive, and which of its sentences say so?"""

from __future__ import annotations

from pydantic import Field

from core import catalog, task
from core.errors import N_
from core.task import Options, Task
from core.tasks.sentiment.models import ENTRIES


class SentimentOptions(Options):
    sentences: bool = Field(
        False,
        title=N_("Judge each sentence"),
        description=N_("Also say how each single sentence of the text sounds."),
    )


TASK = task.register(
    Task(
        name="sentiment",
        title=N_("Sentiment"),
        summary=N_("Tell whether a text is negative, neutral or positive."),
        input="text",
        options=SentimentOptions,
        loader="core.tasks.sentiment.predict:load",
        router="core.tasks.sentiment.routing:route",
    )
)
catalog.register(*ENTRIES)
