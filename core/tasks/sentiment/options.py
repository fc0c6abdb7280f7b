"""What can be set in sentiment and its fine-tuning."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field

from core.errors import N_
from core.serving.options import Options
from core.training.options import AutoFloat, Dropout, GentleRate, LabelSmoothing, Lora, TrainOptions

FEW = 300
"""Training samples below which the last layer alone is trained: in less time, to a lower validation loss."""


class SentimentOptions(Options):
    sentences: bool = Field(
        False,
        title=N_("Label each sentence"),
        description=N_("Also give every single sentence of the text its label."),
    )


class SentimentTrainOptions(GentleRate, TrainOptions, LabelSmoothing, Dropout, Lora):
    learning_rate: AutoFloat = Field(
        0.0,
        ge=0.0,
        le=1.0,
        title=N_("Learning rate"),
        description=N_(
            "Step size of the optimiser. Automatic: 0.02 for the last layer alone, else 0.0005; pretrained layers "
            "get a tenth of it, so that what they have learned is not lost."
        ),
        json_schema_extra={"basic": True, "scale": "log", "auto": True},
    )
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
    trainable: Literal["auto", "head", "lora", "all"] = Field(
        "auto",
        title=N_("Trainable layers"),
        description=N_(
            "Of a base model the last layer alone (the features below it are computed once), low-rank "
            "matrices beside its layers (LoRA), or all layers. Automatic: the last layer where there are few samples, "
            "else LoRA. Nothing of a network from scratch is frozen."
        ),
        json_schema_extra={
            "basic": True,
            "titles": {
                "auto": N_("automatic"),
                "head": N_("last layer"),
                "lora": "LoRA",
                "all": N_("all layers"),
            },
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

    @property
    def automatic(self) -> bool:
        return super().automatic or self.trainable == "auto" or not self.learning_rate

    @property
    def least_steps(self) -> int:
        """Steps of the last layer alone cost next to nothing, and bring it to where its loss is lowest."""
        alone = self.network == "base" and self.trainable == "head"
        return 600 if alone else super().least_steps

    def decided(self, samples: int) -> Self:
        """Few samples: the last layer alone, at a rate that suits features of unit scale."""
        trainable = self.trainable
        if trainable == "auto":
            trainable = "head" if 0 < samples < FEW else "lora"
        alone = self.network == "base" and trainable == "head"
        rate = self.learning_rate or (2e-2 if alone else 5e-4)
        changed = self.model_copy(update={"trainable": trainable, "learning_rate": rate})
        return super(SentimentTrainOptions, changed).decided(samples)
