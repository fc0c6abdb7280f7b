"""How a training is compared with another way of doing the same."""

from __future__ import annotations

from pathlib import Path

from core.data.datasets import DataSet
from core.models.starters import ENCODER
from core.training import benchmark
from core.training.benchmark import Case
from core.training.options import TrainOptions
from tests.core.training.toy import Clouds


def giving(values: list[float], folders: list[Path]):
    def call(folder: Path) -> float:
        assert not list(folder.iterdir())
        folders.append(folder)
        return values.pop(0)

    return call


def test_both_take_turns_in_folders_of_their_own_and_the_warm_up_does_not_count():
    folders: list[Path] = []
    case = Case("x", giving([9, 1, 2, 3], folders), giving([9, 4, 5, 6], folders))
    assert benchmark.measure(case, 3) == (2, 5)
    assert len(set(folders)) == 8


def test_epochs_are_the_time_between_their_ends():
    assert benchmark.per_epoch([10.0, 12.0, 13.0, 16.0]) == 2.0


def test_our_loop_and_a_bare_one_take_the_same_trainee(tmp_path):
    options = TrainOptions(epochs=30, batch_size=8, learning_rate=0.01, patience=0)
    case = benchmark.against_bare_loop(lambda _run: Clouds(), options, DataSet(tmp_path), ENCODER)
    assert min(benchmark.measure(case, 1)) > 0
