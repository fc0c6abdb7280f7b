"""How the benchmark takes its times."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from core import tasks
from core.__main__ import main
from core.cli import bench
from core.data import samples
from core.tasks.input_kinds import ImageInput
from core.training.benchmark import Case


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
    ms = bench.median_ms(taking(clock, 0.2, calls), taking(clock, 0.1, calls), 3, seconds=0)
    assert ms == pytest.approx((200, 100))
    assert len(calls) == 2 * (1 + 3)


def test_quick_calls_take_turns_until_the_seconds_are_over(clock):
    calls = []
    bench.median_ms(taking(clock, 0.2, calls), taking(clock, 0.1, calls), 3, seconds=6)
    assert len(calls) >= 2 * 20


def test_who_goes_first_changes_every_round(clock):
    calls = []
    bench.median_ms(taking(clock, 1, calls), taking(clock, 2, calls), 2, seconds=0)
    assert calls[2:] in ([1, 2, 2, 1], [2, 1, 1, 2])


@pytest.mark.parametrize("name", [one.name for one in tasks.applications() if one.prediction])
def test_no_input_of_a_batch_occurs_twice(name):
    application = tasks.find(name)
    offered = (
        [sample.file.name for sample in samples.SAMPLES]  # shown once they are fetched
        if isinstance(application.input, ImageInput)
        else bench.inputs(application.predicting(), bench.BATCH)
    )
    assert len(set(map(repr, offered))) == len(offered) >= bench.BATCH


def test_a_missing_playwright_is_named_with_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(["bench", "start"]) == 1
    said = capsys.readouterr().err
    assert "pip install -r requirements-dev.txt" in said
    assert len(said.splitlines()) == 1


def test_each_case_is_a_line_with_both_rates_and_their_ratio(monkeypatch, capsys):
    case = Case("another way", lambda _folder: 0.1, lambda _folder: 0.2)
    chosen = replace(tasks.find("sentiment"), training=SimpleNamespace(benchmarks=lambda: [case]))
    monkeypatch.setattr(tasks, "applications", lambda: [chosen])
    assert main(["bench", "finetune", "--rounds", "1"]) == 0
    _header, line = capsys.readouterr().out.splitlines()
    assert line.split() == ["sentiment", "another", "way", "10.0", "5.0", "2.00"]
