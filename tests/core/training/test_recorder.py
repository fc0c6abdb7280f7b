"""The recorder with a learner that is no network: whatever drives a training can use it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import DivergedError, TrainingError
from core.training import checkpoints
from core.training.events import BatchHalved, Diverged, EarlyStop, Epoch, Start, Step
from core.training.metrics import CLASSIFICATION, Metric
from core.training.options import TrainOptions
from core.training.position import Position
from core.training.recorder import Recorder
from core.training.run import Run
from core.training.trainee import Evaluation
from tests.core.training.toy import CPU, Listener

RETURN = Metric("return", "mean return")
ERROR = Metric("WER", "word error rate", larger_is_better=False, unit="fraction")
NAN = float("nan")


class Classifier:
    """Gets these pairs of accuracy and validation loss, one an evaluation, on `count` samples."""

    metrics, pretrained = CLASSIFICATION, True

    def __init__(self, *pairs: tuple[float, float], count: int = 8) -> None:
        self.pairs, self.count = iter(pairs), count

    def evaluate(self, part: str) -> Evaluation:
        accuracy, loss = next(self.pairs)
        return Evaluation({"accuracy": accuracy, "loss": loss}, [], self.count)

    def save(self, folder: Path) -> None:
        pass

    def samples(self, folder: Path) -> list[str]:
        return []

    def track(self, inputs: Sequence[str]) -> list[dict]:
        return []


class Agent:
    """Gets these values of its metric, one an evaluation, and saves the last of them."""

    pretrained = None

    def __init__(self, *values: float, metric: Metric = RETURN) -> None:
        self.metrics = (metric,)
        self.values, self.value, self.read = iter(values), 0.0, 0

    def evaluate(self, part: str) -> Evaluation:
        self.value = next(self.values)
        return Evaluation({self.metrics[0].name: self.value}, self._items())

    def _items(self):
        self.read += 1
        yield {"right": self.value}

    def save(self, folder: Path) -> None:
        (folder / "agent.txt").write_text(str(self.value), "utf-8")

    def samples(self, folder: Path) -> list[str]:
        return []

    def track(self, inputs: Sequence[str]) -> list[dict]:
        return [{"answer": f"{one}: {self.value}"} for one in inputs]


@pytest.fixture
def record(tmp_path):
    """`record(agent, epochs=3)`: a recorder; what it tells is in `.run.listener`."""

    def build(agent: Agent, *, patience_from: int = 0, tracked=(), **options) -> Recorder:
        values = {"epochs": 9, "patience": 0, **options}
        run = Run(
            tmp_path,
            TrainOptions(**values),
            None,
            CPU,
            listener=Listener(),
            patience_from=patience_from,
            tracked=tracked,
        )
        return Recorder(run, agent)

    return build


def drive(recorder: Recorder) -> Recorder:
    recorder.start()
    recorder.look_at_base()
    while not recorder.is_over():
        recorder.step(steps=9, epoch=0.0, learning_rate=0.1, seconds=0.1, figures={"loss": 1.0})
        recorder.end_epoch()
    return recorder


def kept(recorder: Recorder) -> tuple[int, str]:
    return recorder.position.best_epoch, (recorder.run.files.best / "agent.txt").read_text("utf-8")


def test_it_tells_what_is_measured_then_the_base_then_steps_and_epochs(record):
    recorder = drive(record(Agent(-9.0, -5.0, -4.0), epochs=2, tracked=("a",)))
    assert [type(event) for event in recorder.run.listener.events] == [
        Start,
        Epoch,
        Step,
        Epoch,
        Step,
        Epoch,
    ]
    start, base, step, *_ = recorder.run.listener.events
    assert start == Start(None, None, (RETURN,))
    assert (base.epoch, base.metrics, base.tracked) == (
        0,
        {"return": -9.0},
        ({"answer": "a: -9.0"},),
    )
    assert step == Step(1, 9, 0.0, 0.1, 0.1, {"loss": 1.0})


@pytest.mark.parametrize(
    ("values", "metric", "best"),
    [
        ((-9.0, -5.0, -7.0, -5.0), RETURN, (1, "-5.0")),
        ((0.9, 0.5, 0.3, 0.4), ERROR, (2, "0.3")),
        ((0.0, 0.0, 0.0, 0.0), RETURN, (3, "0.0")),
        ((0.0, 0.0, 0.0, 0.0), ERROR, (1, "0.0")),
        ((0.1, NAN, 0.2, NAN), RETURN, (2, "0.2")),
    ],
    ids=["larger", "smaller", "nothing right yet", "nothing wrong", "NaN"],
)
def test_the_best_model_is_kept_by_the_first_metric(record, values, metric, best):
    assert kept(drive(record(Agent(*values, metric=metric), epochs=3))) == best


def test_answers_are_computed_only_where_they_are_kept(record):
    agent = Agent(-9.0, -5.0, -6.0, -7.0)
    recorder = drive(record(agent, epochs=3))
    assert agent.read == 2
    assert json.loads(recorder.run.files.items("base").read_text("utf-8")) == [{"right": -9.0}]
    assert json.loads(recorder.run.files.items("best").read_text("utf-8")) == [{"right": -5.0}]


def test_patience_counts_epochs_since_the_best(record):
    recorder = drive(record(Agent(-9.0, -5.0, -6.0, -7.0), patience=2))
    assert recorder.run.listener.events[-1] == EarlyStop(3)


def test_on_few_samples_the_loss_chooses_the_epoch(record):
    pairs = [(0.5, 2.0), (0.75, 1.0), (0.625, 0.5), (0.75, 0.9)]
    assert drive(record(Classifier(*pairs), epochs=3)).position.best_epoch == 2


def test_on_many_samples_the_metric_chooses_and_the_loss_breaks_ties(record):
    pairs = [(0.5, 2.0), (0.75, 1.0), (0.6, 0.5), (0.75, 0.9)]
    assert drive(record(Classifier(*pairs, count=1000), epochs=3)).position.best_epoch == 3


@pytest.mark.parametrize("count", [8, 1000])
def test_it_does_not_stop_while_the_validation_loss_falls(record, count):
    pairs = [(0.5, 2.0 - i / 10) for i in range(10)]
    recorder = drive(record(Classifier(*pairs, count=count), patience=2))
    assert recorder.position.epoch == 9


def test_it_stops_once_neither_metric_nor_loss_improves(record):
    pairs = [(0.5, 2.0), (0.75, 1.0), (0.5, 1.1), (0.5, 1.2)]
    recorder = drive(record(Classifier(*pairs), patience=2))
    assert recorder.run.listener.events[-1] == EarlyStop(3)


def test_an_extension_has_a_patience_of_its_own(record):
    recorder = record(Agent(-6.0, -7.0), patience=2, patience_from=3)
    recorder.position.load_state_dict({"epoch": 3, "best_epoch": 1, "best": -5.0})
    ended = []
    while not recorder.is_over():
        recorder.end_epoch()
        ended.append(recorder.position.epoch)
    assert ended == [4, 5]


def test_out_of_memory_doubles_the_micro_batches_until_each_is_a_single_sample(record):
    recorder = record(Agent())
    short = MemoryError()
    for _ in range(3):
        recorder.make_room(short, samples=5)
    with pytest.raises(TrainingError, match="smaller"):
        recorder.make_room(short, samples=5)
    halved = [event.accumulation_steps for event in recorder.run.listener.events]
    assert halved == [2, 4, 5]
    assert recorder.run.listener.events[0] == BatchHalved(0, 2)


def test_another_error_is_raised_again(record):
    with pytest.raises(RuntimeError, match="shapes"):
        record(Agent()).make_room(RuntimeError("shapes do not match"), samples=5)


def test_diverging_ends_it_only_if_there_is_something_to_keep(record):
    recorder = record(Agent(-5.0))
    with pytest.raises(DivergedError):
        recorder.diverged(DivergedError("NaN"))
    recorder.end_epoch()
    recorder.diverged(DivergedError("NaN"))
    assert recorder.run.listener.events[-1] == Diverged(0, "NaN")


def test_the_test_part_is_asked_for_once_at_the_end(record):
    recorder = drive(record(Agent(-9.0, -5.0), epochs=1, test_fraction=0.2))
    outcome = recorder.finish("done", lambda: {"return": -4.0})
    assert outcome.metrics == {"return": -5.0, "test return": -4.0}
    assert outcome.base_metrics == {"return": -9.0}


@pytest.mark.parametrize(("fraction", "trained"), [(0.0, True), (0.2, False)])
def test_without_a_test_part_or_a_model_nothing_is_tested(record, fraction, trained):
    recorder = record(Agent(-9.0, -5.0), epochs=1, test_fraction=fraction)
    if trained:
        drive(recorder)
    outcome = recorder.finish("stopped", lambda: pytest.fail("looked"))
    assert not [name for name in outcome.metrics if name.startswith("test")]


def test_events_are_written_down_before_the_checkpoint(record):
    order = []
    recorder = record(Agent())
    recorder.run.listener.flush = lambda: order.append("flushed")
    recorder.checkpoint(1, lambda folder: order.append("saved"))
    assert order == ["flushed", "saved"]
    assert len(checkpoints.found(recorder.run.files.checkpoints)) == 1


def test_a_position_of_the_first_version_is_read():
    position = Position()
    position.load_state_dict({"epoch": 2, "step": 24, "pieces": 4, "best": 0.5, "best_epoch": 1})
    assert position == Position(2, 24, 4, 0.5, 1)
