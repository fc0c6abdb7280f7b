"""Which model reads a passage when the visitor chose none: the best that knows its language."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import N_, NotReadyError
from core.inputs.languages import detect
from core.models.catalog import ModelEntry
from core.tasks.input_kinds import Question
from core.tasks.question_answering.options import ReadingOptions


def choose(question: Question, options: ReadingOptions, ready: Sequence[ModelEntry]) -> str:
    """The id of the first ready model for the passage's language; Gemma takes what others cannot.

    Raises:
        NotReadyError: no model of this task is on disk.
    """
    if not ready:
        raise NotReadyError(
            N_(
                "No model that reads is on this computer yet. Fetch one on the Models page or with: "
                "python -m core fetch --starters"
            )
        )
    language = detect(question.passage)
    fitting = [entry for entry in ready if language in entry.languages]
    many = [entry for entry in ready if len(entry.languages) > 1]
    return (fitting or many or ready)[0].id
