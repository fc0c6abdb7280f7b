"""The decoder that reads by prompting, on a tiny Gemma 3 with a tokenizer that spells letters."""

from __future__ import annotations

import pytest

from core import tasks
from core.tasks.input_kinds import Question
from core.tasks.question_answering.families.decoder import _is_end, _is_start
from core.tasks.question_answering.families.prompts import CHINESE as CHINESE_PROMPT
from core.tasks.question_answering.families.prompts import ENGLISH, prompt_for
from tests.core.tasks.question_answering.checkpoints import CHINESE, PASSAGE, write_reader

MODEL = "gemma-3-270m-reader"


@pytest.fixture(autouse=True)
def weights_on_disk(data):
    write_reader()


def ask(*questions: str, passage: str = PASSAGE, **values: object):
    options = tasks.find("question_answering").parse({"threshold": 0.0, "max_tokens": 12} | values)
    inputs = [Question(passage, text) for text in questions]
    return tasks.predict("question_answering", inputs, options, model=MODEL)


def test_the_answer_is_a_slice_of_the_passage_within_one_sentence():
    (result,) = ask("How tall is it?")
    assert result.answer == PASSAGE[result.start : result.end]
    assert result.answer in result.evidence
    assert result.evidence.count(".") <= 1


def test_answers_begin_and_end_with_whole_words():
    (result,) = ask("How tall is it?")
    words = PASSAGE.replace(".", "").split()
    assert set(result.answer.split()) <= set(words)


def test_the_score_is_the_share_of_the_best_span():
    (result,) = ask("How tall is it?")
    assert 0 < result.score < 1


def test_several_questions_give_what_each_gives_alone():
    asked = ["How tall is it?", "Who built it?"]
    together = ask(*asked)
    assert [r.question for r in together] == asked
    assert [r.answer for r in together] == [ask(text)[0].answer for text in asked]


def test_a_long_passage_is_read_in_windows():
    passage = PASSAGE * 8
    (result,) = ask("How tall is it?", passage=passage, windows=2)
    assert result.answer == passage[result.start : result.end]


def test_chinese_answers_need_no_blanks():
    (result,) = ask("故宫在哪里？", passage=CHINESE)
    assert result.answer == CHINESE[result.start : result.end]


def test_one_reader_takes_english_and_chinese_in_turn():
    english, chinese = ask("How tall is it?")[0], ask("故宫在哪里？", passage=CHINESE)[0]
    assert ask("How tall is it?")[0].answer == english.answer
    assert ask("故宫在哪里？", passage=CHINESE)[0].answer == chinese.answer


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        (CHINESE, CHINESE_PROMPT),
        ("京沪高铁全长1318公里，2011年通车。", CHINESE_PROMPT),
        ("富士山は日本で一番高い山です。", ENGLISH),
        ("The word 猫 means cat.", ENGLISH),
    ],
)
def test_chinese_passages_get_chinese_examples(text, prompt):
    assert prompt_for(text) is prompt


def test_a_passage_without_words_gives_no_answer():
    (result,) = ask("What?", passage="… !!")
    assert (result.answer, result.score) == (None, 0.0)


@pytest.mark.parametrize(("text", "at", "begins"), [("a cat", 2, True), ("a cat", 3, False)])
def test_an_answer_begins_with_a_word(text, at, begins):
    assert _is_start(text, at) is begins


@pytest.mark.parametrize(("text", "at", "ends"), [("a cat.", 5, True), ("a cat.", 4, False)])
def test_an_answer_ends_with_a_word(text, at, ends):
    assert _is_end(text, at) is ends
