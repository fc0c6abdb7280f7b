"""Slopes: data and training, no prediction."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.data.datasets import DataSet
from core.data.drafts import Draft, Sample
from core.errors import DataSetError
from core.inputs import tables
from core.models.catalog import ModelEntry
from core.tasks.application import Application, Data, Training
from core.tasks.input_kinds import TextInput
from core.training.options import TrainOptions

if TYPE_CHECKING:
    from core.training.run import Run
    from core.training.trainee import Trainee

FOLDER = Path(__file__).parent


class Points(Data):
    formats = "A CSV file with the columns x and y."
    suffixes = (".csv",)

    def read(
        self, source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None
    ) -> Draft:
        content = source.read_bytes() if isinstance(source, Path) else source.read()
        table = tables.read(content, name)
        draft = Draft()
        for number, row in enumerate(table.rows, 2):
            try:
                x, y = map(float, row)
            except ValueError as error:
                raise DataSetError("{name}: no two numbers.", name=name) from error
            draft.add(Sample({"x": x, "y": y}, f"line {number}"))
        return draft


class LineTraining(Training[TrainOptions]):
    options = TrainOptions
    standalone = FOLDER.parent / "use.py"

    def bases(self) -> list[ModelEntry]:
        return []

    def check(self, base: ModelEntry | None, data: DataSet | None, options: TrainOptions) -> None:
        if data is None or len(data.rows) < 2:
            raise DataSetError("Give at least two points.")

    def trainee(self, run: Run[TrainOptions]) -> Trainee:
        from tests.applications.linear import LineTrainee

        return LineTrainee(run, [(row["x"], row["y"]) for row in run.dataset.rows])


APPLICATION = Application(
    name="slopes",
    title="Slopes",
    summary="Lay a line through your points.",
    icon="📈",
    group="Tests",
    input=TextInput(),
    data=Points(),
    training=LineTraining(),
    page=FOLDER / "page.py",
)
