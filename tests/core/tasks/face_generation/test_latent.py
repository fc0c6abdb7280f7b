"""Latent points: arithmetic on the sphere."""

from __future__ import annotations

import pytest
import torch

from core.errors import UsageError
from core.tasks.face_generation.latent import LatentPoint, along, between, slerp, vector

SHAPE = (100, 1, 1)


def test_same_seed_gives_the_same_vector():
    assert torch.equal(vector(LatentPoint(7), SHAPE), vector(LatentPoint(7), SHAPE))


def test_other_seed_gives_another_vector():
    assert not torch.equal(vector(LatentPoint(7), SHAPE), vector(LatentPoint(8), SHAPE))


def test_interpolation_starts_exactly_at_the_first_face():
    assert torch.equal(vector(between(3, 9, 5)[0], SHAPE), vector(LatentPoint(3), SHAPE))


def test_interpolation_ends_exactly_at_the_second_face():
    assert torch.equal(vector(between(3, 9, 5)[-1], SHAPE), vector(LatentPoint(9), SHAPE))


def test_interpolation_stays_on_the_sphere_where_a_straight_line_would_not():
    start, end = vector(LatentPoint(3), SHAPE), vector(LatentPoint(9), SHAPE)
    radius = (start.norm() + end.norm()) / 2
    assert slerp(start, end, 0.5).norm() == pytest.approx(float(radius), rel=0.1)
    assert ((start + end) / 2).norm() < 0.85 * radius


def test_interpolation_of_a_face_with_itself_is_that_face():
    point = vector(LatentPoint(3, other=3, mix=0.4), SHAPE)
    torch.testing.assert_close(point, vector(LatentPoint(3), SHAPE))


def test_a_walk_of_no_degrees_stays_at_the_face():
    (start,) = along(3, 1, [0.0])
    torch.testing.assert_close(vector(start, SHAPE), vector(LatentPoint(3), SHAPE))


def test_a_walk_keeps_the_length_and_turns_by_the_angle():
    z, (there,) = vector(LatentPoint(3), SHAPE), along(3, 1, [60.0])
    moved = vector(there, SHAPE)
    assert float(moved.norm()) == pytest.approx(float(z.norm()), rel=1e-4)
    assert float((z * moved).sum() / z.norm() ** 2) == pytest.approx(0.5, abs=1e-4)


def test_direction_and_face_of_one_number_are_different_vectors():
    assert not torch.isnan(vector(LatentPoint(5, direction=5, degrees=30), SHAPE)).any()


@pytest.mark.parametrize("values", [{"seed": -1}, {"seed": 2**50}, {"seed": 0, "mix": 1.5}])
def test_a_point_out_of_range_is_refused(values):
    with pytest.raises(UsageError):
        LatentPoint(**values)
