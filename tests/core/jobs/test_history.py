"""What a job told, folded for looking at."""

from __future__ import annotations

import time

import pytest

from core.jobs import database, history, store
from core.jobs.history import POINTS, History
from core.jobs.request import Request
from core.jobs.worker import EventLog
from core.training.events import BatchHalved, EarlyStop, Epoch, Resumed, Start, Step
from core.training.metrics import Metric


@pytest.fixture
def job():
    return store.create("image_classification", "toy", "cpu", Request(data="d"))


def steps(job, first: int, last: int, *, of: int = 100, loss: float = 1.0, pace: float = 1.0):
    now = time.time()
    store.append(
        job.id,
        [
            (now - (last - i) * pace, Step(i, of, 0.0, 0.1, 0.1, {"loss": loss}))
            for i in range(first, last + 1)
        ],
    )


def test_a_second_look_reads_only_what_is_new(job, monkeypatch):
    steps(job, 1, 3)
    told = History(job.id).update()
    steps(job, 4, 5)
    asked = []
    read = store.events
    monkeypatch.setattr(
        store, "events", lambda job_id, after: asked.append(after) or read(job_id, after=after)
    )
    told.update()
    assert [e.event.step for e in told.steps] == [1, 2, 3, 4, 5]
    assert asked == [3]


def test_a_resumed_job_takes_its_steps_again(job):
    steps(job, 1, 6)
    told = History(job.id).update()
    store.append(job.id, [(time.time(), Resumed(4))])
    steps(job, 5, 6, loss=0.5)
    told.update()
    assert [e.event.step for e in told.steps] == [1, 2, 3, 4, 5, 6]
    assert [row["value"] for row in told.losses()][-2:] == [0.5, 0.5]


def test_a_job_that_begins_anew_without_a_checkpoint_counts_its_steps_once(job, monkeypatch):
    monkeypatch.setattr(EventLog, "_draw", lambda *_: None)  # TensorBoard takes seconds to import
    log = EventLog(job)
    for _attempt in range(2):
        log.emit(Epoch(0, 0, {"loss": 2.0}))
        for step in (1, 2):
            log.emit(Step(step, 10, 0.1, 0.1, 0.1, {"loss": 1.0}))
        log.flush()
    assert [e.event.step for e in store.events_of(Step, job.id)] == [1, 2]
    told = History(job.id).update()
    assert ([e.event.step for e in told.steps], len(told.epochs)) == ([1, 2], 1)
    stored = [(e.time, e.event) for e in store.events(job.id)]
    database.file().unlink()
    assert [(e.time, e.event) for e in store.events(job.id)] == stored


def test_long_curves_are_thinned_to_what_a_screen_shows(job):
    steps(job, 1, 5 * POINTS + 1, of=10_000)
    rows = list(History(job.id).update().losses())
    assert POINTS / 2 < len(rows) <= POINTS
    assert rows[-1]["step"] == 5 * POINTS + 1


def test_time_left_is_told_by_the_pace_of_the_last_steps(job):
    steps(job, 1, 10, of=110, pace=2.0)
    assert History(job.id).update().seconds_left() == pytest.approx(200, abs=5)


def test_nothing_is_said_of_time_left_before_there_is_a_pace(job):
    steps(job, 1, 2)
    assert History(job.id).update().seconds_left() is None


def test_what_happened_is_marked_on_the_curve(job):
    halved = BatchHalved(7, accumulation_steps=2)
    store.append(job.id, [(time.time(), halved)])
    assert list(History(job.id).update().marks()) == [(7, halved)]


def test_an_early_stop_is_marked_where_the_training_ended(job):
    steps(job, 1, 6)
    store.append(job.id, [(time.time(), EarlyStop(2))])
    assert list(History(job.id).update().marks()) == [(6, EarlyStop(2))]


def test_a_damaged_row_and_one_of_a_later_version_cost_only_themselves(job):
    steps(job, 1, 2)
    with store.connected() as db:
        db.executemany(
            "INSERT INTO events (job, kind, step, time, data) VALUES (?, ?, 0, 0, ?)",
            [
                (job.id, "step", '{"step": 3, "lo'),
                (job.id, "step", '{"step": "third"}'),
                (job.id, "epoch", "[]"),
                (job.id, "teleported", "{}"),
            ],
        )
    steps(job, 4, 4)
    told = History(job.id).update()
    assert [e.event.step for e in told.steps] == [1, 2, 4]
    assert told.epochs == []


def test_a_job_says_what_it_measures(job):
    wer = Metric("WER", "word error rate", larger_is_better=False, unit="fraction")
    assert history.reported(job) == ()
    store.append(job.id, [(time.time(), Start("base", True, (wer,)))])
    assert history.reported(job) == History(job.id).update().reported == (wer,)
