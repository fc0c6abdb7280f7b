"""What can be set in sentiment and its fine-tuning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import N_
from core.serving.options import Options
from core.training.options import Dropout, GentleRate, LabelSmoothing, Lora, TrainOptions, retuned


class SentimentOptions(Options):
    sentences: bool = Field(
        False,
        title=N_("Label each sentence"),
        description=N_("Also give every single sentence of the text its label."),
    )


class SentimentTrainOptions(GentleRate, TrainOptions, LabelSmoothing, Dropout, Lora):
    learning_rate: float = retuned(GentleRate, "learning_rate", 5e-4)
    network: Literal["base", "lstm", "gru", "rnn"] = Field(
        "base",
        title=N_("Network"),
        description=N_("The base model, or a recurrent network trained from scratch."),
        json_schema_extra={
            "basic": True,
            "titles": {
                "base": N_("base model"),
                "lstm": N_("LSTM from scratch"),
                "gru": N_("GRU from scratch"),
                "rnn": N_("plain RNN from scratch"),
            },
        },
    )
    trainable: Literal["head", "lora", "all"] = Field(
        "lora",
        title=N_("Trainable layers"),
        description=N_(
            "Of a base model the last layer alone (the features below it are computed once), low-rank "
            "matrices beside its layers (LoRA), or all layers. Nothing of a network from scratch is frozen."
        ),
        json_schema_extra={
            "basic": True,
            "titles": {"head": N_("last layer"), "lora": "LoRA", "all": N_("all layers")},
        },
    )
    max_tokens: int = Field(
        128,
        ge=8,
        le=512,
        title=N_("Maximum length"),
        description=N_(
            "Tokens (pieces of words) that are read at once. In training a longer text is cut off, in use "
            "it is read in several windows."
        ),
        json_schema_extra={"step": 8},
    )
    layers: int = Field(
        1,
        ge=1,
        le=6,
        title=N_("Layers (from scratch)"),
        description=N_("Recurrent layers, each reading the states of the one before."),
        json_schema_extra={"step": 1},
    )
    units: int = Field(
        128,
        ge=4,
        le=1024,
        title=N_("Units (from scratch)"),
        description=N_("Size of a layer's hidden state in each direction."),
        json_schema_extra={"step": 4},
    )
    embedding: int = Field(
        128,
        ge=4,
        le=1024,
        title=N_("Embedding size (from scratch)"),
        description=N_("Size of the vector that stands for a token."),
        json_schema_extra={"step": 4},
    )
    bidirectional: bool = Field(
        True,
        title=N_("Bidirectional (from scratch)"),
        description=N_("Texts are also read from their end to their beginning."),
    )
    vocabulary: int = Field(
        8_000,
        ge=100,
        le=50_000,
        title=N_("Vocabulary size (from scratch)"),
        description=N_(
            "Tokens that are made from the training texts, the most frequent ones first."
        ),
        json_schema_extra={"step": 100},
    )
