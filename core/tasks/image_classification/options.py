"""What can be set in image classification and its fine-tuning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core.errors import N_
from core.serving.options import Options
from core.training.options import Dropout, GentleRate, LabelSmoothing, TrainOptions


class ClassificationOptions(Options):
    top_k: int = Field(
        5,
        ge=1,
        le=20,
        title=N_("Classes shown"),
        description=N_("How many of the most likely classes are listed."),
        json_schema_extra={"step": 1},
    )
    temperature: float = Field(
        1.0,
        ge=0.1,
        le=5.0,
        title=N_("Temperature"),
        description=N_(
            "Divides the logits before the softmax: above 1 the model sounds less sure, below 1 more. "
            "The order of the classes stays."
        ),
        json_schema_extra={"step": 0.1},
    )


class ClassificationTrainOptions(GentleRate, TrainOptions, LabelSmoothing, Dropout):
    @property
    def least_steps(self) -> int:
        """Steps of the last layer alone cost next to nothing, and bring it to where its loss is lowest."""
        return 300 if self.trainable == "head" else super().least_steps

    trainable: Literal["head", "last", "all"] = Field(
        "head",
        title=N_("Trainable layers"),
        description=N_(
            "The last layer alone (seconds: the rest is computed once), the last quarter of the "
            "layers, or all of them."
        ),
        json_schema_extra={
            "basic": True,
            "titles": {
                "head": N_("last layer"),
                "last": N_("last layers"),
                "all": N_("all layers"),
            },
        },
    )
    pretrained: bool = Field(
        True,
        title=N_("Start from pretrained weights"),
        description=N_("Off, or where they are not on this computer: from random weights."),
        json_schema_extra={"basic": True},
    )
    image_size: int = Field(
        160,
        ge=32,
        le=320,
        title=N_("Image size"),
        description=N_("Pixels along each side that the network sees. Smaller is faster."),
        json_schema_extra={"step": 32},
    )
    crop: float = Field(
        0.2,
        ge=0.0,
        le=0.9,
        title=N_("Augmentation: crop"),
        description=N_(
            "Up to this fraction of an image is cropped away at random. Not with the last layer alone."
        ),
        json_schema_extra={"step": 0.05},
    )
    flip: bool = Field(
        True,
        title=N_("Augmentation: mirror"),
        description=N_("Half of the images are mirrored. Wrong for letters and digits."),
    )
    rotate: int = Field(
        0,
        ge=0,
        le=45,
        title=N_("Augmentation: rotate"),
        description=N_("Images are rotated by up to this many degrees."),
        json_schema_extra={"step": 1},
    )
    colour: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title=N_("Augmentation: colours"),
        description=N_("Brightness, contrast and saturation change by up to this fraction."),
        json_schema_extra={"step": 0.05},
    )
