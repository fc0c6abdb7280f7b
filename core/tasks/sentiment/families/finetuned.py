"""Models that were fine-tuned here: an encoder or a recurrent network, pooled, with one linear layer on top.

A run's folder holds `model.json`, `head.safetensors`, and either LoRA matrices (peft's files), a whole
network (transformers' files or `recurrent.safetensors`) with its tokenizer, or nothing more (the head alone).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from core.models import state_dicts
from core.models.catalog import FamilyConfig, Label
from core.tasks.sentiment.predictor import Network, of_classifier

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from core.tasks.sentiment.networks.recurrent import Recurrent

HEAD, RECURRENT = "head.safetensors", "recurrent.safetensors"


class RecurrentShape(BaseModel):
    """Sizes of a recurrent network: `tokens` in its vocabulary, numbers in an `embedding`, `units` in a layer's
    memory in each direction. The bounds lie far above what the options allow."""

    model_config = ConfigDict(frozen=True)

    cell: Literal["lstm", "gru", "rnn"]
    tokens: int = Field(ge=1, le=100_000)
    embedding: int = Field(ge=1, le=4096)
    units: int = Field(ge=1, le=4096)
    layers: int = Field(ge=1, le=16)
    bidirectional: bool


class FinetunedConfig(FamilyConfig):
    """`labels` name the logits in order. `window`: longest input in tokens, start and end marks included.
    `shape`: of a recurrent network; None: a Transformer, whose own files say it."""

    kind: Literal["tuned"] = "tuned"
    labels: tuple[Label, ...] = Field(min_length=1, max_length=1_000)
    window: int = Field(ge=3, le=4096)
    shape: RecurrentShape | None = None

    @field_validator("labels")
    @classmethod
    def _differ(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(labels)) < len(labels):
            raise ValueError("two labels are the same")
        return labels


def network(model_id: str, config: FinetunedConfig, folders: Sequence[Path]) -> Network:
    """The classifier ready to be asked; `folders` are its base's, if it needs them, and its own.

    Raises:
        IntegrityError: the files do not fit each other.
    """
    from safetensors.torch import load_file

    from core.tasks.sentiment.networks import text_classifier

    own = folders[-1]
    encoder, tokenizer = (
        recurrent(own, config.shape) if config.shape else text_classifier.encoder(folders, model_id)
    )
    model = text_classifier.TextClassifier(encoder, tokenizer, config.labels, config.window)
    if text_classifier.longest(model, config.window) < config.window:
        raise state_dicts.misfit(model_id, f"no positions for a window of {config.window}")
    state_dicts.fill(model.linear, load_file(own / HEAD), model_id)
    return of_classifier(model.eval())


def recurrent(
    folder: Path, shape: RecurrentShape, dropout: float = 0.0
) -> tuple[Recurrent, PreTrainedTokenizerBase]:
    """The recurrent network in a folder and its tokenizer.

    Raises:
        IntegrityError: the file does not fit the shape.
    """
    import torch
    from safetensors.torch import load_file

    from core.tasks.sentiment.networks import recurrent

    with torch.device("meta"):  # sizes that the file does not have cost no memory
        network = recurrent.Recurrent(**shape.model_dump(), dropout=dropout)
    state_dicts.fill(network, load_file(folder / RECURRENT), folder.name)
    return network, recurrent.tokenizer(folder)


def describe(config: FinetunedConfig, **more: object) -> str:
    """The text of `model.json`."""
    known = config.model_dump(mode="json", exclude_none=True)
    return json.dumps({"config": known, **more}, ensure_ascii=False)
