"""Fine-tuning image classifiers on a handful of tiny images."""

from __future__ import annotations

import base64

import pytest
import torch
from PIL import Image

from core import tasks
from core.data import datasets
from core.data.drafts import Draft, Sample
from core.errors import DataSetError, UsageError
from core.inputs import images
from core.jobs import queue
from core.models import catalog, weights
from core.progress import Progress
from core.serving.options import parse
from core.tasks.image_classification import augment, training
from core.training import loop
from core.training.options import TrainOptions
from core.training.run import Run
from tests.core.jobs.tiny import OPTIONS, stripes, submit, wait  # noqa: F401
from tests.core.training.toy import CPU, assert_best_is_tested, publish

MODEL = tasks.find("image_classification").trained().options


@pytest.fixture
def trainee(tmp_path, stripes):  # noqa: F811
    """`trainee(flip=False)`: what would be trained, with its options."""

    def build(base: str = "resnet18", **options: object) -> training.ClassifierTrainee:
        torch.manual_seed(0)
        parsed = parse(MODEL, {**OPTIONS, **options})
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return training.ClassifierTrainee(
            Run(folder, parsed, stripes, CPU, base=catalog.find(base))
        )

    return build


@pytest.mark.parametrize("train", ["head", "all"])
def test_the_best_model_is_tested(trainee, train):
    run = trainee(trainable=train, epochs=2, pretrained=False, test_fraction=0.2).given
    assert_best_is_tested(training.ClassifierTrainee, run)


def trainable(built: training.ClassifierTrainee) -> int:
    return sum(p.numel() for p in built.networks["model"].parameters() if p.requires_grad)


def test_the_part_that_is_trained_grows_from_head_to_all(trainee):
    sizes = [trainable(trainee(trainable=part)) for part in ("head", "last", "all")]
    assert sizes == sorted(set(sizes))
    assert sizes[0] == 512 * 2 + 2


def test_the_head_alone_learns_from_features_that_were_computed_once(trainee):
    built = trainee(trainable="head")
    assert built.train[0][0].shape == (512,)
    assert (built.given.folder / "features-train.safetensors").exists()


def test_frozen_layers_keep_their_statistics(trainee):
    built = trainee(trainable="last")
    network = built.networks["model"].train()
    first, last = network.network.bn1, network.network.layer4[1].bn2
    assert (first.training, last.training) == (False, True)


@pytest.mark.parametrize(
    "on",
    [{"crop": 0.5}, {"flip": True}, {"rotate": 30}, {"colour": 0.4}],
    ids=["crop", "flip", "rotate", "colour"],
)
def test_augmentation_changes_the_images(stripes, on):  # noqa: F811
    plain = {"trainable": "all", "crop": 0.0, "flip": False, "image_size": 32}
    torch.manual_seed(0)
    (shown,) = augment.shown(stripes, stripes.rows[:1], parse(MODEL, {**plain, **on}), 8)
    assert any(one != shown[0] for one in shown[1:])
    assert {one.size for one in shown} == {(32, 32)}


def test_without_augmentation_there_is_nothing_to_show(stripes):  # noqa: F811
    for plain in ({"trainable": "head"}, {"trainable": "all", "crop": 0.0, "flip": False}):
        assert augment.shown(stripes, stripes.rows[:1], parse(MODEL, plain), 2) == []


def test_the_image_size_is_what_the_network_sees(trainee):
    assert trainee(image_size=64).train[0][0].shape == (3, 64, 64)


def test_dropout_is_the_heads(trainee):
    assert trainee(dropout=0.7).head[0].p == 0.7


def test_label_smoothing_changes_the_loss(trainee):
    built = [trainee(label_smoothing=s, crop=0.0, flip=False, dropout=0.0) for s in (0.0, 0.3)]
    batch = [torch.stack([built[0].train[i][0] for i in range(4)]), torch.tensor([0, 0, 1, 1])]
    one, other = (b.loss("model", batch)[0].item() for b in built)
    assert one != other


def test_weights_on_disk_are_where_it_starts(trainee):
    from torchvision.models import get_model

    entry = catalog.find("resnet18")
    folder = weights.folder(entry.weights[0])
    folder.mkdir(parents=True)
    torch.manual_seed(3)
    saved = get_model("resnet18").state_dict()
    torch.save(saved, folder / "r.pth")
    weights.seal(entry.weights[0])
    started = [trainee(pretrained=on).network_.conv1.weight for on in (True, False)]
    assert [torch.equal(w, saved["conv1.weight"]) for w in started] == [True, False]
    rates = [trainee(pretrained=on).tune.get("model", 1.0) for on in (True, False)]
    assert rates == [0.1, 1.0]  # what is known already moves gently


def test_every_option_of_its_own_is_covered_above():
    covered = {"trainable", "crop", "flip", "rotate", "colour", "image_size", "dropout"}
    covered |= {"label_smoothing", "pretrained"}
    assert set(MODEL.model_fields) - set(TrainOptions.model_fields) == covered


def learnt(built: training.ClassifierTrainee) -> str:
    """Train, publish; the id of the model."""
    run = built.given
    return publish("image_classification", run, loop.train(built, run))


def of(model: str) -> torch.nn.Module:
    """The network that answers for a model."""
    with tasks.pool.borrow(model, device_name="cpu") as predictor:
        return predictor.network


def test_a_fine_tuned_model_can_be_fine_tuned_again(trainee):
    again = trainee(base=learnt(trainee(epochs=1)), pretrained=True)
    assert again.network_.fc[1].in_features == 512


@pytest.mark.parametrize("part", ["head", "all"])
def test_it_goes_on_from_a_last_layer_for_the_same_classes(trainee, part):
    model = learnt(trainee(epochs=1, trainable="head"))
    known = of(model).fc.weight
    again = trainee(base=model, pretrained=True, trainable=part)
    assert torch.equal(again.head[1].weight, known)


def test_other_classes_get_a_new_last_layer(trainee, stripes):  # noqa: F811
    model = learnt(trainee(epochs=1, trainable="head"))
    stripes.facts["classes"].reverse()
    known = of(model).fc.weight
    assert not torch.equal(trainee(base=model, pretrained=True).head[1].weight, known)


def test_probes_are_answered(trainee):
    image = base64.b64encode(images.jpeg(Image.new("RGB", (50, 40), "red"))).decode()
    for part in ("head", "all"):
        built = trainee(trainable=part)
        built.networks["model"].eval()
        (answer,) = built.track([image])
        assert sum(answer.values()) == pytest.approx(1)


def test_a_base_has_to_be_named(stripes):  # noqa: F811
    with pytest.raises(UsageError, match="Choose a model"):
        queue.submit("image_classification", stripes.id, base=None)


def test_too_few_items_to_divide_are_refused(data):
    alone = Draft(samples=[Sample({"label": "across"}, "x", b"x")])
    alone.facts["classes"] = ["across", "down"]
    stored = datasets.add("image_classification", "alone", alone)
    with pytest.raises(DataSetError, match="too few"):
        queue.submit("image_classification", stored.id, base="resnet18")


@pytest.mark.heavy
@pytest.mark.starters
@pytest.mark.network
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "least"), [("textures", 0.95), ("mnist", 0.96)])
def test_the_samples_are_learnt(starter_weights, name, least):
    sample = next(s for s in tasks.find("image_classification").stored().samples if s.name == name)
    made = tasks.sample("image_classification", name, Progress())
    job = queue.submit(
        "image_classification", made.id, base=sample.base, options=dict(sample.options)
    )
    job = wait(job, seconds=3500)
    assert job.metrics["accuracy"] >= least
