"""Real jobs on a handful of tiny pictures: a worker process, a network from scratch, seconds each."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image

from core.data import datasets
from core.data.datasets import DataSet
from core.jobs import queue, store
from core.jobs.store import ENDED, Job
from core.tasks.image_classification import data as pictures
from core.training.events import Step

OPTIONS = {
    "trainable": "all",
    "pretrained": False,
    "image_size": 32,
    "batch_size": 8,
    "patience": 0,
}


def striped() -> dict[str, list[tuple[str, bytes]]]:
    """Twelve pictures with lines across and twelve with lines down, all different, as PNG files."""
    random = np.random.default_rng(0)
    classes: dict[str, list[tuple[str, bytes]]] = {"across": [], "down": []}
    for i in range(12):
        noise = random.integers(0, 120, (32, 32, 3), dtype=np.uint8)
        noise[i % 4 :: 4] += 120
        for name, pixels in (("across", noise), ("down", noise.transpose(1, 0, 2))):
            out = io.BytesIO()
            Image.fromarray(pixels).save(out, "PNG")
            classes[name].append((f"{i}.png", out.getvalue()))
    return classes


@pytest.fixture
def stripes() -> DataSet:
    return datasets.add("image_classification", "stripes", pictures.read_classes(striped()))


@pytest.fixture
def submit(stripes: DataSet) -> Iterator[Callable[..., Job]]:
    """`submit(epochs=3)` queues a fine-tuning; what is left of it at the end of a test is ended."""

    def submit_(name: str = "stripes", **options: object) -> Job:
        return queue.submit(
            "image_classification",
            stripes.id,
            base="resnet18",
            name=name,
            options={**OPTIONS, **options},
            device_name="cpu",
        )

    yield submit_
    for job in store.jobs():
        queue.cancel(job.id)


def wait(job: Job, until: Callable[[Job], bool] | None = None, seconds: float = 120) -> Job:
    """Look at the job, as a page does, until it has ended or `until` holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        queue.dispatch()
        job = store.find(job.id)
        if until(job) if until else job.state in ENDED:
            return job
        time.sleep(0.05)
    log = job.files.log
    raise AssertionError(
        f"{job.state} after {seconds} s\n{log.read_text() if log.exists() else ''}"
    )


def stepped(count: int) -> Callable[[Job], bool]:
    """Holds once the job has told of `count` steps."""
    return lambda job: len(store.events_of(Step, job.id)) >= count
