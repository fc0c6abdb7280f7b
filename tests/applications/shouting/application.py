"""Shouting: prediction only. Its one model is a file beside this one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from core.device import Device
from core.errors import PortalError
from core.models import weights
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import BundledSource
from core.progress import Progress
from core.serving.options import Options
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.application import Application, Prediction, Thumbnail, Words
from core.tasks.input_kinds import TextInput

NAME = "shouting"
FOLDER = Path(__file__).parent
OWN = Licence("AGPL-3.0")
LOUD = ModelEntry(
    id="loud",
    task=NAME,
    title="Loud",
    family="Capitals",
    weights=(Weights("loud", BundledSource(str(FOLDER / "weights")), OWN, 0.1),),
    starter=True,
)


class ShoutingOptions(Options):
    marks: int = Field(1, ge=0, le=3, title="Exclamation marks", description="How many follow.")


class Shout(Result):
    text: str


class Shouter(Predictor):
    def __init__(self, entry: ModelEntry, device: Device) -> None:
        super().__init__(entry, device)
        (folder,) = weights.require(entry)
        self.mark: str = json.loads((folder / "mark.json").read_text("utf-8"))

    @property
    def nbytes(self) -> int:
        return 1

    def predict(
        self, inputs: Sequence[str], options: ShoutingOptions, progress: Progress
    ) -> list[Result | PortalError]:
        timing = Stopwatch().timing(len(inputs))
        about = {"model": self.entry.id, "device": self.device.name, "timing": timing}
        return [Shout(text=one.upper() + self.mark * options.marks, **about) for one in inputs]


class Shouting(Prediction[str, ShoutingOptions, Shout]):
    options = ShoutingOptions
    entries = (LOUD,)

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        return Shouter(entry, device)

    def examples(self) -> list[str]:
        return ["hello"]

    def thumbnail(
        self, inputs: Sequence[str], results: Sequence[Shout], language: str
    ) -> Thumbnail:
        return Thumbnail(words=(Words(inputs[0] + " → ", results[0].text),))


APPLICATION = Application(
    name=NAME,
    title="Shouting",
    summary="Say it in capitals.",
    icon="📣",
    group="Tests",
    input=TextInput(),
    prediction=Shouting(),
    page=FOLDER / "page.py",
)
