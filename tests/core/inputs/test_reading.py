"""Notes of a reading: what was assumed, what a person chose instead, and how often something was wrong."""

import pytest

from core.errors import UsageError
from core.inputs.reading import LISTED, Reading


def test_what_is_assumed_is_noted_once():
    reading = Reading()
    taken = [reading.choose("encoding", "cp1252", "As {taken}.", guessed=True) for _ in range(2)]
    assert (taken, [str(one) for one in reading.assumptions]) == (["cp1252"] * 2, ["As cp1252."])


def test_a_persons_choice_wins_and_is_no_guess():
    reading = Reading({"encoding": "big5"})
    assert reading.choose("encoding", "cp1252", "As {taken}.", guessed=True) == "big5"
    assert not reading.assumptions[0].guessed


def test_a_choice_that_is_no_option_is_refused_with_the_options():
    with pytest.raises(UsageError, match="text, label"):
        Reading({"label": "x"}).choose("label", "label", "{taken}", options=("text", "label"))


def test_problems_beyond_the_limit_are_counted():
    reading = Reading()
    for line in range(LISTED + 5):
        reading.trouble("empty", "Line {line}.", line=line, sample=line, fatal=True)
    assert (len(reading.problems), reading.counts["empty"]) == (LISTED, LISTED + 5)
    assert len(reading.fatal) == LISTED + 5


def test_the_most_frequent_problem_is_told_first():
    reading = Reading()
    reading.trouble("one", "Rare.")
    for _ in range(3):
        reading.trouble("two", "Often.")
    assert reading.why() == "3 × Often. Rare."
