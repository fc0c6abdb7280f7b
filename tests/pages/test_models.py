"""The model library."""

from __future__ import annotations

import pytest

from core import catalog, weights
from tests.pages.conftest import settle

W = catalog.find("resnet18").weights[0]


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
    """The page with the model's row unfolded."""
    return lambda: open_page("models", **{"row resnet18": True})


def test_every_model_is_listed_with_its_state(open_page):
    app = open_page("models")
    labels = [block.label for block in app.expander]
    assert not app.exception
    for entry in catalog.entries():
        assert any(label.startswith(f"{entry.title} · ") for label in labels), entry.id


def test_a_good_model_is_verified(opened):
    app = opened()
    app.button(key=f"verify {W.name}").click()
    settle(app.run())
    assert any("every file is as it was published" in toast.value for toast in app.toast)


def test_a_damaged_model_is_told(opened, fetched):
    app = opened()
    (fetched / "model.pth").write_bytes(b"weighty")
    app.button(key=f"verify {W.name}").click()
    settle(app.run())
    assert any("is damaged" in error.value for error in app.error)


def test_removing_asks_first_and_then_deletes(opened, fetched):
    app = opened()
    assert fetched.exists()
    app.button(key=f"remove {W.name}").click()
    app.run()
    assert not fetched.exists()
    assert not app.exception
