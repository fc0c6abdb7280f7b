"""What every fine-tuning has in common to set. Tasks add their own fields.

As with `Options`, a field is the single source for its slider, its CLI flag and its validation.
`json_schema_extra` may also hold `basic` (shown in the short form), `scale: "log"`, `titles` of
choices, and `auto`: 0 (or the word) then means that the value follows from the data; see `decided`.
"""

from __future__ import annotations

import math
from copy import copy
from typing import Annotated, ClassVar, Literal, Self, TypeVar, cast

from pydantic import BeforeValidator, Field, model_validator

from core.data.splits import Division
from core.errors import N_
from core.serving.options import Options

Optimizer = Literal["adamw", "adam", "sgd"]
Schedule = Literal["cosine", "linear", "step", "constant"]
V = TypeVar("V")
T = TypeVar("T", bound="TrainOptions")


AUTO = "auto"
MOST_EPOCHS = 100
"""Most epochs that are decided on automatically: beyond, a tiny data set is only memorised."""


def _auto(value: object) -> object:
    return 0 if value == AUTO else value


AutoInt = Annotated[int, BeforeValidator(_auto)]
AutoFloat = Annotated[float, BeforeValidator(_auto)]
"""0 and "auto" are the same: decided from the data."""


class TrainOptions(Options):
    usual_epochs: ClassVar[int] = 5
    """Epochs where there are samples enough."""
    usual_batch: ClassVar[int] = 32
    """Batch size where there are samples enough."""

    epochs: AutoInt = Field(
        0,
        ge=0,
        le=300,
        title=N_("Epochs"),
        description=N_(
            "Passes over the training set. Automatic: as many as it takes to learn from so many samples."
        ),
        json_schema_extra={"basic": True, "step": 1, "auto": True},
    )
    batch_size: AutoInt = Field(
        0,
        ge=0,
        le=512,
        title=N_("Batch size"),
        description=N_(
            "Samples per optimiser step. A larger batch gives a less noisy gradient and needs more memory. "
            "Automatic: small where there are few samples."
        ),
        json_schema_extra={"basic": True, "scale": "log", "auto": True},
    )
    learning_rate: float = Field(
        1e-3,
        ge=1e-6,
        le=1.0,
        title=N_("Learning rate"),
        description=N_("Step size of the optimiser: the setting that matters most."),
        json_schema_extra={"basic": True, "scale": "log"},
    )
    optimizer: Optimizer = Field(
        "adamw",
        title=N_("Optimiser"),
        description=N_(
            "SGD follows the gradient with momentum; Adam scales each weight's step by its recent "
            "gradients; AdamW also decays weights apart from the gradient."
        ),
        json_schema_extra={"titles": {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD"}},
    )
    momentum: float = Field(
        0.9,
        ge=0.0,
        le=0.99,
        title=N_("Momentum"),
        description=N_("Fraction of the previous update that is kept (Adam's beta 1)."),
        json_schema_extra={"step": 0.01},
    )
    schedule: Schedule = Field(
        "cosine",
        title=N_("Learning-rate schedule"),
        description=N_(
            "How the learning rate decays: along a cosine, linearly, by a factor of ten after each "
            "third of the run, or not at all."
        ),
        json_schema_extra={
            "titles": {
                "cosine": N_("cosine"),
                "linear": N_("linear"),
                "step": N_("step decay"),
                "constant": N_("constant"),
            }
        },
    )
    warmup: float = Field(
        0.05,
        ge=0.0,
        le=0.5,
        title=N_("Warm-up"),
        description=N_("Fraction of the run in which the learning rate rises from zero."),
        json_schema_extra={"step": 0.01},
    )
    weight_decay: float = Field(
        0.01,
        ge=0.0,
        le=0.5,
        title=N_("Weight decay"),
        description=N_(
            "Shrinks the weights towards zero, against overfitting. Biases and norms are excluded."
        ),
        json_schema_extra={"step": 0.005},
    )
    max_grad_norm: float = Field(
        1.0,
        ge=0.0,
        le=10.0,
        title=N_("Maximum gradient norm"),
        description=N_(
            "Gradients with a larger norm are scaled down to it (gradient clipping); 0 turns clipping off."
        ),
        json_schema_extra={"step": 0.1},
    )
    accumulation_steps: int = Field(
        1,
        ge=1,
        le=64,
        title=N_("Gradient-accumulation steps"),
        description=N_(
            "Micro-batches that each batch is computed in: less memory, the same optimiser step."
        ),
        json_schema_extra={"step": 1},
    )
    precision: Literal["no", "bf16", "fp16"] = Field(
        "no",
        title=N_("Mixed precision"),
        description=N_(
            "Half-precision arithmetic where it is safe: faster on a GPU, rarely on a CPU."
        ),
        json_schema_extra={"titles": {"no": N_("off"), "bf16": "bfloat16", "fp16": "float16"}},
    )
    validation_fraction: float = Field(
        0.2,
        ge=0.05,
        le=0.5,
        title=N_("Validation fraction"),
        description=N_("Samples held out to choose the best epoch. Near-duplicates stay together."),
        json_schema_extra={"step": 0.05},
    )
    test_fraction: float = Field(
        0.0,
        ge=0.0,
        le=0.4,
        title=N_("Test fraction"),
        description=N_("Samples evaluated once, at the end, by the best model; 0 holds out none."),
        json_schema_extra={"step": 0.05},
    )
    patience: int = Field(
        3,
        ge=0,
        le=50,
        title=N_("Early-stopping patience"),
        description=N_(
            "Epochs without improvement before the run stops; 0 turns early stopping off."
        ),
        json_schema_extra={"step": 1},
    )
    seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title=N_("Seed"),
        description=N_("Seed of all random numbers: the same seed gives the same run on a CPU."),
        json_schema_extra={"step": 1},
    )

    @property
    def automatic(self) -> bool:
        """Whether anything is still to be decided."""
        return not (self.epochs and self.batch_size)

    @property
    def least_steps(self) -> int:
        """Optimiser steps that a new last layer needs; epochs are added until there are as many."""
        return 120

    def decided(self, samples: int) -> Self:
        """These options with all that is automatic decided for `samples` training samples: a batch of at most a
        quarter of them, and epochs for at least `least_steps` (within MOST_EPOCHS). Without any (0), the
        usual values."""
        changes: dict[str, object] = {}
        batch = self.batch_size
        if not batch:
            batch = self.usual_batch
            if samples:
                batch = min(batch, 2 ** int(math.log2(max(1, samples // 4))))
            changes["batch_size"] = batch
        if not self.epochs:
            steps = math.ceil(samples / batch) if samples else self.least_steps
            wanted = math.ceil(self.least_steps / steps)
            changes["epochs"] = max(self.usual_epochs, min(MOST_EPOCHS, wanted))
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _split_leaves_something(self) -> Self:
        if self.validation_fraction + self.test_fraction > 0.8:
            raise ValueError("validation and test together leave too little to train on")
        return self


def with_division(options: T, given: Division | None) -> T:
    """The options as a run goes by them: the fractions of data that brings its own division are what they are, within
    the options' bounds. A test part that is there is looked at, if nobody asked for one either."""
    if given is None:
        return options
    total = given.train + given.validation + given.test
    validation = options.validation_fraction
    changes: dict[str, float] = {}
    if given.validation:
        validation = changes["validation_fraction"] = round(
            min(0.5, max(0.05, given.validation / total)), 3
        )
    if given.test:
        changes["test_fraction"] = round(
            min(0.4, 0.8 - validation, max(0.001, given.test / total)), 3
        )
    return options.model_copy(update=changes)


def retuned(model: type[Options], name: str, default: V) -> V:
    """The field `name` of `model` with another default, for a task that needs one."""
    field = copy(model.model_fields[name])
    field.default = default
    return cast("V", field)  # as pydantic's own `Field`, which stands for the value of its field


GENTLE = 0.1
"""Factor of the learning rate where layers of a pretrained network move."""


class GentleRate(Options):
    """For tasks that start from pretrained networks."""

    learning_rate: float = Field(
        1e-3,
        ge=1e-6,
        le=1.0,
        title=N_("Learning rate"),
        description=N_(
            "Step size of the optimiser. Pretrained layers get a tenth of it, so that what they have "
            "learned is not lost."
        ),
        json_schema_extra={"basic": True, "scale": "log"},
    )


class LabelSmoothing(Options):
    label_smoothing: float = Field(
        0.0,
        ge=0.0,
        le=0.4,
        title=N_("Label smoothing"),
        description=N_(
            "Fraction of the probability that is given to the wrong classes, against overconfidence."
        ),
        json_schema_extra={"step": 0.05},
    )


class Dropout(Options):
    dropout: float = Field(
        0.1,
        ge=0.0,
        le=0.9,
        title=N_("Dropout"),
        description=N_(
            "Fraction of the last features set to zero at random in training, against overfitting."
        ),
        json_schema_extra={"step": 0.05},
    )


class Lora(Options):
    rank: int = Field(
        8,
        ge=1,
        le=128,
        title=N_("LoRA rank"),
        description=N_(
            "Rank of the low-rank matrices that are trained beside each frozen one (arXiv:2106.09685)."
        ),
        json_schema_extra={"step": 1},
    )
    alpha: float = Field(
        16.0,
        ge=1.0,
        le=256.0,
        title=N_("LoRA alpha"),
        description=N_("Scale of the low-rank update: it is multiplied by alpha / rank."),
        json_schema_extra={"step": 1},
    )
