"""The training loop: resumes to the last digit, stops well, survives short memory and full disks."""

from __future__ import annotations

import errno
import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from core.errors import DiskFullError, DivergedError, TrainingError
from core.training import checkpoints
from tests.core.training.toy import Clouds, points, train

STEPS = 12  # an epoch of 96 points in batches of 8


def test_it_learns(tmp_path):
    outcome, _ = train(tmp_path)
    assert outcome.state == "done"
    assert outcome.metrics["accuracy"] > max(0.8, outcome.base_metrics["accuracy"])


def test_the_same_seed_gives_the_same_losses(tmp_path):
    first, second = (train(tmp_path / name)[1].losses() for name in "ab")
    assert first == second
    assert first != train(tmp_path / "c", seed=1)[1].losses()


@pytest.mark.parametrize("step", [1, 5, STEPS - 1, STEPS, STEPS + 1, 2 * STEPS + 3])
def test_a_resumed_training_takes_the_same_steps(tmp_path, step):
    _, whole = train(tmp_path / "whole")
    outcome, before = train(tmp_path / "cut", wishes={step: "interrupt"})
    assert outcome.state == "interrupted"
    outcome, after = train(tmp_path / "cut")
    assert outcome.state == "done"
    assert before.losses() | after.losses() == whole.losses()


def test_a_resumed_training_ends_with_the_same_weights(tmp_path):
    train(tmp_path / "whole")
    train(tmp_path / "cut", wishes={17: "interrupt"})
    train(tmp_path / "cut")
    one, other = (load_file(tmp_path / n / "best" / "m.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_damaged_checkpoint_is_passed_over(tmp_path):
    _, whole = train(tmp_path / "whole")
    train(tmp_path / "cut", wishes={2 * STEPS + 3: "interrupt"})
    newest, before = checkpoints.found(tmp_path / "cut" / "checkpoints")
    (newest / "model.safetensors").write_bytes(b"half a file")
    _, after = train(tmp_path / "cut")
    assert after.of("checkpoint_damaged") == [{"checkpoint": newest.name}]
    assert after.of("resumed")[0]["step"] == int(before.name.partition("-")[2])
    assert all(whole.losses()[step] == loss for step, loss in after.losses().items())


def test_two_checkpoints_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_CHECKPOINT_S", "0")
    train(tmp_path)
    assert len(checkpoints.found(tmp_path / "checkpoints")) == checkpoints.KEPT


def test_a_single_item_left_over_makes_no_batch(tmp_path):
    trainee = Clouds()
    train(tmp_path, trainee, batch_size=19)  # 96 = 5 * 19 + 1
    assert set(trainee.sizes) == {19}


def test_stopping_keeps_the_best(tmp_path):
    outcome, _ = train(tmp_path, epochs=50, wishes={STEPS + 4: "stop"})
    assert outcome.state == "stopped"
    assert outcome.epoch in (1, 2)
    assert (tmp_path / "best" / "m.safetensors").exists()
    assert len(json.loads((tmp_path / "items-best.json").read_text("utf-8"))) == 40


def test_nothing_improving_ends_it_early(tmp_path):
    outcome, heard = train(tmp_path, epochs=50, patience=2, learning_rate=1e-6)
    assert outcome.state == "done"
    assert heard.of("early_stop") == [{"epoch": 3}]


def test_patience_zero_never_ends_it_early(tmp_path):
    _, heard = train(tmp_path, epochs=6, learning_rate=1e-6)
    assert heard.of("epoch")[-1]["epoch"] == 6


def test_short_memory_halves_the_pieces_and_repeats_the_step(tmp_path):
    tight = Clouds(dropout=0.0, fits=2)
    outcome, heard = train(tmp_path / "tight", tight)
    _, roomy = train(tmp_path / "roomy", Clouds(dropout=0.0))
    assert outcome.state == "done"
    assert [data["pieces"] for data in heard.of("batch_halved")] == [2, 4]
    assert max(tight.sizes[3:]) == 2
    assert heard.losses() == pytest.approx(roomy.losses(), abs=1e-4)


def test_one_item_that_does_not_fit_says_what_to_do(tmp_path):
    with pytest.raises(TrainingError, match="smaller"):
        train(tmp_path, Clouds(fits=0))


def test_a_loss_that_is_no_number_names_the_learning_rate(tmp_path):
    with pytest.raises(DivergedError, match=r"learning rate 0\.01"):
        train(tmp_path, Clouds(spoil=lambda step: float("nan")))


def test_diverging_late_keeps_the_best(tmp_path):
    late = Clouds(spoil=lambda step: float("nan") if step > STEPS + 2 else 1.0)
    outcome, heard = train(tmp_path, late)
    assert (outcome.state, outcome.epoch) == ("stopped", 1)
    assert heard.of("diverged")[0]["step"] == STEPS + 2


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    train(tmp_path, wishes={5: "interrupt"})
    (kept,) = checkpoints.found(tmp_path / "checkpoints")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.training.checkpoints._to_disk", full)
    with pytest.raises(DiskFullError, match="Free some space"):
        train(tmp_path, wishes={6: "interrupt"})
    assert checkpoints.found(tmp_path / "checkpoints") == [kept]
    assert checkpoints.good(kept)
    assert not list((tmp_path / "checkpoints").glob(".*"))


def test_the_test_part_is_answered_by_the_best_model(tmp_path):
    outcome, _ = train(tmp_path, test_fraction=0.2)
    assert outcome.metrics["test accuracy"] > 0.7


def test_the_run_keeps_what_was_answered_to_every_item(tmp_path):
    outcome, _ = train(tmp_path)
    for name, metrics in (("base", outcome.base_metrics), ("best", outcome.metrics)):
        items = json.loads((tmp_path / f"items-{name}.json").read_text("utf-8"))
        assert sum(item["right"] for item in items) / len(items) == pytest.approx(
            metrics["accuracy"]
        )


@pytest.mark.parametrize("steps", [5, STEPS + 5])
def test_a_trainee_says_how_many_steps_an_epoch_has(tmp_path, steps):
    class Own(Clouds):
        steps_per_epoch = steps

    _, whole = train(tmp_path / "whole", Own())
    assert max(whole.losses()) == 3 * steps
    assert [event["step"] for event in whole.of("epoch")] == [0, steps, 2 * steps, 3 * steps]
    _, before = train(tmp_path / "cut", Own(), wishes={steps + 3: "interrupt"})
    _, after = train(tmp_path / "cut", Own())
    assert before.losses() | after.losses() == whole.losses()


class Stream(torch.utils.data.IterableDataset):
    """Samples without end, other ones in every epoch, as an environment or a formula makes them."""

    epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        yield from itertools.cycle(points(96, self.epoch))


@pytest.mark.parametrize("step", [2, 5, 8])
def test_a_stream_without_end_is_trained_on_and_resumed(tmp_path, step):
    def trainee() -> Clouds:
        made = Clouds()
        made.train, made.steps_per_epoch = Stream(), 5
        return made

    _, whole = train(tmp_path / "whole", trainee())
    assert max(whole.losses()) == 15
    _, before = train(tmp_path / "cut", trainee(), wishes={step: "interrupt"})
    outcome, after = train(tmp_path / "cut", trainee())
    assert outcome.state == "done"
    assert before.losses() | after.losses() == whole.losses()


def test_two_processes_agree_with_one(tmp_path):
    """The same batches, split between two processes that average their gradients."""
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    subprocess.run(
        [sys.executable, "-m", *launch, "-m", "tests.core.training.toy", str(tmp_path)],
        check=True,
        cwd=Path(__file__).parents[3],
        capture_output=True,
    )
    told = json.loads((tmp_path / "losses.json").read_text("utf-8"))
    two = {int(step): loss for step, loss in told.items()}
    _, heard = train(tmp_path / "one", Clouds(dropout=0.0))
    one = heard.losses()
    assert len(one) == 3 * STEPS
    assert two == pytest.approx(one, rel=1e-3)
