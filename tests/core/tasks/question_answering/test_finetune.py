"""Fine-tuning encoders to read, on a few easy questions, with tiny ones in their real formats."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
import torch

from core.errors import ArchiveError, NotReadyError, UsageError
from core.jobs import queue
from core.models import catalog, finetuned
from core.serving.options import parse
from core.tasks import exports
from core.tasks.question_answering import dataset, training
from core.tasks.question_answering.dataset import StoredQuestion
from core.tasks.question_answering.scores import score
from core.tasks.question_answering.trainees import encoder as train_encoder
from core.tasks.question_answering.trainees.encoder import EncoderTrainee
from core.training.components import optimisers
from core.training.options import TrainOptions
from core.training.run import Control, Outcome, Run
from tests.core.jobs.tiny import wait
from tests.core.tasks.question_answering.checkpoints import write, write_minilm
from tests.core.tasks.question_answering.tiny import (
    EASY,
    GIVEN,
    MODEL,
    PLACE,
    ask,
    finetune,
    publish,
    questions,
    some_facts,
)
from tests.core.training.toy import CPU, Listener, assert_best_is_tested


def seen(built: EncoderTrainee) -> tuple:
    """Everything about a training that its options decide, as plain values."""
    network = built.networks["model"].train()
    torch.manual_seed(0)
    loss = built.loss("model", built.collate([built.train[i] for i in range(6)]))[0].item()
    shapes = [(n, tuple(p.shape), p.requires_grad) for n, p in network.named_parameters()]
    scales = [m.scaling for m in network.modules() if hasattr(m, "scaling")]
    rate = optimisers.build(network, built.options, built.tune.get("model", 1.0))
    longest = max(len(window.inputs["input_ids"]) for window in built.train.windows)
    return loss, shapes, str(scales), rate.param_groups[0]["lr"], longest


@pytest.mark.parametrize(
    "change",
    [
        {"trainable": "last"},
        {"trainable": "all"},
        {"rank": 2},
        {"alpha": 4},
        {"learning_rate": 0.001},
        {"dropout": 0.8},
        {"label_smoothing": 0.3},
    ],
    ids=lambda change: "-".join(map(str, change)),
)
def test_a_changed_setting_changes_the_training(run, change):
    write_minilm()
    before, after = (EncoderTrainee(run(**c)) for c in ({}, change))
    assert seen(before) != seen(after)


def test_every_option_of_its_own_is_covered():
    covered = {"trainable", "rank", "alpha", "dropout", "label_smoothing", "window", "questions"}
    assert set(MODEL.model_fields) - set(TrainOptions.model_fields) == covered


def test_long_passages_become_windows_and_the_answer_is_in_those_that_hold_it(run):
    write_minilm()
    tokenizer = EncoderTrainee(run()).tokenizer
    passage = "word " * 40 + "answer" + " word" * 40
    asked = StoredQuestion(passage=passage, question="?", answers=["answer"], start=200)
    sizes = {size: train_encoder.windows(asked, tokenizer, size) for size in (64, 128)}
    assert len(sizes[64]) > len(sizes[128]) > 1
    for window in sizes[64]:
        marked = tokenizer.decode(window.inputs["input_ids"][window.start : window.end + 1])
        assert marked.replace(" ", "").replace("##", "") in ("answer", "[CLS]")
    assert any(window.end for window in sizes[64])


def test_a_very_long_question_leaves_room_for_the_passage(run):
    write_minilm()
    tokenizer = EncoderTrainee(run()).tokenizer
    asked = StoredQuestion(passage="an answer", question="why " * 300, answers=["answer"], start=3)
    (window,) = train_encoder.windows(asked, tokenizer, 64)
    assert window.end > window.start > 0


@pytest.mark.parametrize("train", ["lora", "last", "all"])
def test_every_kind_learns_is_published_and_answers(run, train):
    write_minilm()
    made = run(trainable=train, epochs=12, learning_rate=0.02 if train == "lora" else 0.2)
    outcome = finetune(made)
    assert outcome.metrics["F1"] > outcome.base_metrics["F1"] + 10
    model = publish(made, outcome)
    long = "abcd efga " * 200 + "4711 " + "bcde fgab " * 200
    for passage in ("abcd 4711 efga", long):
        result = ask(model, passage, threshold=0.0)
        assert result.answer == passage[result.start : result.end]
    assert ask(model, "abcd 4711 efga").score > 0
    assert catalog.find(model).config.knows_none


@pytest.mark.parametrize("train", ["lora", "all"])
def test_the_published_model_says_what_the_training_said(run, train):
    write_minilm()
    made = run(trainable=train)
    trainee = EncoderTrainee(made)
    network = trainee.networks["model"]
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
        network.eval()
        (wanted,) = trainee.track(["number\nabcd 4711 efga"])
    made.files.best.mkdir()
    trainee.save(made.files.best)
    result = ask(publish(made, Outcome("done", {"F1": 1.0}, {}, 1)), "abcd 4711 efga")
    assert (result.answer, round(result.score, 3)) == (wanted["answer"], round(wanted["score"], 3))


@pytest.mark.parametrize("base", ["roberta-base-squad2", "distilbert-base-cased-distilled-squad"])
def test_readers_of_the_catalogue_are_bases(run, base):
    write(base)
    made = run(base=base, epochs=1)
    assert ask(publish(made, finetune(made)), "abcd 4711", threshold=0.0).answer


def test_a_fine_tuned_reader_goes_on_from_where_it_was(run):
    write_minilm()
    made = run(epochs=8)
    before = finetune(made)
    after = finetune(run(base=publish(made, before), epochs=1))
    assert after.base_metrics == pytest.approx(before.metrics)


@pytest.mark.parametrize("train", ["lora", "last", "all"])
def test_the_best_model_is_tested(run, train):
    write_minilm()
    assert_best_is_tested(EncoderTrainee, run(trainable=train, epochs=3, test_fraction=0.2))


def test_a_resumed_training_takes_the_same_steps(run):
    write_minilm()
    whole = run(folder="whole", epochs=2)
    finetune(whole)
    cut = run(folder="cut", epochs=2)
    heard = cut.listener
    asked = Control(lambda: "interrupt" if len(heard.of("step")) == 4 else "")
    assert finetune(replace(cut, control=asked)).state == "interrupted"
    finetune(cut)
    assert heard.losses() == whole.listener.losses()


def test_the_most_similar_sentence_is_told_once_for_comparison(run):
    write_minilm()
    made = run(epochs=2)
    finetune(made)
    (told,) = made.listener.of("baseline")
    assert 0 < told["most similar sentence"]["F1"] < 100


def test_so_many_questions_are_checked_the_same_ones_every_time(run):
    write_minilm()
    few = EncoderTrainee(run(questions=3))
    asked = [[item["question"], item["passage"]] for item in few.evaluate("validation").samples]
    assert len(asked) == 3
    assert asked == [[i["question"], i["passage"]] for i in few.evaluate("validation").samples]
    assert len(EncoderTrainee(run()).evaluate("validation").samples) > 3


def test_items_hold_question_passage_and_both_answers(run):
    write_minilm()
    made = run(epochs=1)
    finetune(made)
    item = json.loads((made.folder / "items-best.json").read_text("utf-8"))[0]
    assert set(item) == {"question", "passage", "answer", "found", "right"}


@pytest.mark.parametrize(
    ("answer", "truths", "expected"),
    [
        (None, [], (1.0, True)),
        ("a tower", [], (0.0, False)),
        (None, ["tower"], (0.0, False)),
        ("The tower!", ["tower", "house"], (1.0, True)),
        ("tall tower", ["tower"], (2 / 3, False)),
    ],
)
def test_answers_are_scored_as_in_squad(answer, truths, expected):
    value, same = score(answer, truths)
    assert (value, same) == (pytest.approx(expected[0]), expected[1])


def test_what_cannot_start_is_refused_before():
    with pytest.raises(UsageError, match="Choose a model"):
        training.check(None, questions(), parse(MODEL, {}))
    with pytest.raises(NotReadyError):
        training.check(catalog.find("minilm-l6"), questions(), parse(MODEL, {}))


def test_without_unanswered_questions_a_reader_does_not_know_none(run):
    write_minilm()
    made = replace(run(), data=questions(unanswered=False))
    assert not EncoderTrainee(made).knows_none


def test_the_script_in_an_export_gives_the_same_answer(run, tmp_path):
    write_minilm()
    made = run(epochs=8)
    entry = catalog.find(publish(made, finetune(made)))
    with zipfile.ZipFile(exports.archive(entry, tmp_path / "model.zip")) as archive:
        archive.extractall(tmp_path / "elsewhere")
    printed = subprocess.run(
        [sys.executable, "-I", "use.py", "number", GIVEN],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    wanted, found = ask(entry.id, GIVEN), json.loads(printed)
    assert {name: found[name] for name in PLACE} == wanted.model_dump(include=PLACE)
    assert found["score"] == pytest.approx(wanted.score, abs=1e-4)


def test_an_exported_reader_comes_back_and_one_with_other_files_does_not(run, tmp_path):
    write_minilm()
    made = run(epochs=1)
    entry = catalog.find(publish(made, finetune(made)))
    path = exports.archive(entry, tmp_path / "model.zip")
    finetuned.remove(entry.id)
    assert exports.read_in(path, "model.zip").config == entry.config
    with pytest.raises(ArchiveError):
        training.admit(replace(entry, weights=(*catalog.find("minilm-l6").weights, *entry.weights)))


@pytest.mark.heavy
def test_a_real_worker_trains_and_the_model_answers():
    write_minilm()
    job = queue.submit(
        "question_answering", questions().id, base="minilm-l6", options=EASY, device_name="cpu"
    )
    job = wait(job)
    assert job.state == "done"
    assert ask(job.model, "abcd 4711", threshold=0.0).answer


@pytest.mark.heavy
@pytest.mark.starters
@pytest.mark.network
@pytest.mark.timeout(3600)
def test_a_reader_learns_from_the_sample_of_facts(starter_weights, tmp_path):
    """A third of the sample and three epochs: F1 up by 20 and above the most similar sentence."""
    made = Run(
        tmp_path / "job",
        parse(MODEL, {**dataset.SAMPLES[0].options, "epochs": 3}),
        some_facts(tmp_path, 3, 2),
        CPU,
        base=catalog.find("minilm-l6"),
        listener=Listener(),
    )
    outcome = finetune(made)
    baseline = made.listener.of("baseline")[0]["most similar sentence"]["F1"]
    print(outcome.base_metrics, "->", outcome.metrics, "most similar sentence:", baseline)
    assert outcome.metrics["F1"] >= outcome.base_metrics["F1"] + 20
    assert outcome.metrics["F1"] > baseline
