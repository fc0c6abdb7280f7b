"""Work behind a page ends when the visitor leaves, and what waits says how many are before."""

from __future__ import annotations

import statistics
import threading
import time
from types import SimpleNamespace

import pytest

from core import workers
from core.errors import CancelledError, PortalError
from core.progress import Progress
from core.workers import reading as reader
from core.workers import work
from core.workers.work import Task
from pages._ui.kit import background

PAGE = "sentiment"
TABLE = [("t.csv", b"text,label\none text,a\nother text,b\n", "text/csv")]


def until(true, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def reading(open_page, monkeypatch):
    """The page while a worker reads an upload, and does not come to an end."""
    monkeypatch.setitem(work.TASKS, "draft", Task("tests.core.workers.hostile:linger"))
    monkeypatch.setattr(background, "PATIENCE", 0.05)
    app = open_page(PAGE, address={"part": "tune", "data": "upload"})
    app.file_uploader[0].set_value(TABLE)
    app.run()
    until(lambda: workers.shared._busy)
    assert "Cancel" in [button.label for button in app.button]
    return app


def test_cancel_ends_the_worker(reading):
    next(b for b in reading.button if b.label == "Cancel").click()
    reading.run()
    until(lambda: not workers.shared._busy)


def test_leaving_the_page_ends_the_worker(reading):
    reading.switch_page("home.py")
    reading.run()
    until(lambda: not workers.shared._busy)


def test_looking_on_keeps_the_worker(reading):
    reading.run()
    time.sleep(0.5)
    assert workers.shared._busy
    reading.switch_page("home.py")
    reading.run()
    until(lambda: not workers.shared._busy)


def test_a_closed_tab_ends_its_work_but_a_short_break_does_not(monkeypatch):
    there = {"visit"}
    server = SimpleNamespace(is_active_session=there.__contains__)
    monkeypatch.setattr(background, "visitor", lambda: "visit")
    monkeypatch.setattr(
        background, "runtime", SimpleNamespace(exists=lambda: True, get_instance=lambda: server)
    )
    progress = background._OfVisit(None)
    there.clear()
    progress.check()
    monkeypatch.setattr(background, "AWAY_S", 0.0)
    with pytest.raises(CancelledError):
        progress.check()


def test_the_oldest_shared_answers_leave_when_they_hold_too_much(monkeypatch):
    monkeypatch.setattr(background, "KEPT_BYTES", 2_500)
    kept = background._Recent()
    for name in "abcd":
        one = kept[name] = background.Work("", lambda _p: bytes(1_000), Progress())
        one.run()
    kept["e"] = background.Work("", lambda _p: None, Progress())
    assert list(kept) == ["c", "d", "e"]


def hostile() -> bytes:
    """Texts of the same letters: nearly all are near-duplicates of each other, which takes long to find out."""
    return b"text,label\n" + b"".join(
        b"%s %d,%d\n" % (b"ab " * 40, i, i % 2) for i in range(60_000)
    )


@pytest.mark.heavy
def test_a_hostile_file_does_not_slow_other_visitors_down(open_page):
    app = open_page("training")
    progress = Progress()

    def median(count: int) -> float:
        times = []
        for _rerun in range(count):
            started = time.perf_counter()
            app.run()
            times.append(time.perf_counter() - started)
        return statistics.median(times)

    def read() -> None:
        with pytest.raises(PortalError):
            reader.draft(PAGE, [("t.csv", hostile())], {}, owner="hostile", progress=progress)

    median(5)
    idle = median(30)
    thread = threading.Thread(target=read)
    thread.start()
    until(lambda: workers.shared._busy)
    busy = median(30)
    progress.cancelled.set()
    thread.join()
    assert busy < 2 * idle
