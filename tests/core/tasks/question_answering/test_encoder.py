"""BERT, RoBERTa and DistilBERT readers, loaded from checkpoints in their real formats."""

from __future__ import annotations

import pytest

from core import tasks
from core.errors import CancelledError, NotReadyError, ResourceError
from core.models import catalog, weights
from core.progress import Progress
from core.tasks.input_kinds import Question
from core.tasks.question_answering.families import is_decoder
from tests.core.tasks.question_answering.checkpoints import CHINESE, PASSAGE, write

ENCODERS = [e.id for e in catalog.entries("question_answering") if not is_decoder(e)]
ROBERTA, DISTILBERT = "roberta-base-squad2", "distilbert-base-cased-distilled-squad"


def options(**values: object):
    return tasks.find("question_answering").parse({"threshold": 0.0} | values)


def ask(model: str, *questions: str, passage: str = PASSAGE, **values: object):
    inputs = [Question(passage, text) for text in questions]
    return tasks.predict("question_answering", inputs, options(**values), model=model)


@pytest.mark.parametrize("model", ENCODERS)
def test_every_family_answers_with_a_slice_of_the_passage(model):
    write(model)
    (result,) = ask(model, "How tall is it?")
    assert result.answer == PASSAGE[result.start : result.end]
    assert 0 < result.score <= 1


@pytest.mark.parametrize("model", ENCODERS)
def test_every_family_reads_a_passage_longer_than_its_window(model):
    write(model)
    passage = PASSAGE * 12
    (result,) = ask(model, "How tall is it?", passage=passage)
    assert result.answer == passage[result.start : result.end]


def test_the_json_has_the_fields_of_the_command_line():
    write(DISTILBERT)
    (result,) = ask(DISTILBERT, "How tall is it?")
    assert list(result.as_json()) == [
        "question", "answer", "score", "start", "end", "evidence", "model", "device", "ms",
    ]  # fmt: skip


def test_evidence_is_the_whole_sentence_around_the_answer():
    write(DISTILBERT)
    (result,) = ask(DISTILBERT, "How tall is it?", max_tokens=1)
    assert result.answer in result.evidence
    assert result.evidence in [s + "." for s in PASSAGE[:-1].split(". ")]


def test_a_high_threshold_gives_no_answer():
    write(DISTILBERT)
    (result,) = ask(DISTILBERT, "How tall is it?", threshold=1.0)
    assert (result.answer, result.start, result.end, result.evidence) == (None,) * 4
    assert result.score > 0


def test_a_model_that_knows_of_no_answer_gives_it_a_share():
    from safetensors.torch import load_file, save_file

    entry = write(ROBERTA)
    path = weights.folder(entry.weights[0]) / "model.safetensors"
    with_none = ask(ROBERTA, "How tall?")[0].score
    state = load_file(path)
    state["qa_outputs.bias"] += 5.0  # the same for every token: spans and “no answer” alike
    save_file(state, path)
    weights.seal(entry.weights[0])
    tasks.pool.drop(ROBERTA)
    assert ask(ROBERTA, "How tall?")[0].score == pytest.approx(with_none, rel=1e-3)


def test_answers_are_no_longer_than_asked():
    write(DISTILBERT)
    (result,) = ask(DISTILBERT, "How tall is it?", max_tokens=2)
    assert len(result.answer) <= 3  # the tiny tokenizer's tokens are letters; one blank between


def test_several_questions_are_answered_in_order():
    write(DISTILBERT)
    asked = ["How tall is it?", "Who?", "Where is the restaurant of the tower in Paris?"]
    assert [r.question for r in ask(DISTILBERT, *asked)] == asked


def test_batch_and_single_give_the_same_answer():
    write(DISTILBERT)
    asked = ["How tall is it?", "Who built the tower that is in Paris?"]
    together = ask(DISTILBERT, *asked)
    alone = [ask(DISTILBERT, text)[0] for text in asked]
    assert [r.answer for r in together] == [r.answer for r in alone]


def test_a_question_longer_than_the_window_is_shortened():
    write(DISTILBERT)
    (result,) = ask(DISTILBERT, "Where is it " * 200)
    assert result.answer


def test_chinese_offsets_count_characters():
    write("chinese-mrc-roberta-wwm-ext-large")
    (result,) = ask("chinese-mrc-roberta-wwm-ext-large", "故宫在哪里？", passage=CHINESE)
    assert result.answer == CHINESE[result.start : result.end]


def test_a_passage_without_a_word_gives_no_answer():
    write(DISTILBERT)
    (result,) = ask(DISTILBERT, "What?", passage="\u200b")
    assert result.answer is None


def test_missing_weights_name_the_command():
    with pytest.raises(NotReadyError, match="python -m core fetch roberta-base-squad2"):
        ask(ROBERTA, "What?")


def test_damaged_weights_are_refused_with_a_remedy():
    entry = write(DISTILBERT)
    path = weights.folder(entry.weights[0]) / "model.safetensors"
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(ResourceError, match="fetch it again"):
        ask(DISTILBERT, "What?")


def test_a_cancelled_question_stops():
    write(DISTILBERT)
    progress = Progress()
    progress.cancelled.set()
    with pytest.raises(CancelledError):
        tasks.predict(
            "question_answering",
            [Question(PASSAGE, "What?")],
            options(),
            model=DISTILBERT,
            progress=progress,
        )
