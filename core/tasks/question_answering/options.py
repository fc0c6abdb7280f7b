"""What can be set in question answering and its fine-tuning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import N_
from core.serving.options import Options
from core.training.options import Dropout, GentleRate, LabelSmoothing, Lora, TrainOptions


class ReadingOptions(Options):
    threshold: float = Field(
        0.05,
        ge=0.0,
        le=1.0,
        title=N_("“No answer” below"),
        description=N_(
            "An answer of lower confidence counts as: no answer in this passage. 0 always shows the best one."
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


class ReadingTrainOptions(GentleRate, TrainOptions, LabelSmoothing, Dropout, Lora):
    usual_batch = 16
    trainable: Literal["lora", "last", "all"] = Field(
        "lora",
        title=N_("Trainable layers"),
        description=N_(
            "Small matrices beside the layers (LoRA), the last third of the layers, or all of them. The "
            "head of an encoder (two logits per token: an answer begins here, ends here) is always "
            "trained; a decoder is trained with LoRA only."
        ),
        json_schema_extra={
            "basic": True,
            "titles": {"lora": "LoRA", "last": N_("last layers"), "all": N_("all layers")},
        },
    )
    dropout: float = Field(
        0.1,
        ge=0.0,
        le=0.9,
        title=N_("Dropout"),
        description=N_(
            "Fraction of the activations set to zero at random in training, against overfitting: inside "
            "the layers of an encoder, before LoRA's matrices of a decoder."
        ),
        json_schema_extra={"step": 0.05},
    )
    window: int = Field(
        256,
        ge=64,
        le=512,
        title=N_("Window"),
        description=N_(
            "Tokens of question and passage that are read at once in training. Longer passages are cut "
            "into overlapping windows."
        ),
        json_schema_extra={"step": 32},
    )
    questions: int = Field(
        200,
        ge=2,
        le=10_000,
        title=N_("Validation questions"),
        description=N_(
            "At most so many questions of the validation part are answered after each epoch: a decoder "
            "on a CPU takes a second or more for each."
        ),
        json_schema_extra={"step": 10},
    )
