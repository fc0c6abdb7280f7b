"""What can be set in object detection and its fine-tuning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from core.errors import N_
from core.serving.options import Options
from core.training.options import TrainOptions, retuned

FLOOR = 0.05
"""Lowest score a detector reports; the confidence slider starts here."""
IOU_CEILING = 0.8
"""Detectors that leave suppression to `boxes.select` only merge boxes that overlap more than this."""


class DetectionOptions(Options):
    confidence: float = Field(
        0.35,
        ge=FLOOR,
        le=0.95,
        title=N_("Confidence"),
        description=N_("Boxes with a lower score are hidden. Lower: more is found, also wrongly."),
        json_schema_extra={"step": 0.05},
    )
    iou: float = Field(
        0.5,
        ge=0.1,
        le=IOU_CEILING,
        title=N_("Overlap (IoU)"),
        description=N_(
            "Two boxes of one class that overlap by more than this are taken for the same object, "
            "and only the more confident one stays (non-maximum suppression)."
        ),
        json_schema_extra={"step": 0.05},
    )
    max_boxes: int = Field(
        100,
        ge=1,
        le=300,
        title=N_("Maximum boxes"),
        description=N_("At most this many boxes are shown, the most confident first."),
        json_schema_extra={"step": 1},
    )
    classes: list[str] = Field(
        [],
        title=N_("Classes"),
        description=N_("Only these classes are shown; none chosen: all of them."),
    )

    @field_validator("classes")
    @classmethod
    def _without_blanks(cls, names: list[str]) -> list[str]:
        """Which names there are depends on the model, which refuses those that it does not know."""
        return [name.strip() for name in names]


class DetectionTrainOptions(TrainOptions):
    usual_epochs = 30
    usual_batch = 16
    learning_rate: float = retuned(TrainOptions, "learning_rate", 2e-3)
    max_grad_norm: float = retuned(TrainOptions, "max_grad_norm", 10.0)
    patience: int = retuned(TrainOptions, "patience", 10)
    trainable: Literal["head", "last", "all"] = Field(
        "all",
        title=N_("Trainable layers"),
        description=N_("The detection head, head and neck, or all layers."),
        json_schema_extra={
            "basic": True,
            "titles": {"head": N_("head"), "last": N_("head and neck"), "all": N_("all layers")},
        },
    )
    pretrained: bool = Field(
        True,
        title=N_("Start from pretrained weights"),
        description=N_("Off, or where they are not on this computer: from random weights."),
        json_schema_extra={"basic": True},
    )
    image_size: int = Field(
        320,
        ge=64,
        le=1280,
        title=N_("Image size"),
        description=N_("Pixels along the longer side that the network sees. Smaller is faster."),
        json_schema_extra={"basic": True, "step": 32},
    )
    mosaic: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        title=N_("Augmentation: mosaic"),
        description=N_(
            "Fraction of the images that are put together from four; none near the end."
        ),
        json_schema_extra={"step": 0.1},
    )
    flip: float = Field(
        0.5,
        ge=0.0,
        le=0.5,
        title=N_("Augmentation: mirror"),
        description=N_("Fraction of the images that are mirrored. Wrong for letters and digits."),
        json_schema_extra={"step": 0.1},
    )
    rotate: float = Field(
        0.0,
        ge=0.0,
        le=45.0,
        title=N_("Augmentation: rotate"),
        description=N_("Images are turned by up to so many degrees."),
        json_schema_extra={"step": 1},
    )
    scale: float = Field(
        0.3,
        ge=0.0,
        le=0.9,
        title=N_("Augmentation: scale"),
        description=N_("Images get larger or smaller by up to this fraction."),
        json_schema_extra={"step": 0.1},
    )
    colour: float = Field(
        0.4,
        ge=0.0,
        le=0.9,
        title=N_("Augmentation: colours"),
        description=N_("Saturation and brightness change by up to this fraction."),
        json_schema_extra={"step": 0.1},
    )
