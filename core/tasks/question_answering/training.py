"""Fine-tuning of readers: from which models, and what is refused before a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.splits import parts
from core.errors import N_, ArchiveError, UsageError
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.models.starters import ENCODER
from core.tasks.question_answering.catalog import READER, TASK
from core.tasks.question_answering.families import is_decoder
from core.training.run import Run

if TYPE_CHECKING:
    from core.tasks.question_answering.options import ReadingTrainOptions
    from core.tasks.question_answering.trainees.base import ReadingTrainee


def bases() -> list[ModelEntry]:
    """The models that a run can start from: encoders, with a reader's head or without, then decoders, which
    take longer."""
    return sorted([ENCODER, *catalog.entries(TASK)], key=is_decoder)


def check(base: ModelEntry | None, data: DataSet, options: ReadingTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no model to start from, or one of which not that part can be trained.
        NotReadyError: it is not on disk. DataSetError: too little data.
    """
    if base is None:
        raise UsageError(N_("Choose a model to start from."))
    if is_decoder(base) and options.trainable != "lora":
        raise UsageError(
            N_("{model} is a decoder, which is fine-tuned with LoRA only: choose LoRA."),
            model=base.title,
        )
    weights.require(base)
    parts(data.rows, options)


def trainee(run: Run[ReadingTrainOptions]) -> ReadingTrainee:
    """Whatever kind of reader the base is, to be trained."""
    from core.tasks.question_answering.trainees.decoder import DecoderTrainee
    from core.tasks.question_answering.trainees.encoder import EncoderTrainee

    assert run.base is not None  # see `check`
    return (DecoderTrainee if is_decoder(run.base) else EncoderTrainee)(run)


def admit(entry: ModelEntry) -> None:
    """Refuse a reader from elsewhere whose files are not those of its kind: an encoder is whole, a decoder's matrices
    stand beside Gemma and MiniLM.

    Raises:
        ArchiveError: they are not. NotReadyError: its base is not on disk.
    """
    if is_decoder(entry):
        weights.require(entry)
        fitting = entry.weights[:2] == READER.weights
    else:
        fitting = len(entry.weights) == 1
    if not fitting:
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)
