"""A pool of real workers whose tasks are hostile."""

from __future__ import annotations

import pytest

from core.settings import settings
from core.workers import work
from core.workers.pool import Pool
from core.workers.work import Task
from tests.core.workers import hostile


@pytest.fixture(scope="session")
def shared_pool():
    """Processes take a second to start: the tests share two."""
    pool = Pool(2)
    yield pool
    pool.close()


@pytest.fixture
def pool(shared_pool, monkeypatch):
    for name in vars(hostile):
        if callable(getattr(hostile, name)):
            monkeypatch.setitem(work.TASKS, name, Task(f"{hostile.__name__}:{name}"))
    monkeypatch.setitem(work.TASKS, "last", Task(f"{hostile.__name__}:name", slow=True, last=True))
    monkeypatch.setitem(work.TASKS, "slow", Task(f"{hostile.__name__}:sleep", slow=True))
    return shared_pool


@pytest.fixture
def limit(monkeypatch):
    """`limit(work_seconds=1)` changes settings for the test."""

    def set_(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"PORTAL_{name.upper()}", str(value))
        settings.cache_clear()

    return set_
