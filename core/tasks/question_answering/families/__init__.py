"""The families of reading networks, told apart by the type of an entry's config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter

from core.device import Device
from core.models.catalog import ModelEntry
from core.tasks.question_answering.families import decoder, encoder
from core.tasks.question_answering.families.decoder import PromptConfig, TunedConfig
from core.tasks.question_answering.families.encoder import EncoderConfig
from core.tasks.question_answering.predictor import Reader

FineTuned = EncoderConfig | TunedConfig
"""What a fine-tuning makes."""
_STORED: TypeAdapter[FineTuned] = TypeAdapter(Annotated[FineTuned, Field(discriminator="reader")])


def parse(values: Mapping[str, object]) -> FineTuned:
    """The config in a fine-tuned reader's `model.json`.

    Raises:
        ValueError: it is no reader of ours.
    """
    return _STORED.validate_python(dict(values))


def load(entry: ModelEntry, device: Device) -> Reader:
    """The reader of `entry`.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit the network.
    """
    match entry.config:
        case EncoderConfig():
            return encoder.load(entry, device)
        case PromptConfig() | TunedConfig():
            return decoder.load(entry, device)
    raise TypeError(f"{entry.id} is no reader: {entry.config!r}")


def is_decoder(entry: ModelEntry) -> bool:
    """Whether a model writes answers; an encoder marks them."""
    return isinstance(entry.config, PromptConfig | TunedConfig)
