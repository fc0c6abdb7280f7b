"""A failure as plain data keeps its code, its message and what fills it in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import DeviceError, Failure, UsageError


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            DeviceError("The device {name} is not there.", name="cuda"),
            "The device cuda is not there.",
        ),
        (UsageError("No {a} in {b}.", a=1.5, b=Path("x")), "No 1.5 in x."),
        (UsageError("Why: {rule}.", rule=UsageError("at least {n}", n=1)), "Why: at least 1."),
        (UsageError("A brace { that nothing fills."), "A brace { that nothing fills."),
        (ValueError("no such thing"), "ValueError: no such thing"),
    ],
)
def test_a_failure_goes_through_json_and_says_the_same(error, said):
    failure = Failure.of(error)
    assert str(failure) == said
    assert Failure.from_json(json.loads(json.dumps(failure.to_json()))) == failure


def test_the_code_is_the_errors():
    assert Failure.of(DeviceError("x")).code == "device"
    assert Failure.of(KeyError("x")).code == "unexpected"


def test_what_the_first_version_stored_is_read():
    row = {"code": "worker_gone", "template": "It was {how}.", "values": {"how": "killed"}}
    assert str(Failure.from_json(row)) == "It was killed."
    assert Failure.from_json(row).to_json() == row
