"""Jobs that a test puts into the store, as a worker would have told of them."""

from __future__ import annotations

import os
import time
from typing import Any

from core.jobs import launcher, store
from core.jobs.request import Request
from core.jobs.store import Job
from core.training.events import Epoch, Event, Step


def told(
    state: str = "done",
    *,
    task: str = "image_classification",
    name: str = "my bricks",
    data: str = "gone",
    epochs: int = 2,
    probes: tuple[str, ...] = (),
    options: dict[str, Any] | None = None,
    **columns: Any,
) -> Job:
    """A job that has taken ten steps in each of `epochs` epochs. One that is active belongs to the
    process of the test, so that nobody takes it for dead."""
    values = {"epochs": epochs, "learning_rate": 0.001, **(options or {})}
    request = Request(data=data, base="resnet18", options=values, tracked=tuple(probes))
    job = store.create(task, name, "cpu", request)
    if state in store.ACTIVE:
        columns |= {"handle": launcher.handle_of(os.getpid())}
    elif state in store.ENDED:
        columns |= {"ended": time.time(), "metrics": {"accuracy": 0.9, "loss": 0.3}}
    store.change(job.id, state=state, started=time.time(), **columns)
    store.append(
        job.id, [event for epoch in range(epochs + 1) for event in _epoch(epoch, epochs, probes)]
    )
    return store.find(job.id)


def _epoch(epoch: int, epochs: int, probes: tuple[str, ...]) -> list[tuple[float, Event]]:
    now, step = time.time(), 10 * epoch
    steps = [
        Step(
            step - 9 + i,
            steps=10 * epochs,
            epoch=(step - 9 + i) / 10,
            learning_rate=0.001,
            seconds=0.1,
            figures={"loss": 1 / (1 + step - 9 + i)},
        )
        for i in range(10 if epoch else 0)
    ]
    answers = tuple({"brick": 0.4 + 0.2 * epoch, "grass": 0.6 - 0.2 * epoch} for _probe in probes)
    metrics = {"accuracy": 0.5 + 0.2 * epoch, "loss": 1.0 - 0.2 * epoch}
    ending = Epoch(epoch, step, metrics, tracked=answers, memory_mb=700.0)
    return [(now, event) for event in (*steps, ending)]
