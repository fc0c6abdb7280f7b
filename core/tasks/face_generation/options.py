"""What can be set in face generation and its fine-tuning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import N_
from core.serving.options import Options
from core.training.options import LabelSmoothing, Optimizer, Schedule, TrainOptions, retuned

Scheduler = Literal["dpm-solver", "unipc", "ddim", "pndm", "ddpm"]


class FaceOptions(Options):
    """`count` and `seed` name the faces to generate; a predictor gets them as a list of inputs."""

    count: int = Field(
        16,
        ge=1,
        le=64,
        title=N_("Faces"),
        description=N_("How many faces are generated; their seeds follow one another."),
        json_schema_extra={"step": 1},
    )
    seed: int = Field(
        0,
        ge=0,
        le=999_999_999,
        title=N_("First seed"),
        description=N_("The number that the randomness starts from: same seed, same face."),
        json_schema_extra={"step": 1},
    )
    truncation: float = Field(
        1.0,
        ge=0.5,
        le=1.5,
        title=N_("Truncation"),
        description=N_(
            "Multiplies the latent vector: below 1 the faces come closer to the average face, above 1 "
            "they get more varied and less believable."
        ),
        json_schema_extra={"step": 0.05},
    )
    scheduler: Scheduler = Field(
        "dpm-solver",
        title=N_("Scheduler"),
        description=N_(
            "The rule that removes noise. DDPM is the original and needs hundreds of steps; "
            "DPM-Solver++ and UniPC need about 20, DDIM and PNDM about 50."
        ),
        json_schema_extra={
            "titles": {
                "dpm-solver": "DPM-Solver++",
                "unipc": "UniPC",
                "ddim": "DDIM",
                "pndm": "PNDM",
                "ddpm": "DDPM",
            }
        },
    )
    steps: int = Field(
        20,
        ge=2,
        le=1000,
        title=N_("Denoising steps"),
        description=N_("More steps give finer faces and take longer: every step runs the network."),
        json_schema_extra={"step": 1},
    )


class FaceTrainOptions(TrainOptions, LabelSmoothing):
    epochs: int = Field(
        30,
        ge=1,
        le=300,
        title=N_("Epochs"),
        description=N_(
            "Passes over the training set; an epoch of a small set goes over it several times."
        ),
        json_schema_extra={"basic": True, "step": 1},
    )
    batch_size: int = retuned(TrainOptions, "batch_size", 16)
    learning_rate: float = retuned(TrainOptions, "learning_rate", 2e-4)
    optimizer: Optimizer = retuned(TrainOptions, "optimizer", "adam")
    momentum: float = retuned(TrainOptions, "momentum", 0.5)
    schedule: Schedule = retuned(TrainOptions, "schedule", "constant")
    weight_decay: float = retuned(TrainOptions, "weight_decay", 0.0)
    validation_fraction: float = retuned(TrainOptions, "validation_fraction", 0.3)
    patience: int = retuned(TrainOptions, "patience", 10)
    max_grad_norm: float = retuned(TrainOptions, "max_grad_norm", 0.0)
    pretrained: bool = Field(
        True,
        title=N_("Start from pretrained weights"),
        description=N_("Off: the generator starts from random weights as well."),
        json_schema_extra={"basic": True},
    )
    warmup_steps: int = Field(
        20,
        ge=0,
        le=1000,
        title=N_("Discriminator first"),
        description=N_(
            "Steps in which only the discriminator learns: it starts from nothing, and its first "
            "judgements would spoil the generator."
        ),
        json_schema_extra={"step": 10},
    )
    augment: float = Field(
        0.7,
        ge=0.0,
        le=1.0,
        title=N_("Augmentation"),
        description=N_(
            "How strongly colours, place and a patch of every image are changed before the "
            "discriminator sees it. Small sets need it; 0 changes nothing."
        ),
        json_schema_extra={"step": 0.1},
    )
    averaging: float = Field(
        0.98,
        ge=0.0,
        le=0.9999,
        title=N_("Moving average"),
        description=N_("How slowly the generator that is kept follows the one that learns."),
        json_schema_extra={"step": 0.005},
    )
