"""Fine-tuning the GAN on tiny networks in the real files' formats."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from core import tasks
from core.data import datasets
from core.errors import DataSetError, NotReadyError, UsageError
from core.jobs import queue
from core.models import catalog, weights
from core.progress import Progress
from core.serving.options import parse
from core.tasks.face_generation import augment, dataset, training
from core.tasks.face_generation.latent import LatentPoint
from core.training import loop
from core.training.components import optimisers
from core.training.events import Epoch
from core.training.options import TrainOptions
from core.training.run import Control, Outcome, Run
from tests.core.jobs.tiny import wait
from tests.core.tasks.face_generation.checkpoints import write_gan
from tests.core.training.toy import CPU, Listener, assert_best_is_tested, publish

MODEL = tasks.find("face_generation").trained().options
BASE = "dcgan-digiface"


def blobs(count: int) -> list[bytes]:
    random = np.random.default_rng(0)
    files = []
    for _ in range(count):
        pixels = np.kron(random.integers(0, 255, (8, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "PNG")
        files.append(out.getvalue())
    return files


def read(files: list[bytes], **more: bytes):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for i, content in enumerate(files):
            archive.writestr(f"{i}.png", content)
        for name, content in more.items():
            archive.writestr(f"{name}.png", content)
    return dataset.read(out, "mine.zip")


@pytest.fixture
def images(monkeypatch):
    """Sixty images, a tiny generator, an untrained judge that looks at few images."""
    import timm

    write_gan()
    judge = catalog.find(training.JUDGE)
    folder = weights.folder(judge.weights[0])
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    torch.save(timm.create_model("tf_efficientnet_lite0").state_dict(), folder / "j.pth")
    weights.seal(judge.weights[0])
    monkeypatch.setattr(training, "GENERATED", 12)
    monkeypatch.setattr(training, "STEPS", 2)
    monkeypatch.setattr(training, "JUDGED_SIDE", 32)
    return datasets.add("face_generation", "blobs", read(blobs(60)))


@pytest.fixture
def run(images, tmp_path):
    """`run(epochs=1)`: a fine-tuning of those images that tells `run.heard`."""

    def build(control: Control | None = None, name: str = "job", **options: object) -> Run:
        values = {"epochs": 1, "batch_size": 16, "warmup_steps": 1, "augment": 0.0, **options}
        heard = Listener()
        build.heard = heard
        return Run(
            tmp_path / name,
            parse(MODEL, values),
            images,
            CPU,
            base=catalog.find(BASE),
            listener=heard,
            control=control or Control(),
        )

    return build


def train(run: Run) -> Outcome:
    return tasks.find("face_generation").trained().train(run)


def test_what_was_learnt_generates_faces(run, images):
    given = run()
    outcome = train(given)
    model = publish("face_generation", given, outcome)
    options = tasks.find("face_generation").parse({"count": 1})
    (result,) = tasks.predict("face_generation", [LatentPoint(3)], options, model=model)
    assert Image.open(io.BytesIO(result.png)).size == (64, 64)
    assert "can show people who exist" in catalog.find(model).about


def test_the_best_model_is_tested(run):
    assert_best_is_tested(training.GanTrainee, run(epochs=2, test_fraction=0.2))


def test_every_epoch_leaves_a_grid_and_the_nearest_images(run):
    given = run()
    train(given)
    found = sorted(
        p.relative_to(given.folder / "samples").as_posix() for p in given.folder.glob("samples/*/*")
    )
    assert found == [f"epoch-000{e}/{n}.png" for e in (0, 1) for n in ("grid", "nearest")]


def test_the_generator_waits_while_the_discriminator_warms_up(run):
    before = training.GanTrainee(run()).networks["generator"][0].weight.clone()
    trainee = training.GanTrainee(run(warmup_steps=1000))
    loop.train(trainee, trainee.given)
    assert torch.equal(trainee.networks["generator"][0].weight, before)


def test_a_small_set_is_gone_through_several_times_in_an_epoch(run, monkeypatch):
    monkeypatch.setattr(training, "STEPS", 20)
    trainee = training.GanTrainee(run())
    assert len(trainee.train) == pytest.approx(20 * 16, abs=len(trainee.parts.train) / 2)


def test_both_sides_tell_how_they_do(run):
    train(run())
    (*_, last) = run.heard.of("step")
    assert {"discriminator", "generator", "real seen through", "drawn seen through"} <= set(last)


def test_a_resumed_training_takes_the_same_steps(run):
    def losses() -> dict[int, float]:
        return {t["step"]: t["generator"] for t in run.heard.of("step") if "generator" in t}

    train(run(name="whole", epochs=2))
    whole = losses()
    steps = iter(["", "", "", "interrupt"])
    train(run(Control(lambda: next(steps)), name="cut", epochs=2))
    before = losses()
    train(run(name="cut", epochs=2))
    assert before | losses() == whole


@pytest.mark.parametrize(
    "change",
    [{"augment": 1.0}, {"label_smoothing": 0.3}, {"pretrained": False}],
    ids=lambda change: next(iter(change)),
)
def test_an_option_changes_the_loss(run, change):
    values = []
    for options in ({}, change):
        trainee = training.GanTrainee(run(**options))
        torch.manual_seed(0)
        batch = (trainee.train[:8][0],)
        values.append([trainee.loss(phase, batch)[0].item() for phase in trainee.phases])
    assert values[0] != values[1]


def test_the_average_follows_as_slowly_as_was_asked(run):
    kept = []
    for averaging in (0.0, 0.999):
        trainee = training.GanTrainee(run(averaging=averaging, name=str(averaging)))
        loop.train(trainee, trainee.given)
        moved = trainee.networks["generator"][0].weight - trainee.average.module[0].weight
        kept.append(moved.abs().max().item())
    assert kept[0] == 0
    assert kept[1] > 0


def test_every_option_of_its_own_is_covered_above():
    covered = {"pretrained", "warmup_steps", "augment", "averaging", "label_smoothing"}
    assert set(MODEL.model_fields) - set(TrainOptions.model_fields) == covered


def test_its_own_defaults_are_those_of_a_gan():
    options = parse(MODEL, {})
    (group, *_) = optimisers.build(torch.nn.Linear(2, 2), options).param_groups
    assert (group["betas"], group["lr"], group["weight_decay"]) == ((0.5, 0.999), 2e-4, 0.0)


def test_too_few_images_are_refused(images):
    few = datasets.add("face_generation", "few", read(blobs(9)))
    with pytest.raises(DataSetError, match="at least 50"):
        queue.submit("face_generation", few.id, base=BASE)


def test_another_generator_is_refused(images):
    with pytest.raises(UsageError, match="These can: dcgan-digiface"):
        queue.submit("face_generation", images.id, base="ddpm-celebahq-256")


def test_without_the_judge_nothing_starts(images):
    weights.remove(catalog.find(training.JUDGE).weights[0])
    with pytest.raises(NotReadyError, match="fetch efficientnet-lite0"):
        queue.submit("face_generation", images.id, base=BASE)


def test_the_page_shows_what_the_discriminator_sees(images):
    options = parse(MODEL, {"augment": 1.0})
    (shown,) = augment.shown(images, images.rows[:1], options, 3)
    assert [one.size for one in shown] == [(64, 64)] * 4
    assert all(one != shown[0] for one in shown[1:])
    assert augment.shown(images, images.rows[:1], parse(MODEL, {"augment": 0.0}), 3) == []


def test_broken_and_equal_images_are_left_out():
    files = blobs(60)
    draft = read(files, again=files[0], broken=b"no image")
    assert sorted(p.kind for p in draft.problems) == ["duplicate", "unreadable"]
    assert len(draft.kept(drop=False)) == 60


def test_few_images_are_told():
    assert [p.kind for p in read(blobs(5)).problems] == ["too_few"]


@pytest.mark.heavy
@pytest.mark.starters
@pytest.mark.network
@pytest.mark.timeout(3600)
def test_the_sample_of_faces_is_learnt(starter_weights):
    """KID to held-out faces falls by at least a tenth."""
    made = tasks.sample("face_generation", "faces", Progress())
    job = wait(
        queue.submit("face_generation", made.id, base=BASE, options={"epochs": 12}), seconds=3500
    )
    assert job.error is None
    first = queue.store.first(Epoch, job.id)
    assert job.metrics["KID"] < 0.9 * first.metrics["KID"]
