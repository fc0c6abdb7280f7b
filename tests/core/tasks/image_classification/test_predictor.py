"""Image classifiers, loaded from checkpoints in their real formats."""

from __future__ import annotations

import pytest
import torch
from PIL import Image

from core import tasks
from core.data import samples
from core.errors import IntegrityError, NotReadyError
from core.models import catalog, weights
from core.progress import Progress
from core.tasks.image_classification.families.torchvision import TorchvisionConfig

IMAGES = [Image.new("RGB", size, colour) for size, colour in (((40, 30), "red"), ((7, 90), "blue"))]
TORCHVISION = [
    entry.id
    for entry in catalog.entries("image_classification")
    if isinstance(entry.config, TorchvisionConfig)
]


def options(**values: object):
    return tasks.find("image_classification").parse(values)


def predict(model: str, images=IMAGES, **values: object):
    return tasks.predict("image_classification", images, options(**values), model=model)


def write_checkpoint(entry: catalog.ModelEntry, network: torch.nn.Module) -> None:
    """Small random weights (positive: they are variances too) where a fetch would put them."""
    folder = weights.folder(entry.weights[0])
    folder.mkdir(parents=True)
    generator = torch.Generator().manual_seed(0)
    state = {}
    for name, tensor in network.state_dict().items():
        small = torch.rand(tensor.shape[-1:], generator=generator).expand(tensor.shape) * 0.01
        state[name] = (
            small.to(tensor.dtype).clone() if tensor.ndim else torch.zeros((), dtype=tensor.dtype)
        )
    torch.save(state, folder / "weights.pth")
    weights.seal(entry.weights[0])


@pytest.mark.parametrize("model", TORCHVISION)
def test_every_torchvision_model_answers_from_its_own_checkpoint(model):
    entry = catalog.find(model)
    with torch.device("meta"):
        network = entry.config.untrained()
    write_checkpoint(entry, network)
    results = predict(model, top_k=3)
    assert [len(result.labels) for result in results] == [3, 3]
    assert all(0 <= score.score <= 1 for result in results for score in result.labels)
    assert results[0].model == model


def test_the_packaged_checkpoint_is_mapped_by_position():
    import timm

    entry = catalog.find("efficientnet-lite0")
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    folder = weights.folder(entry.weights[0])
    folder.mkdir(parents=True)
    renamed = {f"other.{i}": v for i, v in enumerate(network.state_dict().values())}
    torch.save(renamed, folder / "weights.pth")
    weights.seal(entry.weights[0])
    (result,) = predict(entry.id, IMAGES[:1], top_k=1)
    image = torch.nn.functional.interpolate(torch.zeros(1, 3, 8, 8), 224)
    image[:, 0], image[:, 1:] = 1.0, -1.0  # plain red with mean = std = 0.5
    with torch.inference_mode():
        expected = network.eval()(image).softmax(1).max()
    assert result.labels[0].score == pytest.approx(expected.item(), abs=1e-4)


def test_a_checkpoint_of_another_network_is_refused():
    entry = catalog.find("resnet18")
    write_checkpoint(entry, torch.nn.Linear(2, 2))
    with pytest.raises(IntegrityError, match="do not fit"):
        predict("resnet18")


def test_a_pickle_with_code_in_it_is_not_run():
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("code in a checkpoint was run",))

    entry = catalog.find("resnet18")
    weights.folder(entry.weights[0]).mkdir(parents=True)
    torch.save({"x": Trap()}, weights.folder(entry.weights[0]) / "weights.pth")
    weights.seal(entry.weights[0])
    with pytest.raises(Exception, match="holds more than tensors"):
        predict("resnet18")


def test_weights_that_are_missing_name_the_remedy():
    with pytest.raises(NotReadyError, match="python -m core fetch resnet18"):
        predict("resnet18")


@pytest.mark.starters
def test_the_cat_is_a_cat(starters):
    results = tasks.predict(
        "image_classification",
        [Image.open(samples.CHELSEA.path).convert("RGB")],
        options(),
        model="efficientnet-lite0",
    )
    assert "cat" in results[0].labels[0].label or "tabby" in results[0].labels[0].label


@pytest.mark.starters
def test_temperature_changes_the_scores_and_not_the_order(starters):
    image = [Image.open(samples.COFFEE.path).convert("RGB")]
    (plain,) = predict("efficientnet-lite0", image)
    (hot,) = predict("efficientnet-lite0", image, temperature=3.0)
    assert [s.index for s in plain.labels] == [s.index for s in hot.labels]
    assert hot.labels[0].score < plain.labels[0].score


@pytest.mark.starters
def test_the_recipe_gives_the_same_answer(starters):
    from core.tasks.image_classification import recipe

    images = [Image.open(s.path).convert("RGB") for s in (samples.CHELSEA, samples.FLOWER)]
    classify = recipe.build(weights.require(catalog.find(recipe.MODEL)))
    ours = predict(recipe.MODEL, images)
    assert classify(images).indices.tolist() == [[s.index for s in r.labels] for r in ours]


def test_the_chinese_names_line_up_with_the_classes():
    names = tasks.find("image_classification").class_names
    assert names.languages == ("zh",)
    assert [names.name("?", "zh", index) for index in (0, 281, 999)] == ["丁鲷", "虎斑猫", "卫生纸"]
    assert names.name("?", "zh", 1000) == "?"


def test_progress_can_stop_between_batches():
    progress = Progress()
    progress.cancelled.set()
    with pytest.raises(Exception, match="Cancelled"):
        tasks.predict(
            "image_classification", IMAGES, options(), model="resnet18", progress=progress
        )
