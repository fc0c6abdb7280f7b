"""A fine-tuning of a few easy questions."""

from __future__ import annotations

import pytest

from core.models import catalog
from core.serving.options import parse
from core.training.run import Run
from tests.core.tasks.question_answering.tiny import EASY, MODEL, questions
from tests.core.training.toy import CPU, Listener


@pytest.fixture
def run(tmp_path):
    """`run(trainable="all")`: a fine-tuning of the tiny questions."""

    def build(base: str = "minilm-l6", folder: str = "", **options: object) -> Run:
        parsed = parse(MODEL, {**EASY, **options})
        path = tmp_path / (folder or str(len(list(tmp_path.iterdir()))))
        return Run(path, parsed, questions(), CPU, base=catalog.find(base), listener=Listener())

    return build
