"""How the benchmark takes its times."""

from __future__ import annotations

import pytest

from core import tasks
from core.cli import bench, bench_finetune
from core.data import samples
from tests.core.tasks.object_detection.conftest import scenes  # noqa: F401


@pytest.fixture
def clock(monkeypatch):
    """A clock that only calls move on."""
    now = [0.0]
    monkeypatch.setattr(bench.time, "perf_counter", lambda: now[0])
    return now


def taking(clock, seconds, calls):
    def call():
        calls.append(seconds)
        clock[0] += seconds

    return call


def test_the_median_leaves_the_warm_up_out(clock):
    calls = []
    ms = bench._median_ms(taking(clock, 0.2, calls), taking(clock, 0.1, calls), 3, seconds=0)
    assert ms == pytest.approx((200, 100))
    assert len(calls) == 2 * (1 + 3)


def test_quick_calls_take_turns_until_the_seconds_are_over(clock):
    calls = []
    bench._median_ms(taking(clock, 0.2, calls), taking(clock, 0.1, calls), 3, seconds=6)
    assert len(calls) >= 2 * 20


def test_who_goes_first_changes_every_round(clock):
    calls = []
    bench._median_ms(taking(clock, 1, calls), taking(clock, 2, calls), 2, seconds=0)
    assert calls[2:] in ([1, 2, 2, 1], [2, 1, 1, 2])


@pytest.mark.parametrize("name", tasks.names())
def test_no_input_of_a_batch_occurs_twice(name):
    if tasks.find(name).input == "image":
        offered = [sample.file.name for sample in samples.SAMPLES]
    else:
        offered = bench._inputs(name, bench.BATCH)
    assert len(set(offered)) == len(offered) >= bench.BATCH


@pytest.mark.heavy
def test_our_detector_trains_beside_the_librarys_own_command(scenes, monkeypatch, capsys):  # noqa: F811
    options = {"image_size": 64, "batch_size": 4, "epochs": 2, "pretrained": False}
    monkeypatch.setattr(bench_finetune, "DETECTION", options)
    monkeypatch.setattr(bench_finetune, "PICTURES", 1)
    monkeypatch.setattr(tasks, "sample", lambda *_: scenes)
    bench_finetune._detection(1)
    name, *_against, ours, theirs, ratio = capsys.readouterr().out.split()
    assert name == "object_detection"
    assert float(ratio) == pytest.approx(float(ours) / float(theirs), rel=0.05)
