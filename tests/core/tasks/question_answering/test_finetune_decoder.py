"""Fine-tuning the decoder to read, on a few easy questions, with a tiny Gemma 3 in its real format."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest
import torch

from core.errors import ArchiveError, IntegrityError, NotReadyError, UsageError
from core.jobs import queue
from core.models import catalog, finetuned, weights
from core.serving.options import parse
from core.tasks import exports, registry
from core.tasks.question_answering import training
from core.tasks.question_answering.dataset import StoredQuestion
from core.tasks.question_answering.families import prompts
from core.tasks.question_answering.families.decoder import PromptReader, TunedReader
from core.tasks.question_answering.trainees import decoder as train_decoder
from core.tasks.question_answering.trainees.decoder import DecoderTrainee
from core.training import loop
from core.training.components import optimisers
from core.training.components.continuation import IGNORED
from core.training.run import Control, Outcome, Run
from tests.core.jobs.tiny import wait
from tests.core.tasks.question_answering.checkpoints import CHINESE, write_minilm, write_reader
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
from tests.core.training.toy import CPU, assert_best_is_tested

GEMMA = "gemma-3-270m-reader"
PASSAGE = "abcd 4711 efga"


@pytest.fixture
def gemma() -> None:
    write_reader()


@pytest.fixture
def trainee(run, gemma):
    """`trainee(rank=2)`: what would be trained."""
    return lambda **options: DecoderTrainee(run(GEMMA, **options))


@pytest.fixture
def trained(run, gemma):
    """A run that is over, and what came of it."""
    made = run(GEMMA, epochs=1)
    return made, finetune(made)


def moved(built: DecoderTrainee) -> DecoderTrainee:
    """Its matrices moved a little, as if it had learnt."""
    built.trained = True
    with torch.no_grad():
        for parameter in built.model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
    built.networks["model"].eval()
    return built


# --- what is learnt ---


def test_only_the_answer_and_the_end_of_the_line_are_learnt(trainee):
    built = trainee()
    batch = built.collate(built.train.windows)
    learnt = {
        built.tokenizer.decode(row[labels != IGNORED])
        for row, labels in zip(batch["input_ids"], batch["labels"], strict=True)
    }
    wanted = {f" {one.answers[0]}\n" if one.answers else "\n" for one in built.training_questions()}
    assert learnt == wanted


def test_what_is_learnt_follows_the_prompt_that_a_prediction_uses(trainee):
    built = trainee()
    built.trained = True
    reader, one = built.reader(), built.training_questions()[0]
    begin = []
    reader._extend = lambda _cache, rows: begin.extend(rows[0])
    reader._begin(one.passage)
    asked = reader._encode(prompts.asking(one.passage, one.question))
    assert built.train[0][0] == begin + asked


def test_the_prompt_for_others_is_the_one_that_was_learnt(trainee):
    built = trainee()
    built.trained = True
    one = built.training_questions()[0]
    text = built.config().prompt.format(passage=one.passage, question=one.question)
    assert built.tokenizer.decode(built.train[0][0]) == "<bos>" + text


def test_chinese_answers_follow_without_a_blank(trainee):
    tokenizer = trainee().tokenizer
    asked = StoredQuestion(passage=CHINESE, question="故宫在哪里？", answers=["北京"], start=4)
    ((_, wanted),) = train_decoder.windows(asked, tokenizer, 64)
    assert tokenizer.decode(wanted) == "北京\n"
    assert prompts.asking(CHINESE, asked.question).endswith("答案：")


def test_a_long_passage_is_learnt_in_windows_and_most_of_them_have_no_answer(trainee):
    tokenizer = trainee().tokenizer
    passage = "Words and words. " * 12 + "The answer stands here. " + "Words and words. " * 12
    at = passage.index("answer")
    asked = StoredQuestion(passage=passage, question="?", answers=["answer"], start=at)
    found = train_decoder.windows(asked, tokenizer, 96)
    told = [tokenizer.decode(wanted) for _, wanted in found]
    assert len(told) > 3
    assert set(told) == {" answer\n", "\n"}
    for given, wanted in found:
        assert ("answer stands" in tokenizer.decode(given)) == (tokenizer.decode(wanted) != "\n")


def test_a_very_long_question_leaves_room_for_the_passage(trainee):
    asked = StoredQuestion(passage="an answer", question="why " * 300, answers=["answer"], start=3)
    ((given, wanted),) = train_decoder.windows(asked, trainee().tokenizer, 64)
    assert (len(given) < 96, len(wanted)) == (True, 8)


def test_in_pieces_a_batch_costs_the_same(trainee):
    built = trainee(dropout=0.0)
    batch = built.collate(built.train.windows[:4])
    whole = built.loss("model", batch)[0]
    halves = [
        built.loss("model", {name: t[cut] for name, t in batch.items()})[0]
        for cut in (slice(0, 2), slice(2, 4))
    ]
    assert sum(halves).item() / 2 == pytest.approx(whole.item(), rel=1e-5)


def test_the_base_is_judged_with_the_examples_it_needs(trainee):
    built = trainee()
    before = built.reader()
    built.loss("model", built.collate(built.train.windows[:1]))
    assert (type(before), type(built.reader())) == (PromptReader, TunedReader)


def test_the_loss_falls_and_only_lora_moves(run, gemma):
    made = run(GEMMA, epochs=10, questions=2, learning_rate=0.05, dropout=0.0)
    built = DecoderTrainee(made)
    before = {name: p.clone() for name, p in built.model.named_parameters()}
    everything = built.collate(built.train.windows)
    untaught = built.loss("model", everything)[0].item()
    loop.train(built, made)
    assert built.loss("model", everything)[0].item() < untaught - 0.1
    moved_ = {n for n, p in built.model.named_parameters() if not torch.equal(p, before[n])}
    assert moved_
    assert all("lora_" in name for name in moved_)


def test_without_unanswered_questions_it_does_not_know_none(run, gemma):
    built = DecoderTrainee(replace(run(GEMMA), data=questions(unanswered=False)))
    built.trained = True
    assert not built.config().knows_none
    assert built.reader().none(torch.zeros(1)) is None


# --- what comes of it ---


def test_the_published_model_says_what_the_training_said(run, gemma):
    made = run(GEMMA)
    built = moved(DecoderTrainee(made))
    with torch.no_grad():
        (wanted,) = built.track([f"number\n{PASSAGE}"])
    made.files.best.mkdir()
    built.save(made.files.best)
    result = ask(publish(made, Outcome("done", {"F1": 1.0}, {}, 1)), PASSAGE)
    assert (result.answer, round(result.score, 3)) == (wanted["answer"], round(wanted["score"], 3))


def test_a_trained_model_is_its_matrices_beside_the_base(trained):
    entry = catalog.find(publish(*trained))
    files = {path.name for path in finetuned.folder(entry.id).glob("*.safetensors")}
    assert files == {"adapter_model.safetensors"}
    assert entry.weights[:-1] == catalog.find(GEMMA).weights


def test_it_carries_the_terms_of_its_base(trained):
    entry = catalog.find(publish(*trained))
    assert entry.licences[0].name == "Gemma Terms of Use"
    assert entry.licences[0].notice


def test_it_answers_long_passages_and_can_say_nothing(trained):
    model = publish(*trained)
    long = "abcd efga. " * 80 + "Here is 4711. " + "bcde fgab. " * 80
    result = ask(model, long, threshold=0.0)
    assert result.answer == long[result.start : result.end]
    assert ask(model, long, threshold=1.0).answer is None


def test_a_fine_tuned_decoder_goes_on_from_where_it_was(run, trained):
    made, before = trained
    again = run(publish(made, before), epochs=1)
    after = finetune(again)
    assert after.base_metrics == pytest.approx(before.metrics)
    entry = catalog.find(publish(again, after))
    assert len(entry.weights) == 4
    assert ask(entry.id, PASSAGE, threshold=0.0).answer


def test_the_best_model_is_tested(run, gemma):
    assert_best_is_tested(
        DecoderTrainee, run(GEMMA, epochs=2, learning_rate=0.01, test_fraction=0.2)
    )


def test_a_resumed_training_takes_the_same_steps(run, gemma):
    whole, cut = (run(GEMMA, folder=name, epochs=2, questions=2) for name in ("whole", "cut"))
    finetune(whole)
    asked = Control(lambda: "interrupt" if len(cut.listener.of("step")) == 3 else "")
    assert finetune(replace(cut, control=asked)).state == "interrupted"
    finetune(cut)
    assert cut.listener.losses() == whole.listener.losses()


@pytest.mark.heavy
def test_a_real_worker_trains_and_the_model_answers(gemma):
    options = {**EASY, "epochs": 1, "questions": 2}
    job = queue.submit(
        "question_answering", questions().id, base=GEMMA, options=options, device_name="cpu"
    )
    job = wait(job)
    assert job.state == "done", job.error
    assert ask(job.model, PASSAGE, threshold=0.0).answer


# --- every option reaches code ---


def seen(built: DecoderTrainee) -> tuple:
    """Everything about a training that its options decide, as plain values."""
    network = built.networks["model"].train()
    torch.manual_seed(0)
    loss = built.loss("model", built.collate(built.train.windows[:6]))[0].item()
    shapes = [(n, tuple(p.shape), p.requires_grad) for n, p in network.named_parameters()]
    scales = str([m.scaling for m in network.modules() if hasattr(m, "scaling")])
    rate = optimisers.build(network, built.options, 1.0).param_groups[0]["lr"]
    return loss, shapes, scales, rate


@pytest.mark.parametrize(
    "change",
    [
        {"rank": 2},
        {"alpha": 4},
        {"learning_rate": 0.001},
        {"dropout": 0.8},
        {"label_smoothing": 0.3},
    ],
    ids=lambda change: "-".join(map(str, change)),
)
def test_a_changed_setting_changes_the_training(trainee, change):
    before, after = (moved(trainee(**c)) for c in ({}, change))
    assert seen(before) != seen(after)


def test_so_many_questions_are_checked(trainee):
    assert [len(trainee(questions=n).evaluate("validation").samples) for n in (2, 3)] == [2, 3]


# --- what is refused ---


def test_encoders_come_first_among_the_bases():
    write_minilm()
    found = [entry.id for entry in training.bases()]
    assert (found[0], found[-1]) == ("minilm-l6", GEMMA)


def test_a_trained_decoder_is_a_base_too(trained):
    model = publish(*trained)
    assert [entry.id for entry in training.bases()][-2:] == [GEMMA, model]


@pytest.mark.parametrize("train", ["last", "all"])
def test_all_but_lora_is_refused_with_the_remedy(gemma, train):
    with pytest.raises(UsageError, match="choose LoRA"):
        queue.submit("question_answering", questions().id, base=GEMMA, options={"trainable": train})


def test_it_must_be_on_disk():
    with pytest.raises(NotReadyError):
        training.check(catalog.find(GEMMA), questions(), parse(MODEL, {}))


def test_damaged_matrices_are_refused(trained):
    model = publish(*trained)
    file = finetuned.folder(model) / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-40])
    finetuned.seal(model)
    with pytest.raises(IntegrityError):
        ask(model, PASSAGE)


# --- export ---


def test_the_script_in_an_export_gives_the_same_answer(run, gemma, tmp_path):
    made = run(GEMMA)
    made.files.best.mkdir()
    moved(DecoderTrainee(made)).save(made.files.best)
    entry = catalog.find(publish(made, Outcome("done", {"F1": 1.0}, {}, 1)))
    with zipfile.ZipFile(exports.archive(entry, tmp_path / "model.zip")) as archive:
        archive.extractall(tmp_path / "elsewhere")
    assert "Gemma Terms of Use" in (tmp_path / "elsewhere" / "LICENCE.txt").read_text("utf-8")
    bases = [str(folder) for folder in weights.require(entry)[:-1]]
    printed = subprocess.run(
        [sys.executable, "-I", "use.py", *bases, "number", GIVEN],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    wanted, found = ask(entry.id, GIVEN), json.loads(printed)
    assert {name: found[name] for name in PLACE} == wanted.model_dump(include=PLACE)
    assert found["score"] == pytest.approx(wanted.score, abs=1e-4)


def test_an_exported_decoder_comes_back(trained, tmp_path):
    entry = catalog.find(publish(*trained))
    path = exports.archive(entry, tmp_path / "model.zip")
    ours = ask(entry.id, PASSAGE, threshold=0.0).answer
    finetuned.remove(entry.id)
    assert ask(exports.read_in(path, "model.zip").id, PASSAGE, threshold=0.0).answer == ours


@pytest.mark.parametrize(
    "change", [{"shots": 2}, {"knows_none": "perhaps"}, {"reader": "other"}], ids=str
)
def test_an_archive_with_another_description_is_refused_and_not_kept(trained, tmp_path, change):
    entry = catalog.find(publish(*trained))
    training.admit(entry)
    path = exports.archive(entry, tmp_path / "model.zip")
    finetuned.remove(entry.id)
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "new.zip", "w") as new:
        for name in archive.namelist():
            about = json.loads(archive.read(name)) if name == "model.json" else None
            if about:
                about["config"] |= change
            new.writestr(name, json.dumps(about) if about else archive.read(name))
    with pytest.raises(ArchiveError):
        exports.read_in(tmp_path / "new.zip", "new.zip")
    assert not registry.finetuned_entries()


def test_matrices_for_another_base_are_refused(trained):
    entry = catalog.find(publish(*trained))
    with pytest.raises(ArchiveError):
        training.admit(replace(entry, weights=entry.weights[-1:]))


@pytest.mark.heavy
@pytest.mark.starters
@pytest.mark.network
@pytest.mark.timeout(3600)
def test_the_decoder_learns_from_the_sample_of_facts(starter_weights, tmp_path):
    """A tenth of the sample, once: F1 up by 5 on questions about other things in other words."""
    made = Run(
        tmp_path / "job",
        parse(MODEL, {"epochs": 1, "batch_size": 8, "questions": 60}),
        some_facts(tmp_path, 10, 1),
        CPU,
        base=catalog.find(GEMMA),
    )
    outcome = finetune(made)
    assert outcome.metrics["F1"] >= outcome.base_metrics["F1"] + 5
