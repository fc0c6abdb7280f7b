"""What a job was asked to do, and jobs whose training needs no data set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core import tasks
from core.errors import UsageError
from core.jobs import estimate, queue, store, worker
from core.jobs.request import Request
from core.tasks.application import Training
from core.training.events import Calling
from core.training.options import TrainOptions
from core.training.run import Control, Run
from tests.core.training.toy import Clouds, Listener

TASK = "image_classification"


def test_a_request_is_read_back_as_it_was_stored():
    asked = Request("mine", "abc", "resnet18", {"epochs": 2}, ("a wall",), 2, 3)
    assert Request.from_json(asked.to_json()) == asked


def test_what_the_first_version_stored_is_read():
    row = {"data": "mine", "sha256": "abc", "base": None, "options": {"epochs": 2}}
    row |= {"probes": ["a wall"], "processes": 1}
    assert Request.from_json(row) == Request("mine", "abc", None, {"epochs": 2}, ("a wall",))
    assert Request("mine", "abc", None, {"epochs": 2}, ("a wall",)).to_json() == row


def test_a_task_that_needs_data_refuses_a_job_without():
    with pytest.raises(UsageError, match="Choose a data set"):
        queue.submit(TASK, None, base="resnet18")
    assert store.jobs() == []


class MakesItsOwnData(Training[TrainOptions]):
    options = TrainOptions
    standalone = Path("none")

    def bases(self):
        return []

    def check(self, base, data, options):
        assert data is None

    def trainee(self, run: Run):
        assert run.data is None
        return Clouds()


@pytest.fixture
def without_data(monkeypatch):
    """The application's training is one that makes its own data."""
    alone = replace(tasks.find(TASK), data=None, training=MakesItsOwnData())
    monkeypatch.setattr(tasks, "find", lambda _task: alone)
    monkeypatch.setattr(queue, "dispatch", lambda *_: None)


def test_a_job_without_data_is_submitted_and_trained(without_data):
    job = queue.submit(TASK, None, base=None, options={"epochs": 1}, device_name="cpu")
    assert job.request.data is None
    assert job.name == tasks.find(TASK).title
    heard = Listener()
    assert worker._train(job, Control(), heard).state == "done"
    assert len(heard.of("step")) == 3


def test_a_job_without_data_is_estimated(without_data):
    options = tasks.find(TASK).trained().options(epochs=2).model_dump(mode="json")
    found = estimate._measure(TASK, "cpu", Request(options=options), Calling())
    assert found.steps == 2 * 3
