"""The families of translators: a typed record each, and how it is loaded. Nothing here imports torch before a
model is loaded, so that the catalogue can name its families."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, TypeAdapter

from core.device import Device
from core.models import weights
from core.models.catalog import ModelEntry
from core.tasks.translation.families import decoder, encoder_decoder
from core.tasks.translation.families.config import TranslatorConfig, config_of
from core.tasks.translation.families.decoder import DecoderConfig
from core.tasks.translation.families.encoder_decoder import M2M100Config, MarianConfig

if TYPE_CHECKING:
    from core.tasks.translation.predictor import Engine

_ANY: TypeAdapter[DecoderConfig | MarianConfig | M2M100Config] = TypeAdapter(
    Annotated[DecoderConfig | MarianConfig | M2M100Config, Field(discriminator="kind")]
)


def parse(values: Mapping[str, object]) -> TranslatorConfig:
    """The `config` of a fine-tuned model's `model.json`.

    Raises:
        ValueError: it describes no translator of ours, or one out of bounds.
    """
    return _ANY.validate_python(values)


def engine(entry: ModelEntry, device: Device) -> Engine:
    """The network of `entry`, of whichever family; what was fine-tuned may have LoRA matrices beside its base.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: they do not fit their base.
    """
    folder, *adapters = weights.require(entry)
    config = config_of(entry)
    if isinstance(config, DecoderConfig):
        return decoder.load(config, device, folder, *adapters)
    return encoder_decoder.load(config, device, folder, *adapters)
