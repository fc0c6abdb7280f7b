"""What a fine-tuning of a detector starts from."""

from __future__ import annotations

import pytest

from core import tasks
from core.errors import MemoryBudgetError
from core.settings import settings
from core.tasks.object_detection import training


def test_the_starting_network_is_borrowed_from_the_pool(tiny_yolo):
    training.network(tiny_yolo("yolo11n"))
    assert ("yolo11n", "cpu") in tasks.pool.loaded()


def test_what_is_trained_is_a_copy_of_what_answers(tiny_yolo):
    import torch

    entry = tiny_yolo("yolo11n")
    torch.nn.init.zeros_(training.network(entry).model[0].conv.weight)
    assert training.network(entry).model[0].conv.weight.abs().sum() > 0


def test_the_copy_is_not_fused(tiny_yolo):
    """A fused network has no normalisation left to train."""
    assert not training.network(tiny_yolo("yolo11n")).is_fused()


def test_the_starting_network_counts_in_the_memory_budget(tiny_yolo, monkeypatch):
    entry = tiny_yolo("yolo11n")
    monkeypatch.setenv("PORTAL_MEMORY_MB", "1")
    settings.cache_clear()
    with pytest.raises(MemoryBudgetError):
        training.network(entry)
