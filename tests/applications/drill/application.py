"""Drill: training only, neither data nor models to ask."""

from __future__ import annotations

from pathlib import Path

from core.tasks.application import Application
from core.tasks.input_kinds import TextInput
from tests.applications.lines.application import FormulaTraining

APPLICATION = Application(
    name="drill",
    title="Drill",
    summary="Train a line and watch the loss.",
    icon="🏋️",
    group="Tests",
    input=TextInput(),
    training=FormulaTraining(),
    page=Path(__file__).with_name("page.py"),
)
