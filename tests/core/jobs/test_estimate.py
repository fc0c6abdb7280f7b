"""The estimate comes from real steps in a process of its own."""

from __future__ import annotations

import pytest

from core.errors import UsageError
from core.jobs import estimate, store
from tests.core.jobs.tiny import OPTIONS


def estimated(stripes, **options):
    return estimate.estimate(
        "image_classification",
        stripes.id,
        base="resnet18",
        options={**OPTIONS, **options},
        device_name="cpu",
    )


def test_it_says_what_a_training_will_cost(stripes):
    found = estimated(stripes, epochs=10)
    assert found.steps == 10 * 3  # nineteen or twenty pictures in batches of eight
    assert found.total_s == pytest.approx(found.prepare_s + 30 * found.step_s)
    assert found.memory_mb > 100
    assert found.largest_batch >= 8
    assert store.jobs() == []


def test_what_cannot_be_started_is_refused_without_a_step(stripes):
    with pytest.raises(UsageError, match="batch_size"):
        estimated(stripes, batch_size=-1)
