"""Fine-tuning translators on a few words, from tiny models in the real files."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch

from core import tasks
from core.data import datasets
from core.errors import ArchiveError, IntegrityError, NotReadyError, UsageError
from core.jobs import queue
from core.models import catalog, finetuned, weights
from core.progress import Progress
from core.serving.options import parse
from core.tasks import exports
from core.tasks.translation import dataset, scores, training
from core.training.components.continuation import IGNORED
from core.training.options import TrainOptions
from core.training.run import Control, Run
from tests.core.jobs.tiny import wait
from tests.core.tasks.translation.checkpoints import write_gemma, write_m2m100, write_marian
from tests.core.training.toy import CPU, Listener, assert_best_is_tested, publish

TRAINING = tasks.find("translation").trained()
MODEL = TRAINING.options
GEMMA = "gemma-3-270m"
WORDS = (
    "dog chien, man homme, snow neige, book livre, two deux, park parc, tree arbre, red rouge, "
    "house maison, water eau, night nuit, bread pain, street rue, child enfant, day jour, milk lait"
)
OPTIONS = {"epochs": 1, "batch_size": 4, "sentences": 3, "learning_rate": 1e-2, "warmup": 0.0}


@pytest.fixture
def words() -> datasets.DataSet:
    """Sixteen words in English and French."""
    rows = "\n".join(pair.replace(" ", "\t") for pair in WORDS.split(", "))
    table = io.BytesIO(f"en\tfr\n{rows}".encode())
    return datasets.add("translation", "words", dataset.read(table, "words.tsv"))


@pytest.fixture
def write(tmp_path):
    """`write(model)`: a tiny one in its place."""

    def write_(model: str) -> None:
        if model == GEMMA:
            write_gemma()
        elif model.startswith("m2m"):
            write_m2m100(tmp_path)
        else:
            write_marian(model, tmp_path)

    return write_


@pytest.fixture
def prepared(tmp_path, words, write):
    """`prepared(trainable="all")`: a run on the words."""

    def prepare(model: str = GEMMA, **options: object) -> Run:
        if not tasks.is_ready(catalog.find(model)):
            write(model)
        parsed = parse(MODEL, {**OPTIONS, **options})
        folder = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        return Run(folder, parsed, words, CPU, base=catalog.find(model), listener=Listener())

    return prepare


@pytest.fixture
def trainee(prepared):
    """`trainee(rank=2)`: what would be trained."""
    return lambda *args, **options: training.TranslationTrainee(prepared(*args, **options))


def published(run: Run) -> catalog.ModelEntry:
    return catalog.find(publish("translation", run, TRAINING.train(run), name="words"))


def translate(model: str, *texts: str) -> list[str]:
    options = tasks.find("translation").parse({"source": "en", "target": "fr"})
    found = tasks.predict("translation", texts, options, model=model, device="cpu")
    return [result.output for result in found]


@pytest.mark.parametrize("model", [GEMMA, "m2m100-418m", "opus-mt-en-fr"])
@pytest.mark.parametrize("train", ["lora", "all"])
def test_a_fine_tuned_model_answers_as_it_did_at_the_end_of_its_training(prepared, model, train):
    run = prepared(model, trainable=train, sentences=3)
    entry = published(run)
    assert (len(entry.weights), entry.languages) == ({"lora": 2, "all": 1}[train], ("en", "fr"))
    items = json.loads((run.folder / "items-best.json").read_text("utf-8"))
    assert len(items) == 3
    assert translate(entry.id, *(i["source"] for i in items)) == [i["hypothesis"] for i in items]


@pytest.mark.parametrize("train", ["lora", "all"])
def test_the_best_model_is_tested(prepared, train):
    run = prepared(trainable=train, sentences=3, learning_rate=0.01, test_fraction=0.2)
    assert_best_is_tested(training.TranslationTrainee, run)


def test_it_carries_the_terms_of_its_base(prepared):
    entry = published(prepared(trainable="all"))
    assert [licence.name for licence in entry.licences] == ["Gemma Terms of Use"]


def test_a_fine_tuned_model_can_be_fine_tuned_again(prepared):
    first = published(prepared())
    again = published(prepared(first.id))
    assert len(again.weights) == 3
    assert len(translate(again.id, "dog")) == 1


@pytest.mark.heavy
def test_a_job_trains_and_its_model_translates(words, write):
    write(GEMMA)
    job = queue.submit("translation", words.id, base=GEMMA, options=OPTIONS, device_name="cpu")
    job = wait(job)
    assert job.state == "done", job.error
    assert {"chrF", "BLEU", "loss", "chrF gain, low", "chrF gain, high"} == set(job.metrics)
    assert len(translate(job.model, "dog")) == 1


def test_a_resumed_training_takes_the_same_steps(prepared):
    whole, parted = prepared(dropout=0.3), prepared(dropout=0.3)
    TRAINING.train(whole)
    control = Control(lambda: "interrupt" if len(parted.listener.of("step")) == 2 else "")
    object.__setattr__(parted, "control", control)
    assert TRAINING.train(parted).state == "interrupted"
    object.__setattr__(parted, "control", Control())
    TRAINING.train(parted)
    assert parted.listener.losses() == whole.listener.losses()


def test_checkpoints_do_not_hold_the_frozen_base(prepared):
    run = prepared()
    TRAINING.train(run)
    (saved, *_) = sorted(run.files.checkpoints.glob("step-*/model.safetensors"))
    names = _names(saved)
    assert names
    assert all("lora_" in name for name in names)


def _names(path: Path) -> list[str]:
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        return list(file.keys())


# --- what is learnt ---


def test_only_the_translation_and_the_end_of_the_line_are_learnt(trainee):
    translator = trainee().translator
    batch = translator.batch([("dog", "chien"), ("man", "homme")])
    learnt = [
        translator.tokenizer.decode(row[labels != IGNORED])
        for row, labels in zip(batch["input_ids"], batch["labels"], strict=True)
    ]
    assert learnt == [" chien\n", " homme\n"]


def test_what_is_learnt_follows_the_prompt_that_a_prediction_uses(trainee):
    translator = trainee().translator
    row, labels = (translator.batch([("dog", "chien")])[n][0] for n in ("input_ids", "labels"))
    given = row[labels == IGNORED].tolist()
    engine = translator.engine(CPU, True)
    assert given[:1] == engine.decoder._read("")[0]
    assert given[1:] == engine.decoder.encode("English: dog\nFrench:")


@pytest.mark.parametrize("model", [GEMMA, "m2m100-418m", "opus-mt-en-fr"])
def test_the_loss_is_the_librarys_own(trainee, model):
    built = trainee(model, dropout=0.0)
    built.translator.eval()
    batch = built.translator.batch([("dog", "chien"), ("two", "deux")])
    with torch.no_grad():
        ours = built.translator(**batch).item() / (batch["labels"] != IGNORED).sum().item()
        theirs = built.translator.model(**batch).loss.item()
    assert ours == pytest.approx(theirs, rel=1e-4)


def test_in_pieces_a_batch_costs_the_same(trainee):
    built = trainee(dropout=0.0)
    batch = built.collate([("dog", "chien"), ("two", "deux"), ("house", "maison"), ("day", "jour")])
    whole = built.loss("model", batch)[0]
    halves = [
        built.loss("model", {name: t[cut] for name, t in batch.items()})[0]
        for cut in (slice(0, 2), slice(2, 4))
    ]
    assert sum(halves).item() / 2 == pytest.approx(whole.item(), rel=1e-5)


def test_the_base_is_judged_with_the_examples_it_needs(trainee):
    built = trainee()
    before = built.translator.engine(CPU, built.trained).shots
    built.loss("model", built.collate([("dog", "chien")]))
    assert (before, built.translator.engine(CPU, built.trained).shots) == (3, 0)


def test_probes_are_translated(trainee):
    assert set(trainee().track(["dog"])[0]) == {"output"}


# --- every option of its own ---


def test_what_is_trained(trainee):
    built = {part: trainee(trainable=part) for part in ("lora", "all")}
    wanted = {
        part: {n for n, p in one.translator.named_parameters() if p.requires_grad}
        for part, one in built.items()
    }
    assert all("lora_" in name for name in wanted["lora"])
    assert any("embed_tokens" in name for name in wanted["all"])
    assert (built["lora"].tune, built["all"].tune) == ({}, {"model": 0.1})


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"rank": 3}, "r", 3),
        ({"alpha": 5.0}, "lora_alpha", 5.0),
        ({"dropout": 0.4}, "lora_dropout", 0.4),
    ],
)
def test_lora_is_as_set(trainee, change, name, value):
    assert getattr(trainee(**change).adapted.peft_config["default"], name) == value


def test_label_smoothing_changes_the_loss(trainee):
    one, other = (trainee(label_smoothing=s, dropout=0.0) for s in (0.0, 0.2))
    batch = one.collate([("dog", "chien")])
    assert one.loss("model", batch)[0] != other.loss("model", batch)[0]


def test_so_many_sentences_are_checked(trainee):
    assert [len(trainee(sentences=n).evaluate("validation").samples) for n in (2, 3)] == [2, 3]


def test_every_option_of_its_own_is_covered_above():
    covered = {"trainable", "rank", "alpha", "dropout", "label_smoothing", "sentences"}
    assert set(MODEL.model_fields) - set(TrainOptions.model_fields) == covered


# --- scores ---


def test_a_real_gain_has_an_interval_above_zero():
    references = [f"sentence number {i} of many" for i in range(40)]
    worse = [text[: len(text) // 2] for text in references]
    low, high = scores.gain(worse, references, references)
    assert 0 < low < high
    assert scores.gain(references, references, references) == (0.0, 0.0)


def test_chinese_is_cut_into_characters_for_bleu():
    found, wanted = ["请输入一个有效的日期"], ["请输入一个有效的时间"]
    assert scores.corpus(found, wanted, "zh")["BLEU"] > scores.corpus(found, wanted, "fr")["BLEU"]


# --- what is refused ---


@pytest.mark.parametrize(
    ("base", "error", "words_"),
    [
        (None, UsageError, "Choose a model"),
        ("opus-mt-de-en", UsageError, "cannot go from English"),
        (GEMMA, NotReadyError, "not on this computer"),
    ],
)
def test_what_cannot_work_is_refused_before_it_starts(words, base, error, words_):
    with pytest.raises(error, match=words_):
        queue.submit("translation", words.id, base=base)


def test_damaged_matrices_are_refused(prepared):
    entry = published(prepared())
    file = finetuned.folder(entry.id) / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-40])
    finetuned.seal(entry.id)
    with pytest.raises(IntegrityError):
        translate(entry.id, "dog")


# --- export ---


@pytest.mark.parametrize(("model", "train"), [(GEMMA, "lora"), ("m2m100-418m", "all")])
def test_the_script_in_the_archive_gives_the_same_answer(tmp_path, prepared, model, train):
    entry = published(prepared(model, trainable=train))
    (ours,) = translate(entry.id, "dog")
    with zipfile.ZipFile(exports.archive(entry, tmp_path / "model.zip")) as archive:
        archive.extractall(tmp_path / "elsewhere")
    bases = [str(folder) for folder in weights.require(entry)[:-1]]
    printed = subprocess.run(
        [sys.executable, "-I", "use.py", *bases, "dog"],
        cwd=tmp_path / "elsewhere",
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(printed.stdout)["output"]
    shorter = min(len(ours), len(theirs))  # random weights never end, and limits differ
    assert (shorter > 5, theirs[:shorter]) == (True, ours[:shorter])


def test_an_exported_model_comes_back(tmp_path, prepared):
    entry = published(prepared("opus-mt-en-fr", trainable="all"))
    packed = exports.archive(entry, tmp_path / "model.zip")
    ours = translate(entry.id, "dog")
    finetuned.remove(entry.id)
    assert translate(exports.read_in(packed, "model.zip").id, "dog") == ours


FOREIGN = [
    {"config": {"kind": "decoder", "pairs": {"en": ["xx"]}, "shots": 0}},
    {"config": {"kind": "decoder", "pairs": {"en": ["fr", "de"]}, "shots": 0}},
    {"config": {"kind": "decoder", "pairs": {"en": ["fr"]}, "shots": 3}},
    {"languages": ["fr", "en"]},
    {"languages": ["en"]},
]
"""Changes to model.json after which it describes no translator that a run here would have made."""


def test_a_description_of_something_else_is_refused(tmp_path, prepared):
    entry = published(prepared())
    with zipfile.ZipFile(exports.archive(entry, tmp_path / "model.zip")) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    finetuned.remove(entry.id)
    about = json.loads(files["model.json"])
    for change in FOREIGN:
        with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
            for name, content in (files | {"model.json": json.dumps(about | change)}).items():
                archive.writestr(name, content)
        with pytest.raises(ArchiveError):
            exports.read_in(tmp_path / "foreign.zip", "foreign.zip")
        assert not finetuned.folder(entry.id).exists()


@pytest.mark.heavy
@pytest.mark.starters
@pytest.mark.network
@pytest.mark.timeout(3600)
def test_djangos_messages_are_learnt(starter_weights):
    sample = next(one for one in dataset.SAMPLES if one.name == "django-fr")
    made = tasks.sample("translation", sample.name, Progress())
    job = queue.submit(
        "translation", made.id, base=sample.base, options=dict(sample.options), device_name="cpu"
    )
    job = wait(job, seconds=3400)
    print(job.metrics)
    assert job.metrics["chrF gain, low"] > 0
