"""How much an answer holds."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.serving.memory import give_back, size_of


@dataclass
class Answer:
    image: Image.Image
    files: dict[str, bytes]
    array: np.ndarray


def test_images_bytes_and_arrays_inside_an_answer_count():
    answer = Answer(Image.new("RGB", (100, 50)), {"a": bytes(3_000)}, np.zeros(1_000, "float32"))
    assert 27_000 < size_of([answer]) < 28_000


def test_free_memory_can_be_given_back_at_any_time():
    give_back()


@pytest.mark.heavy
@pytest.mark.starters
@pytest.mark.timeout(900)
def test_the_memory_of_models_goes_back_to_the_system(starters):
    """At most 500 MB above the level with all libraries imported and no model loaded."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.core.serving.memory_level"],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["peak"] > 1_000
    assert found["after"] < 500
