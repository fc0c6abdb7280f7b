"""Fine-tuning of readers: encoders learn to mark answers, the decoder to write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.splits import parts
from core.errors import N_, ArchiveError, UsageError
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.models.starters import ENCODER
from core.tasks.question_answering.models import READER
from core.tasks.question_answering.trainee import ReadingTrainee
from core.training import loop
from core.training.run import Outcome, Run

if TYPE_CHECKING:
    from core.tasks.question_answering.options import ReadingTrainOptions


def bases() -> list[ModelEntry]:
    """The models that a fine-tuning can start from: encoders, with a reader's head or without, then
    decoders, which take longer."""
    return sorted([ENCODER, *catalog.entries("question_answering")], key=_is_decoder)


def check(base: ModelEntry | None, data: DataSet, options: ReadingTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no model to start from, or one of which not that part can be trained.
        NotReadyError: it is not on disk.
    """
    if base is None:
        raise UsageError(N_("Choose a model to start from."))
    if _is_decoder(base) and options.trainable != "lora":
        raise UsageError(
            N_("{model} is a decoder and learns to read with LoRA alone: choose LoRA to train."),
            model=base.title,
        )
    weights.require(base)
    parts(data.rows, options)


def finetune(run: Run[ReadingTrainOptions]) -> Outcome:
    return loop.train(trainee(run), run)


def trainee(run: Run[ReadingTrainOptions]) -> ReadingTrainee:
    """Whatever kind of reader the base is, to be trained."""
    from core.tasks.question_answering.train_decoder import DecoderTrainee
    from core.tasks.question_answering.train_encoder import EncoderTrainee

    assert run.base is not None  # see `check`
    return (DecoderTrainee if _is_decoder(run.base) else EncoderTrainee)(run)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that is no reader of ours.

    Raises:
        ArchiveError: it is not. NotReadyError: its base is not on disk.
    """
    good = isinstance(entry.config.get("knows_none"), bool)
    if _is_decoder(entry):
        weights.require(entry)
        good = good and entry.config.get("shots") == 0 and entry.weights[:2] == READER.weights
    elif entry.config.get("reader") != "encoder":
        good = False
    if not good:
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


def _is_decoder(entry: ModelEntry) -> bool:
    return entry.config.get("reader") == "decoder"
