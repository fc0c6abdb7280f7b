"""Lines: prediction, and training without a data set. No model comes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from core.data.datasets import DataSet
from core.device import Device
from core.errors import PortalError, UsageError
from core.models import weights
from core.models.catalog import FamilyConfig, ModelEntry
from core.progress import Progress
from core.serving.options import Options
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.application import Application, Prediction, Training
from core.tasks.input_kinds import TextInput
from core.training.options import TrainOptions

if TYPE_CHECKING:
    from core.training.run import Run
    from core.training.trainee import Trainee

FOLDER = Path(__file__).parent


class LineConfig(FamilyConfig):
    inputs: int = Field(ge=1, le=1)


class Value(Result):
    y: float


class Line(Predictor):
    def __init__(self, entry: ModelEntry, device: Device) -> None:
        from safetensors.torch import load_file

        from tests.applications.linear import FILE

        super().__init__(entry, device)
        tensors = load_file(weights.require(entry)[-1] / FILE)
        self.slope, self.offset = tensors["weight"].item(), tensors["bias"].item()

    @property
    def nbytes(self) -> int:
        return 8

    def predict(
        self, inputs: Sequence[str], options: Options, progress: Progress
    ) -> list[Result | PortalError]:
        return [self._value(text) for text in inputs]

    def _value(self, text: str) -> Result | PortalError:
        try:
            y = self.slope * float(text) + self.offset
        except ValueError:
            return UsageError("{text} is no number.", text=text)
        timing = Stopwatch().timing(1)
        return Value(y=y, model=self.entry.id, device=self.device.name, timing=timing)


class LineValues(Prediction[str, Options, Value]):
    options = Options
    entries = ()

    def load(self, entry: ModelEntry, device: Device) -> Predictor:
        return Line(entry, device)

    def config(self, values: Mapping[str, object]) -> LineConfig:
        return LineConfig.model_validate(values)


class FormulaTraining(Training[TrainOptions]):
    options = TrainOptions
    standalone = FOLDER.parent / "use.py"

    def bases(self) -> list[ModelEntry]:
        return []

    def check(self, base: ModelEntry | None, data: DataSet | None, options: TrainOptions) -> None:
        """Nothing can be wrong."""

    def trainee(self, run: Run[TrainOptions]) -> Trainee:
        from tests.applications.linear import LineTrainee, formula

        return LineTrainee(run, formula())


APPLICATION = Application(
    name="lines",
    title="Lines",
    summary="The value of a line at x.",
    icon="📏",
    group="Tests",
    input=TextInput(),
    prediction=LineValues(),
    training=FormulaTraining(),
    page=FOLDER / "page.py",
)
