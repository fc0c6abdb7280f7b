"""Every common setting reaches the optimiser, the schedule, the split or the loop."""

from __future__ import annotations

import pytest
import torch

from core import tasks
from core.data.splits import parts
from core.errors import UsageError
from core.serving.options import parse
from core.training.components import optimisers
from core.training.options import TrainOptions
from tests.core.training.toy import train

NETWORK = torch.nn.Linear(3, 2)
ROWS = [{"label": i % 2} for i in range(100)]
TUNED = [one for one in tasks.applications() if one.training]


def optimiser(**values):
    return optimisers.build(NETWORK, TrainOptions(**values))


@pytest.mark.parametrize("name", [one.name for one in TUNED])
def test_early_stopping_can_fire_at_the_defaults(name):
    options = parse(tasks.find(name).trained().options, {}).decided(10_000)
    assert 0 < options.patience < options.epochs


@pytest.mark.parametrize(
    ("name", "kind"),
    [("adamw", torch.optim.AdamW), ("adam", torch.optim.Adam), ("sgd", torch.optim.SGD)],
)
def test_the_optimiser_is_the_one_that_was_chosen(name, kind):
    assert type(optimiser(optimizer=name)) is kind


def test_momentum_is_the_optimisers():
    assert optimiser(optimizer="sgd", momentum=0.5).param_groups[0]["momentum"] == 0.5
    assert optimiser(optimizer="adam", momentum=0.5).param_groups[0]["betas"][0] == 0.5


def test_the_learning_rate_is_the_optimisers():
    assert optimiser(learning_rate=0.02).param_groups[0]["lr"] == 0.02


def test_weights_decay_and_biases_do_not():
    groups = optimiser(weight_decay=0.3).param_groups
    assert [(group["weight_decay"], group["params"][0].ndim) for group in groups] == [
        (0.3, 2),
        (0.0, 1),
    ]


@pytest.mark.parametrize(
    ("name", "middle", "end"),
    [("cosine", 0.5, 0.0), ("linear", 0.5, 0.0), ("step", 0.1, 0.01), ("constant", 1.0, 1.0)],
)
def test_schedules_fall_as_named(name, middle, end):
    factor = optimisers.schedule(TrainOptions(schedule=name, warmup=0.0), 100)
    assert (factor(0), factor(50), factor(100)) == pytest.approx((1.0, middle, end))


def test_the_warm_up_rises_to_the_full_rate():
    factor = optimisers.schedule(TrainOptions(schedule="constant", warmup=0.1), 100)
    assert [factor(0) < factor(5) < 1, factor(10)] == [True, 1.0]


def test_the_shares_divide_the_items():
    found = parts(ROWS, TrainOptions(validation_fraction=0.25, test_fraction=0.25))
    assert (len(found.train), len(found.validation), len(found.test)) == pytest.approx(
        (50, 25, 25), abs=2
    )
    assert not set(found.train) & set(found.validation + found.test)


def test_classes_keep_their_shares():
    rows = [{"label": "rare" if i < 10 else "common"} for i in range(100)]
    found = parts(rows, TrainOptions(validation_fraction=0.2))
    assert sum(rows[i]["label"] == "rare" for i in found.validation) == 2


def test_the_seed_draws_the_parts():
    draws = [tuple(parts(ROWS, TrainOptions(seed=seed)).validation) for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_near_duplicates_stay_together():
    rows = [{"label": i // 2 % 2, "group": i // 2} for i in range(100)]
    found = parts(rows, TrainOptions())
    sides = [{rows[i]["group"] for i in part} for part in (found.train, found.validation)]
    assert not sides[0] & sides[1]


def test_a_division_of_the_data_sets_own_is_kept():
    rows = [{"label": 0, "part": "validation" if i < 3 else "train"} for i in range(9)]
    assert parts(rows, TrainOptions()).validation == [0, 1, 2]


def test_a_test_part_is_taken_from_the_validation_part_of_such_a_division():
    rows = [{"label": 0, "part": "validation" if i < 30 else "train"} for i in range(60)]
    found = parts(rows, TrainOptions(validation_fraction=0.2, test_fraction=0.1))
    assert (len(found.train), len(found.validation), len(found.test)) == (30, 20, 10)
    assert not set(found.validation) & set(found.test)


def test_parts_that_leave_too_little_are_refused():
    with pytest.raises(UsageError, match="too little"):
        parse(TrainOptions, {"validation_fraction": 0.5, "test_fraction": 0.4})


@pytest.mark.parametrize(
    "change",
    [
        {"batch_size": 16},
        {"learning_rate": 0.1},
        {"optimizer": "sgd"},
        {"schedule": "constant"},
        {"warmup": 0.3},
        {"weight_decay": 0.5},
        {"max_grad_norm": 0.01},
        {"precision": "bf16"},
        {"seed": 5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_setting_changes_the_losses(tmp_path, change):
    usual = train(tmp_path / "usual")[1].losses()
    assert train(tmp_path / "changed", **change)[1].losses() != usual


def test_pieces_are_what_one_forward_pass_sees(tmp_path):
    from tests.core.training.toy import Clouds

    trainee = Clouds()
    train(tmp_path, trainee, accumulation_steps=4)
    assert set(trainee.sizes) == {2}
