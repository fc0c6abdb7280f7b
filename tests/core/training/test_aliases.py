"""Names of the first version still open what was stored under them."""

from __future__ import annotations

import argparse

import pytest

from core import tasks
from core.cli import flags
from core.jobs import store
from core.jobs.request import Request
from core.training import aliases

OLD = {"train": "all", "pieces": 2, "clip_norm": 0.5, "validation": 0.3, "test": 0.1, "epochs": 4}
NEW = {
    "trainable": "all",
    "accumulation_steps": 2,
    "max_grad_norm": 0.5,
    "validation_fraction": 0.3,
    "test_fraction": 0.1,
    "epochs": 4,
}
MODEL = tasks.find("image_classification").trained().options


def test_every_new_name_is_an_option():
    fields = {
        n for one in tasks.applications() if one.training for n in one.training.options.model_fields
    }
    assert set(aliases.OPTIONS.values()) <= fields
    assert not set(aliases.OPTIONS) & fields


def test_options_get_their_names_of_today():
    assert aliases.options(OLD) == NEW


def test_where_both_names_occur_todays_counts():
    assert aliases.options({"trainable": "last", "train": "all"}) == {"trainable": "last"}


def test_a_job_row_of_the_first_version_is_read():
    job = store.create("image_classification", "old", "cpu", Request(data="d"))
    with store.connected() as db:
        db.execute(
            "UPDATE jobs SET request = ? WHERE id = ?",
            ('{"data": "d", "base": null, "options": {"train": "all", "pieces": 2}}', job.id),
        )
    assert store.find(job.id).request.options == {"trainable": "all", "accumulation_steps": 2}


def parsed(*args: str) -> dict[str, object]:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    flags.add(parser, MODEL)
    return vars(parser.parse_args(args))


@pytest.mark.parametrize(("old", "new"), aliases.OPTIONS.items())
def test_old_flags_still_work(old, new):
    assert parsed(f"--{old.replace('_', '-')}", "x") == {new: "x"}


def test_old_flags_are_not_listed():
    parser = argparse.ArgumentParser()
    flags.add(parser, MODEL)
    listed = parser.format_help()
    assert "--accumulation-steps" in listed
    assert not [old for old in aliases.OPTIONS if f"--{old.replace('_', '-')} " in listed]


def test_commands_are_written_with_the_names_of_today():
    assert flags.flags({"accumulation_steps": 2}, {"accumulation_steps": 1}) == [
        "--accumulation-steps",
        "2",
    ]
