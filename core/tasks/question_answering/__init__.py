"""Question answering: where in a passage is the answer to a question?"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from core import catalog, task
from core.errors import N_
from core.task import Options, Task
from core.tasks.question_answering.models import ENTRIES


@dataclass(frozen=True)
class Question:
    """One input: a question `text` and the `passage` that may hold the answer (cleaned texts)."""

    passage: str
    text: str


class ReadingOptions(Options):
    threshold: float = Field(
        0.05,
        ge=0.0,
        le=1.0,
        title=N_("“No answer” below"),
        description=N_(
            "An answer that the model is less sure of than this counts as: no answer in this passage. "
            "0 always shows the best one."
        ),
        json_schema_extra={"step": 0.01},
    )
    max_tokens: int = Field(
        15,
        ge=1,
        le=50,
        title=N_("Longest answer"),
        description=N_("In tokens, the pieces of words that the model reads."),
        json_schema_extra={"step": 1},
    )
    windows: int = Field(
        3,
        ge=1,
        le=20,
        title=N_("Windows read"),
        description=N_(
            "A passage longer than the model can read at once is cut into overlapping windows; the ones "
            "that look most like the question are read."
        ),
        json_schema_extra={"step": 1},
    )


TASK = task.register(
    Task(
        name="question_answering",
        title=N_("Question answering"),
        summary=N_("Ask about a passage; the answer is marked in it."),
        input="question",
        options=ReadingOptions,
        loader="core.tasks.question_answering.predict:load",
        router="core.tasks.question_answering.route:choose",
    )
)
catalog.register(*ENTRIES)
