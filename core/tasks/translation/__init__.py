"""Translation: the same text in another language, sentence by sentence."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from core import catalog, task
from core.errors import N_
from core.languages import NAMES
from core.task import Options, Task
from core.tasks.translation.models import ENTRIES

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
        json_schema_extra={"titles": NAMES},
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
            "“beam” follows the likeliest beginnings side by side; “sampling” draws each token at "
            "random, likely ones more often."
        ),
        json_schema_extra={"titles": {"beam": N_("Beam search"), "sampling": N_("Sampling")}},
    )
    beams: int = Field(
        1,
        ge=1,
        le=6,
        title=N_("Beams"),
        description=N_(
            "Beginnings followed at once, never fewer than the versions asked for. 1 takes the "
            "likeliest token every time and is fastest."
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
        description=N_("Only for sampling: the same seed draws the same words."),
        json_schema_extra={"step": 1},
    )


TASK = task.register(
    Task(
        name="translation",
        title=N_("Translation"),
        summary=N_("Put a text into another language, sentence by sentence."),
        input="text",
        options=TranslationOptions,
        loader="core.tasks.translation.predict:load",
        router="core.tasks.translation.routing:route",
    )
)
catalog.register(*ENTRIES)
