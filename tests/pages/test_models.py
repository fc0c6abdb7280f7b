"""The model library."""

from __future__ import annotations

import pytest

import core.tasks  # noqa: F401 (fills the catalogue)
from core.models import catalog, weights
from tests.pages.conftest import settle

W = catalog.find("resnet18").weights[0]
FAMILY = "image_classification ResNet"
RESNET, MENU = f"row {FAMILY}", f"one of {FAMILY}"


@pytest.fixture
def fetched(data):
    """A model on disk, as after a fetch."""
    folder = weights.folder(W)
    folder.mkdir(parents=True)
    (folder / "model.pth").write_bytes(b"weights")
    weights.seal(W)
    return folder


@pytest.fixture
def opened(fetched, open_page):
    """The page with the family's row unfolded."""
    return lambda: open_page("models", **{RESNET: True})


def test_every_model_has_a_row_or_is_in_its_familys_menu(open_page):
    families = {(entry.task, entry.family) for entry in catalog.entries()}
    app = open_page("models", **{f"row {task} {family}": True for task, family in families})
    assert not app.exception
    shown = [block.label for block in app.expander]
    shown += [option for menu in app.selectbox for option in menu.options]
    for entry in catalog.entries():
        assert any(f" {entry.title} · " in label for label in shown), entry.id


def test_the_translation_pairs_share_one_row(open_page):
    labels = [block.label for block in open_page("models").expander]
    assert sum("Marian" in label or "OPUS" in label for label in labels) == 1


def test_a_familys_row_tells_how_many_are_ready(fetched, open_page):
    labels = [block.label for block in open_page("models").expander]
    assert "✅ ResNet · 2 models, 1 ready" in labels


def test_a_familys_menu_begins_with_a_model_that_is_there(opened):
    assert opened().selectbox(key=MENU).value == "resnet18"


def test_another_of_the_family_is_offered_with_its_size(opened):
    app = opened()
    app.selectbox(key=MENU).select("resnet50").run()
    size = catalog.find("resnet50").size_mb
    assert any(f"The weights are {size:.0f} MB" in text.value for text in app.markdown)


def test_the_chosen_one_stays_when_its_state_changes(opened):
    app = opened()
    app.selectbox(key=MENU).select("resnet50").run()
    folder = weights.folder(catalog.find("resnet50").weights[0])
    folder.mkdir(parents=True)
    (folder / "model.pth").write_bytes(b"weights")
    weights.seal(catalog.find("resnet50").weights[0])
    app.run()
    assert app.selectbox(key=MENU).value == "resnet50"


def test_a_good_model_is_verified(opened):
    app = opened()
    app.button(key=f"verify {W.name} {FAMILY}").click()
    settle(app.run())
    assert any("every file is as it was published" in toast.value for toast in app.toast)


def test_a_damaged_model_is_told(opened, fetched):
    app = opened()
    (fetched / "model.pth").write_bytes(b"weighty")
    app.button(key=f"verify {W.name} {FAMILY}").click()
    settle(app.run())
    assert any("is damaged" in error.value for error in app.error)


def test_removing_asks_first_and_then_deletes(opened, fetched):
    app = opened()
    assert fetched.exists()
    app.button(key=f"remove {W.name} {FAMILY}").click()
    app.run()
    assert not fetched.exists()
    assert not app.exception


def test_weights_that_two_models_share_can_be_looked_at_in_both_rows(open_page):
    shared = catalog.find("gemma-3-270m").weights[0]
    folder = weights.folder(shared)
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    weights.seal(shared)
    rows = {f"row {e.task} {e.family}": True for e in catalog.entries() if shared in e.weights}
    app = open_page("models", **rows)
    assert len(rows) == 2
    assert not app.exception
    assert len([b for b in app.button if str(b.key).startswith(f"verify {shared.name} ")]) == 2
