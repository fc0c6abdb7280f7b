"""Workers: bounded, ended, replaced, and shared fairly."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psutil
import pytest

from core.errors import (
    CancelledError,
    DataSetError,
    MemoryBudgetError,
    PortalError,
    ResourceError,
    TimeLimitError,
)
from core.progress import Progress
from core.workers import process
from core.workers.pool import Pool, _Place


def until(true, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def in_thread(call, *args, **more):
    """A call under way, whose error nobody hears."""

    def run():
        with suppress(PortalError):
            call(*args, **more)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_what_libraries_print_is_no_answer(pool):
    assert pool.call("echo", {"value": {"a": [1, "é\ud800"]}}) == {"a": [1, "é\ud800"]}


def test_what_is_not_in_the_table_cannot_be_asked_for(pool):
    with pytest.raises(KeyError):
        pool.call("os:getcwd", {})


@pytest.mark.parametrize("task", ["hoard", "leap"])
def test_memory_is_limited(pool, limit, task):
    limit(work_memory_mb=200)
    with pytest.raises(MemoryBudgetError, match=r"200 MB .* PORTAL_WORK_MEMORY_MB"):
        pool.call(task, {})


def test_memory_is_limited_where_the_system_does_not_help(pool, limit, monkeypatch):
    limit(work_memory_mb=200)
    monkeypatch.setattr(
        process.Limits, "to_json", lambda _: dict.fromkeys(("memory_mb", "cpu_s", "wall_s"), 0)
    )
    with pytest.raises(MemoryBudgetError, match="PORTAL_WORK_MEMORY_MB"):
        pool.call("hoard", {})


@pytest.mark.parametrize("task", ["spin", "spin_in_c"])
def test_computing_is_limited(pool, limit, task):
    limit(work_cpu_seconds=1)
    with pytest.raises(TimeLimitError, match=r"1 s of computing .* PORTAL_WORK_CPU_SECONDS"):
        pool.call(task, {})


def test_time_is_limited(pool, limit):
    limit(work_seconds=1)
    with pytest.raises(TimeLimitError, match="PORTAL_WORK_SECONDS"):
        pool.call("sleep", {})


def test_whoever_talks_without_end_is_limited_too(pool, limit):
    limit(work_seconds=1)
    with pytest.raises(TimeLimitError, match="PORTAL_WORK_SECONDS"):
        pool.call("chatter", {})


def test_a_cancel_ends_the_worker_at_once(pool):
    progress, ended = Progress(), []
    worker = pool.call("name", {})
    threading.Timer(0.5, progress.cancelled.set).start()
    started = time.monotonic()
    with pytest.raises(CancelledError):
        pool.call("spin_in_c", {}, progress=progress)
    ended.append(time.monotonic() - started)
    assert ended[0] < 3
    assert not psutil.pid_exists(worker)


def test_a_worker_that_died_is_replaced(pool):
    with pytest.raises(ResourceError, match="SIGKILL"):
        pool.call("die", {})
    assert pool.call("echo", {"value": 1}) == 1


def test_a_worker_that_died_while_it_waited_is_not_given_out(pool):
    psutil.Process(pool.call("name", {})).kill()
    time.sleep(0.2)
    assert pool.call("echo", {"value": 1}) == 1


def test_a_message_without_an_end_is_the_end_of_the_worker(pool):
    with pytest.raises(ResourceError, match="ended unexpectedly"):
        pool.call("shout", {})


def test_a_refusal_leaves_the_worker_and_keeps_the_reason_inside_it(pool):
    before = pool.call("name", {})
    with pytest.raises(DataSetError, match="x is bad in 3") as refused:
        pool.call("refuse", {})
    assert isinstance(refused.value.values["why"], DataSetError)
    assert pool.call("name", {}) == before


def test_a_failure_of_ours_is_logged_with_its_trace(pool, caplog):
    with pytest.raises(PortalError, match="ZeroDivisionError: ours to mend"):
        pool.call("crash", {})
    assert "hostile.py" in caplog.text


def test_progress_and_a_trainings_events_are_heard(pool):
    states, events = [], []
    pool.call("report", {}, progress=Progress(lambda *s: states.append(s)), hear=events.append)
    assert (3, 4, "nearly") in states
    assert [event.kind for event in events] == ["early_stop"]


def test_many_tasks_go_to_one_worker_which_is_then_replaced(pool, monkeypatch):
    monkeypatch.setattr("core.workers.pool.TASKS", 20)
    fresh = Pool(1)
    names = [fresh.call("name", {}) for _ in range(21)]
    fresh.close()
    assert len(set(names[:20])) == 1
    assert names[20] != names[0]


def test_the_last_task_ends_its_worker(pool):
    gone = pool.call("last", {})
    assert pool.call("name", {}) != gone


def test_a_closed_pool_leaves_no_process(pool):
    fresh = Pool(1)
    worker = fresh.call("name", {})
    fresh.close()
    assert not psutil.pid_exists(worker)


def test_owners_take_turns(pool):
    """One asks three times, another comes later and is served second."""
    single, served = Pool(1), []
    stop = Progress()
    in_thread(single.call, "sleep", {}, owner="first", progress=stop)
    until(lambda: single._busy)

    def ask(owner):
        single.call("echo", {"value": 0}, owner=owner)
        served.append(owner)

    with ThreadPoolExecutor(4) as threads:
        for owner in ("greedy", "greedy", "greedy", "patient"):
            before = sum(map(len, single._queue.values()))
            threads.submit(ask, owner)
            until(lambda before=before: sum(map(len, single._queue.values())) > before)
        stop.cancelled.set()
    single.close()
    assert served.index("patient") <= 1


def test_one_owner_never_has_all_workers(pool):
    stop = Progress()
    greedy = [in_thread(pool.call, "sleep", {}, owner="greedy", progress=stop) for _ in range(3)]
    until(lambda: pool._busy)
    assert pool.call("echo", {"value": 1}, owner="other", progress=Progress(seconds=10)) == 1
    stop.cancelled.set()
    for one in greedy:
        one.join()


def test_slow_work_of_two_owners_leaves_a_worker_to_quick_work(pool):
    stop = Progress()
    slow = [in_thread(pool.call, "slow", {}, owner=o, progress=stop) for o in ("a", "b")]
    until(lambda: pool._busy and pool._queue)
    assert pool.call("echo", {"value": 1}, owner="b", progress=Progress(seconds=10)) == 1
    stop.cancelled.set()
    for one in slow:
        one.join()


def test_who_waits_hears_how_many_are_before():
    queue = Pool(1)
    places = [_Place(owner, False) for owner in ("a", "a", "b", "c")]
    for place in places:
        queue._queue.setdefault(place.owner, deque()).append(place)
    assert [queue._ahead(place) for place in places] == [0, 3, 1, 2]


def test_whoever_leaves_the_queue_is_not_served(pool):
    single, stop, waiting = Pool(1), Progress(), Progress()
    held = in_thread(single.call, "sleep", {}, owner="a", progress=stop)
    until(lambda: single._busy)
    gone = in_thread(single.call, "echo", {"value": 0}, owner="b", progress=waiting)
    until(lambda: waiting.ahead is not None)
    waiting.cancelled.set()
    gone.join()
    assert not single._queue
    stop.cancelled.set()
    held.join()
    assert single.call("echo", {"value": 2}) == 2
    single.close()
