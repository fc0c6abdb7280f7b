"""Models of one's own on the Models page: imported from a zip file, verified, removed."""

from __future__ import annotations

import io
import json
import pickle
import zipfile

import pytest

from core.models import catalog, finetuned, weights
from tests.pages.conftest import settle

CARD = {
    "id": "walls-abcd1234",
    "task": "image_classification",
    "title": "Walls ![x](http://elsewhere/x.png)",
    "job": "abcd1234",
    "base": "resnet18",
    "created": "2025-01-01T00:00:00+00:00",
    "metrics": {"accuracy": 0.9},
}
CONFIG = {
    "builder": "resnet18",
    "head": "fc",
    "labels": ["brick", "grass"],
    "size": 32,
    "mean": [0.5, 0.5, 0.5],
    "std": [0.5, 0.5, 0.5],
}
ABOUT = {"family": "ResNet", "config": CONFIG}
ADAPTERS = {
    "family": "MiniLM",
    "needs_base": True,
    "config": {"kind": "tuned", "labels": ["good", "bad"], "window": 64},
}
WALLS = "walls-x-http-elsewhere-x-png-abcd1234"


@pytest.fixture(scope="module")
def tensors() -> bytes:
    """A ResNet-18 with two classes and random weights."""
    from safetensors.torch import save
    from torch import nn
    from torchvision.models import resnet18

    network = resnet18(weights=None)
    network.fc = nn.Linear(network.fc.in_features, 2)
    return save(network.state_dict())


@pytest.fixture
def packed(tensors):
    """`packed({"name": content})` is an exported model with these members replaced or added."""

    def packed_(members: dict[str, object] | None = None) -> bytes:
        usual = {"card.json": CARD, "model.json": ABOUT, "model.safetensors": tensors}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in {**usual, **(members or {})}.items():
                plain = content if isinstance(content, bytes) else json.dumps(content)
                archive.writestr(name, plain)
        return out.getvalue()

    return packed_


@pytest.fixture
def given(open_page):
    """`given(content)` is the page once the file was uploaded and looked at."""

    def given_(content: bytes):
        app = open_page("models", importing=True)
        app.file_uploader[0].set_value(("model.zip", content, "application/zip"))
        return settle(app.run())

    return given_


def rows(app) -> list[str]:
    return [block.label for block in app.expander]


def test_an_imported_model_is_in_the_catalogue_and_linked(given, packed):
    app = given(packed())
    assert not app.exception
    assert list(catalog.find(WALLS).config.labels) == CONFIG["labels"]
    assert "was imported" in app.success[0].value
    (link,) = app.get("page_link")
    assert link.proto.query_string == f"part=use&model={WALLS}"


def test_a_model_of_ones_own_has_one_row_and_its_title_is_no_markup(given, packed):
    labels = rows(given(packed()))
    assert [label for label in labels if "Walls" in label] == [
        "✅ Walls \\!\\[x\\](\u2060http\\://elsewhere/x.png) · ready · Image classification"
    ]
    assert "📦 ResNet · 2 models, 0 ready" in labels


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"../outside.json": b"{}"}, "holds a path that leaves its folder"),
        ({"card.json": b"[]"}, "card.json or model.json is missing or wrong"),
        ({"card.json": {**CARD, "base": "../../etc"}}, "card.json or model.json is missing"),
        ({"card.json": {**CARD, "title": ["x"]}}, "card.json or model.json is missing or wrong"),
        ({"model.json": {**ABOUT, "family": ["x"]}}, "card.json or model.json is missing"),
        ({"model.json": {"family": "ResNet"}}, "card.json or model.json is missing or wrong"),
        ({"model.safetensors": pickle.dumps(print)}, "model.safetensors is no safetensors file"),
        (
            {"model.json": {**ABOUT, "config": {**CONFIG, "builder": "eval"}}},
            "describes a network that is not known here",
        ),
        (
            {"model.json": {**ABOUT, "config": {**CONFIG, "labels": ["a"] * 20_000}}},
            "labels: ",
        ),
        ({"model.json": {**ABOUT, "config": {**CONFIG, "labels": ["a\x00", "b"]}}}, "labels.0: "),
        (
            {"model.json": {**ABOUT, "config": {**CONFIG, "labels": ["\ud800", "a" * 201]}}},
            "labels.1",
        ),
        ({"model.json": {**ABOUT, "config": {**CONFIG, "std": [0.5, 0, 0.5]}}}, "std.1: "),
        ({"model.json": {**ABOUT, "config": {**CONFIG, "size": 20_000}}}, "size: "),
        ({"model.json": {**ABOUT, "languages": ["xx"]}}, "card.json or model.json is missing"),
        ({"model.json": b"[" * 100_000}, "card.json or model.json is missing or wrong"),
        ({"vocab.txt": b"a" * 9_000_000}, "vocab.txt has 9 MB"),
        ({"vocab.txt": b"a" * 9_000}, "vocab.txt has a line that is too long"),
        (
            {"model.json": {**ABOUT, "config": {**CONFIG, "labels": "cat"}}},
            "model.zip describes a network that cannot be built: labels: it has to be a list.",
        ),
    ],
)
def test_a_hostile_file_gets_a_message_and_nothing_is_kept(given, packed, data, members, said):
    app = given(packed(members))
    assert not app.exception
    assert said in app.error[0].value
    assert list(data.glob("models/*")) == []
    assert not (data / "outside.json").exists()


def test_what_is_no_zip_file_is_refused(given, data):
    assert "model.zip is not a zip file" in given(b"no zip").error[0].value


def test_a_pickle_beside_the_weights_is_not_even_written(given, packed, data):
    given(packed({"extra.pkl": pickle.dumps(print), "use.py": b"print()"}))
    kept = {path.name for path in finetuned.folder(WALLS).iterdir()}
    assert kept == {"card.json", "model.json", "model.safetensors", weights.MANIFEST}


def test_a_model_whose_base_is_missing_is_kept_and_offers_to_fetch_it(given, packed, monkeypatch):
    monkeypatch.setattr(weights, "unreachable", lambda _addresses: {})
    card = {**CARD, "task": "sentiment", "title": "Mine", "base": "minilm-l6"}
    app = given(packed({"card.json": card, "model.json": ADAPTERS}))
    assert not app.exception
    assert "fetch them in its line" in app.info[0].value
    assert "⬇️ Mine · download 92 MB · Sentiment" in rows(app)
    app.session_state["row mine-abcd1234"] = True
    app.run()
    assert any("The weights are 92 MB" in text.value for text in app.markdown)


def test_a_model_made_from_one_that_is_nowhere_says_so(given, packed):
    card = {**CARD, "task": "sentiment", "title": "Mine", "base": "theirs-12345678"}
    app = given(packed({"card.json": card, "model.json": ADAPTERS}))
    app.session_state["row mine-abcd1234"] = True
    app.run()
    assert "files of the model theirs-12345678 are missing" in app.warning[0].value


@pytest.fixture
def opened(given, packed, open_page):
    """The page with the row of an imported model unfolded."""
    given(packed())
    return lambda: open_page("models", **{f"row {WALLS}": True})


def test_a_model_of_ones_own_is_verified(opened):
    app = opened()
    app.button(key=f"verify {WALLS} {WALLS}").click()
    settle(app.run())
    assert any("every file is as it was published" in toast.value for toast in app.toast)


def test_removing_a_model_of_ones_own_takes_its_folder_only(opened, data):
    (data / "models" / "other").mkdir()
    app = opened()
    app.button(key=f"remove {WALLS} {WALLS}").click()
    app.run()
    assert not app.exception
    assert [path.name for path in (data / "models").iterdir()] == ["other"]
    assert not any("Walls" in label for label in rows(app))


def test_what_is_no_part_of_a_model_is_named(given, packed):
    app = given(packed({"extra.pkl": b"x", "notes/readme.md": b"x"}))
    assert any("extra.pkl, notes/readme.md" in one.value for one in app.caption)


def test_a_damaged_model_costs_only_itself_and_can_be_removed(given, packed, data, open_page):
    given(packed())
    (data / "models" / "bad").mkdir()
    (data / "models" / "bad" / weights.MANIFEST).write_text("{", "utf-8")
    (data / "models" / "bad" / "card.json").write_text("{}", "utf-8")
    app = open_page("models")
    assert not app.exception
    assert any("Walls" in label for label in rows(app))
    assert any(one.value.startswith("**bad** · ") for one in app.markdown)
    app.button(key="remove damaged bad").click().run()
    assert not (data / "models" / "bad").exists()
