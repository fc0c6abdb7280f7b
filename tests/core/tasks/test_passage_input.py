"""Questions about a passage: how they come from the command line, and are stored as tracked examples."""

from __future__ import annotations

import json
from argparse import ArgumentParser

import pytest

from core.errors import DocumentError, TextError, UsageError
from core.serving.options import Options
from core.tasks.input_kinds import PassageInput, Question

KIND = PassageInput()


def given(*arguments: str) -> list:
    parser = ArgumentParser()
    KIND.add_arguments(parser)
    return list(KIND.from_arguments(parser.parse_args(arguments), Options()))


@pytest.mark.parametrize(
    "question",
    [Question("A cat.\nA dog.", "Who?"), Question('{"a": 1}', '"x"\n{}'), Question("", "")],
)
def test_a_tracked_question_comes_back_as_it_was(question):
    assert KIND.tracked_value(KIND.track(question)) == question


def test_it_is_stored_as_json():
    stored = json.loads(KIND.track(Question("一只猫。", "谁？")))
    assert stored == {"question": "谁？", "passage": "一只猫。"}


@pytest.mark.parametrize("text", ["Who?", "2024", '"Who"', "[1]", "null"])
def test_what_the_first_version_stored_is_still_read(text):
    assert KIND.tracked_value(f"{text}\nA cat.\nA dog.") == Question("A cat.\nA dog.", text)


def test_on_the_command_line_the_question_stands_in_the_first_line():
    assert KIND.tracked_value(KIND.track_argument("Who?\nA cat.\nA dog.")) == Question(
        "A cat.\nA dog.", "Who?"
    )


def test_a_typed_question_belongs_to_the_passage_beside_it():
    stored = KIND.track_line("Who?", "A cat.")
    assert KIND.tracked_value(stored) == Question("A cat.", "Who?")
    assert KIND.shown(stored).text == "Who?"
    assert KIND.track_line("Who?", "") == ""


def test_a_passage_stays_as_it_is_in_its_file_and_questions_are_cleaned(tmp_path):
    (tmp_path / "a.txt").write_bytes(b" \x0bA cat.\r\n")
    ((label, question),) = given("--passage", str(tmp_path / "a.txt"), "Who\x00?")
    assert (label, question) == ("Who\x00?", Question(" \x0bA cat.\r\n", "Who?"))


def test_a_question_that_cannot_be_used_stands_in_its_place(tmp_path):
    (tmp_path / "a.txt").write_text("A cat.")
    (_, bad), (_, good) = given("--passage", str(tmp_path / "a.txt"), " ", "Who?")
    assert isinstance(bad, TextError)
    assert good == Question("A cat.", "Who?")


def test_a_passage_of_nothing_readable_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("\x01\x02 \n")
    with pytest.raises(TextError, match="empty"):
        given("--passage", str(tmp_path / "a.txt"), "Who?")


def test_a_passage_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DocumentError, match="cannot be read"):
        given("--passage", str(tmp_path / "none.txt"), "Who?")


def test_without_a_question_the_call_is_wrong(tmp_path):
    (tmp_path / "a.txt").write_text("A cat.")
    with pytest.raises(UsageError):
        given("--passage", str(tmp_path / "a.txt"))


def test_what_is_noted_about_the_file_goes_where_the_command_line_wants_it(tmp_path):
    from core.inputs.reading import Reading
    from tests.core.inputs.test_documents import lines, pdf

    (tmp_path / "a.pdf").write_bytes(pdf(contents=(lines("a photo-", "grapher"),)))
    parser = ArgumentParser()
    KIND.add_arguments(parser)
    arguments = parser.parse_args(["--passage", str(tmp_path / "a.pdf"), "Who?"])
    arguments.reading = Reading()
    list(KIND.from_arguments(arguments, Options()))
    assert "joined (1)" in str(arguments.reading.assumptions[0])
