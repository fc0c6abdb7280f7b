"""Offsets of an answer count the characters of the passage as it was given."""

from __future__ import annotations

import codecs
import io
import json

import pytest

from core import tasks
from core.__main__ import main
from core.inputs.texts import cleaned
from core.tasks.input_kinds import Question
from tests.core.tasks.question_answering.checkpoints import CHINESE, PASSAGE, write, write_reader

ENCODER, DECODER = "distilbert-base-cased-distilled-squad", "gemma-3-270m-reader"
LINES = PASSAGE.replace(". ", ".\r\n")
GIVEN = {
    "leading blanks": f"  \u3000\n {PASSAGE}",
    "leading control characters": f"\x0b\x1c\x00 {PASSAGE}",
    "line ends of Windows": f"\r\n\r\n{LINES}",
    "line ends of old Macs": f"\r{LINES}".replace("\n", ""),
    "control characters between letters": "\x00".join(PASSAGE),
    "half a surrogate": f"\ud83d{PASSAGE}",
    "Chinese": f"\u3000\x0b\u3000{CHINESE}",
}


@pytest.fixture(params=[ENCODER, DECODER])
def model(request) -> str:
    """A reader that marks answers, and one that writes them."""
    write_reader() if request.param == DECODER else write(request.param)
    return request.param


def ask(model: str, passage: str):
    options = tasks.find("question_answering").parse({"threshold": 0.0, "max_tokens": 12})
    question = Question(passage, "How tall is it?")
    return tasks.predict("question_answering", [question], options, model=model)[0]


@pytest.mark.parametrize("passage", GIVEN.values(), ids=GIVEN)
def test_the_answer_stands_at_its_offsets_in_the_given_passage(model, passage):
    result = ask(model, passage)
    assert result.answer
    assert cleaned(passage[result.start : result.end]).text == result.answer


@pytest.mark.parametrize("passage", GIVEN.values(), ids=GIVEN)
def test_the_answer_is_that_of_the_cleaned_passage(model, passage):
    plain = ask(model, cleaned(passage).text)
    result = ask(model, passage)
    assert (result.answer, result.evidence) == (plain.answer, plain.evidence)


@pytest.mark.parametrize("lead", ["  \n", "\x0b\x00", "\r\n\r\n"], ids=repr)
def test_without_changes_inside_it_the_answer_is_the_very_slice(model, lead):
    passage = lead + PASSAGE
    result = ask(model, passage)
    assert passage[result.start : result.end] == result.answer


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")]
)  # fmt: skip
@pytest.mark.parametrize("lead", ["", " \x0b\r\n"], ids=repr)
def test_the_command_line_counts_the_characters_of_the_file_behind_its_mark(
    capsys, tmp_path, mark, encoding, lead
):
    write(ENCODER)
    passage = lead + LINES
    (tmp_path / "passage.txt").write_bytes(mark + passage.encode(encoding))
    command = ["predict", "question_answering", "--json", "--model", ENCODER, "--threshold", "0"]
    assert main([*command, "--passage", str(tmp_path / "passage.txt"), "How tall is it?"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert cleaned(passage[row["start"] : row["end"]]).text == row["answer"]
    assert row["answer"]


def test_an_answer_is_looked_up_where_it_stands_in_the_given_passage():
    """In a passage that is longer than when it is cleaned."""
    given = "\x00" * 10 + "330 or 330?"
    content = json.dumps({"passage": given, "question": "?", "answer": "330", "start": 17})
    data = tasks.find("question_answering").stored()
    (sample,) = data.read(io.BytesIO(content.encode()), "a.jsonl").samples
    assert sample.row["start"] == 7


def test_an_answer_with_the_line_ends_of_its_passage_is_found():
    content = json.dumps({"passage": "a b\r\nc d", "question": "?", "answer": "b\r\nc"})
    data = tasks.find("question_answering").stored()
    (sample,) = data.read(io.BytesIO(content.encode()), "a.jsonl").samples
    assert (sample.row["answers"], sample.row["start"]) == (["b\nc"], 2)
