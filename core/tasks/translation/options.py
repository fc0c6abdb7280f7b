"""What can be set in translation and its fine-tuning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import N_
from core.inputs.languages import NAMES
from core.serving.options import Options
from core.training.options import Dropout, GentleRate, LabelSmoothing, Lora, TrainOptions, retuned

Language = Literal[
    "ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "vi", "zh"
]  # fmt: skip


class TranslationOptions(Options):
    source: Literal["auto", Language] = Field(
        "auto",
        title=N_("From"),
        description=N_("Language of the text; “auto” detects it."),
        json_schema_extra={"titles": {"auto": N_("Detect"), **NAMES}},
    )
    target: Language = Field(
        "en",
        title=N_("Into"),
        description=N_("Language to translate into."),
        json_schema_extra={"titles": {**NAMES}},
    )
    alternatives: int = Field(
        1,
        ge=1,
        le=4,
        title=N_("Versions"),
        description=N_("How many translations of each sentence are given, the best first."),
        json_schema_extra={"step": 1},
    )
    method: Literal["beam", "sampling"] = Field(
        "beam",
        title=N_("Search"),
        description=N_(
            "“beam” keeps the most probable partial translations side by side; “sampling” takes each "
            "token at random, by its probability."
        ),
        json_schema_extra={"titles": {"beam": N_("Beam search"), "sampling": N_("Sampling")}},
    )
    beams: int = Field(
        1,
        ge=1,
        le=6,
        title=N_("Beams"),
        description=N_(
            "Partial translations kept at once, never fewer than the versions asked for. 1 is greedy "
            "decoding, the fastest."
        ),
        json_schema_extra={"step": 1},
    )
    temperature: float = Field(
        0.7,
        ge=0.1,
        le=1.5,
        title=N_("Temperature"),
        description=N_("Only for sampling: higher is bolder and more often wrong."),
        json_schema_extra={"step": 0.1},
    )
    seed: int = Field(
        0,
        ge=0,
        le=9999,
        title=N_("Seed"),
        description=N_("Only for sampling: the same seed gives the same translation."),
        json_schema_extra={"step": 1},
    )


class TranslationTrainOptions(GentleRate, TrainOptions, LabelSmoothing, Dropout, Lora):
    usual_epochs = 3
    usual_batch = 8
    patience: int = retuned(TrainOptions, "patience", 2)
    learning_rate: float = retuned(GentleRate, "learning_rate", 5e-4)
    trainable: Literal["lora", "all"] = Field(
        "lora",
        title=N_("Trainable layers"),
        description=N_(
            "Small matrices beside the frozen layers (LoRA), or all layers: four times the memory, and "
            "the whole model is kept."
        ),
        json_schema_extra={"basic": True, "titles": {"lora": "LoRA", "all": N_("all layers")}},
    )
    dropout: float = Field(
        0.05,
        ge=0.0,
        le=0.9,
        title=N_("Dropout"),
        description=N_(
            "Fraction of the inputs of LoRA's matrices set to zero at random in training, against overfitting."
        ),
        json_schema_extra={"step": 0.05},
    )
    sentences: int = Field(
        60,
        ge=2,
        le=2_000,
        title=N_("Sentences to check on"),
        description=N_(
            "At most so many validation sentences are translated after each epoch: on a CPU that "
            "takes as long as the training."
        ),
        json_schema_extra={"step": 10},
    )
