"""Image classification: which of a fixed list of classes does a picture show?"""

from __future__ import annotations

from pydantic import Field

from core import catalog, task
from core.errors import N_
from core.task import Options, Task
from core.tasks.image_classification.models import ENTRIES


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


TASK = task.register(
    Task(
        name="image_classification",
        title=N_("Image classification"),
        summary=N_("Name what a picture shows, out of 1,000 classes."),
        input="image",
        options=ClassificationOptions,
        loader="core.tasks.image_classification.predict:load",
    )
)
catalog.register(*ENTRIES)
