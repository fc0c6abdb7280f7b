"""The thread that looks after the queue."""

from __future__ import annotations

import pytest

from core.jobs import heartbeat, queue


class Over(BaseException):
    """Ends the thread's loop in a test."""


def test_it_goes_on_after_a_look_that_failed(monkeypatch):
    looks = []

    def dispatch() -> None:
        looks.append(1)
        raise OSError("no space left on device")

    def sleep(_seconds: float) -> None:
        if len(looks) == 3:
            raise Over

    monkeypatch.setattr(queue, "dispatch", dispatch)
    monkeypatch.setattr(heartbeat.time, "sleep", sleep)
    with pytest.raises(Over):
        heartbeat._beat()
    assert len(looks) == 3
