"""Weights that leave this computer."""

from __future__ import annotations

import pytest

from core import tasks
from core.models import catalog, weights
from core.tasks import removal

SHARED = catalog.find("gemma-3-270m").weights[0]


@pytest.fixture
def fetched(data):
    """Weights that two models share, on disk as after a fetch."""
    folder = weights.folder(SHARED)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    weights.seal(SHARED)
    return folder


def test_the_users_are_all_models_that_need_them():
    users = removal.users(SHARED)
    assert len(users) > 1
    assert all(SHARED in entry.weights for entry in users)


def test_models_loaded_from_them_leave_the_memory_too(fetched, monkeypatch):
    dropped = []
    monkeypatch.setattr(tasks.pool, "drop", dropped.append)
    removal.remove(SHARED)
    assert not fetched.exists()
    assert dropped == [entry.id for entry in removal.users(SHARED)]
