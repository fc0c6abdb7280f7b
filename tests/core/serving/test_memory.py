"""How much an answer holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
