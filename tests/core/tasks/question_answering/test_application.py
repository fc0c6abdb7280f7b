"""What home, page and command line ask of the application."""

from __future__ import annotations

import csv
import io

from core import tasks
from core.inputs import tables
from core.serving.predictor import Timing
from core.tasks.question_answering.predictor import AnswerResult

READING = tasks.find("question_answering").predicting()
MADE = {"model": "m", "device": "cpu", "timing": Timing(preprocess=0, forward=1, postprocess=0)}
FOUND = AnswerResult(
    question="Who, or what?", answer='"A", b', score=1 / 3, start=2, end=8, evidence="x\ny", **MADE
)
NOTHING = AnswerResult(
    question="谁？", answer=None, score=1e-7, start=None, end=None, evidence=None, **MADE
)


def test_the_table_is_the_file_that_the_first_version_wrote():
    columns = ["question", "answer", "score", "start", "end", "evidence", "model"]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(result.as_json() for result in (FOUND, NOTHING))
    table = READING.table(["1", "2"], [FOUND, NOTHING], "zh")
    assert tables.write(table.columns, table.rows) == out.getvalue()


def test_the_thumbnail_shows_a_question_and_its_answer():
    question = READING.examples()[0]
    first, second = READING.thumbnail([question], [FOUND], "en").words
    assert (first.before, second.strong) == (question.text, '"A", b')
    assert READING.thumbnail([question], [NOTHING], "en").words[1].strong == "–"


def test_the_examples_are_all_different():
    examples = READING.examples()
    assert len(set(examples)) == len(examples) > 1
