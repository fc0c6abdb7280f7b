"""Object detection: where are the things in a picture, and what are they?"""

from __future__ import annotations

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from core import catalog, task
from core.errors import N_
from core.task import Options, Task
from core.tasks.object_detection.boxes import FLOOR, IOU_CEILING
from core.tasks.object_detection.coco import CLASSES
from core.tasks.object_detection.models import ENTRIES


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
            "and only the surer one stays (non-maximum suppression)."
        ),
        json_schema_extra={"step": 0.05},
    )
    max_boxes: int = Field(
        100,
        ge=1,
        le=300,
        title=N_("Most boxes"),
        description=N_("At most this many boxes are shown, the surest first."),
        json_schema_extra={"step": 1},
    )
    classes: list[str] = Field(
        [],
        title=N_("Classes"),
        description=N_("Only these classes are shown; none chosen: all of them."),
        json_schema_extra={"choices": list(CLASSES)},
    )

    @field_validator("classes")
    @classmethod
    def _known(cls, names: list[str]) -> list[str]:
        names = [name.strip() for name in names]
        if unknown := [name for name in names if name not in CLASSES]:
            raise PydanticCustomError(
                "unknown_class",
                "not a class: {unknown}. There are: {known}",
                {"unknown": ", ".join(unknown), "known": ", ".join(CLASSES)},
            )
        return names


TASK = task.register(
    Task(
        name="object_detection",
        title=N_("Object detection"),
        summary=N_("Find 80 kinds of things in a picture or a video and box each one."),
        input="image",
        options=DetectionOptions,
        loader="core.tasks.object_detection.predict:load",
    )
)
catalog.register(*ENTRIES)
