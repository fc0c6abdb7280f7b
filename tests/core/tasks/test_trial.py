"""A model from elsewhere is tried in a process of its own, and whatever it does there becomes one error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import ArchiveError, Failure, NotReadyError, UsageError
from core.models import finetuned
from core.tasks import exports, trial
from tests.test_first_version import FOLDER


def test_the_last_line_says_what_went_wrong():
    failure = Failure("integrity", "{id} is bad", {"id": "x"})
    error = trial._failure(1, f"noise\n{json.dumps(failure.to_json())}\n")
    assert (type(error), str(error)) == (ArchiveError, "x is bad")


@pytest.mark.parametrize("printed", ["", "no json", "[]", "null"])
def test_a_process_that_said_nothing_is_an_error_too(printed):
    assert "exit status -11" in str(trial._failure(-11, printed))


def test_a_missing_base_stays_a_missing_base():
    assert isinstance(trial.refusal(Failure.of(NotReadyError("x"))), NotReadyError)
    assert isinstance(trial.refusal(Failure.of(UsageError("x"))), ArchiveError)


@pytest.mark.heavy
@pytest.mark.trial_process
def test_a_sound_model_passes_in_a_process_of_its_own(data: Path):
    assert exports.read_in(FOLDER / "my-reviews.zip", "my-reviews.zip").title == "My reviews"


@pytest.mark.heavy
def test_a_model_that_needs_too_much_memory_is_refused(data: Path):
    entry = exports.read_in(FOLDER / "my-reviews.zip", "my-reviews.zip")
    import subprocess
    import sys

    code = "from core.tasks import trial; trial.SPARE_BYTES = trial.COPIES = 1; " + (
        f"raise SystemExit(trial.main('sentiment', {str(finetuned.folder(entry.id))!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=trial.ROOT)
    assert done.returncode == 1
