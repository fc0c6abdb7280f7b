"""The command line, in this process."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from core import tasks
from core.__main__ import main
from core.models import catalog
from core.tasks import application
from core.tasks.face_generation.catalog import DDPM
from tests.core.tasks.face_generation.conftest import ddpm  # noqa: F401 (a fixture)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_models_prints_one_object_per_line(capsys):
    assert main(["models", "--json"]) == 0
    rows = lines(capsys)
    assert [row["id"] for row in rows] == [entry.id for entry in catalog.entries()]
    assert {"id", "task", "family", "state", "size", "licence", "score", "source"} == set(rows[0])


def test_an_unknown_task_is_wrong_usage(capsys):
    assert main(["models", "--task", "cooking"]) == 2
    assert "image_classification" in capsys.readouterr().err


def test_an_option_out_of_range_is_wrong_usage(capsys):
    assert main(["predict", "image_classification", "--top-k", "99", "x.png"]) == 2
    assert "top_k" in capsys.readouterr().err


def test_no_input_is_wrong_usage(capsys):
    assert main(["predict", "image_classification"]) == 2
    assert "Give at least one input" in capsys.readouterr().err


def test_missing_weights_name_the_command_that_fetches_them(capsys, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    assert main(["predict", "image_classification", str(tmp_path / "a.png")]) == 1
    assert "python -m core fetch" in capsys.readouterr().err


def test_fetch_without_a_name_is_wrong_usage(capsys):
    assert main(["fetch"]) == 2


def test_settings_lists_every_limit_with_its_meaning(capsys):
    assert main(["settings"]) == 0
    assert "PORTAL_IMAGE_PIXELS=50000000  # Most pixels" in capsys.readouterr().out


def draw_slowly(folder: Path, *options: str) -> int:
    command = ["predict", "face_generation", "--model", DDPM.id, "--steps", "2", "--json"]
    return main([*command, "--out", str(folder), *options])


@pytest.mark.usefixtures("ddpm")
def test_a_slow_model_draws_four_faces_by_default(capsys, tmp_path):
    assert draw_slowly(tmp_path) == 0
    assert len(lines(capsys)) == 4


@pytest.mark.usefixtures("ddpm")
def test_a_slow_model_draws_more_when_told(capsys, tmp_path):
    assert draw_slowly(tmp_path, "--count", "5") == 0
    assert [row["seed"] for row in lines(capsys)] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("ddpm")
def test_each_face_of_a_slow_model_has_the_time_limit_to_itself(capsys, tmp_path, monkeypatch):
    started = []
    real = tasks.predict
    monkeypatch.setattr(
        "core.tasks.predict", lambda *a, **k: started.append(len(a[1])) or real(*a, **k)
    )
    draw_slowly(tmp_path, "--count", "3")
    assert started == [1, 1, 1]


@pytest.mark.starters
def test_many_inputs_are_answered_in_lots_with_a_time_limit_each(capsys, monkeypatch):
    sizes, predict = [], tasks.predict

    def noted(name, inputs, *more, **options):
        sizes.append(len(inputs))
        return predict(name, inputs, *more, **options)

    monkeypatch.setattr(tasks, "predict", noted)
    monkeypatch.setattr(application, "AT_ONCE", 2)
    texts = [f"第{n}本书写得很好。" for n in range(5)]
    assert main(["predict", "sentiment", "--json", *texts]) == 0
    assert [row["input"] for row in lines(capsys)] == texts
    assert sizes == [2, 2, 1]


@pytest.fixture
def red() -> bytes:
    """An image."""
    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def test_a_bad_input_stands_in_its_place_and_the_others_run(starters, capsys, tmp_path, red):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"")
    (folder / "b.png").write_bytes(red)
    assert main(["predict", "image_classification", "--json", "--top-k", "2", str(folder)]) == 1
    bad, fine = lines(capsys)
    assert bad["error"]["code"] == "image"
    assert len(fine["labels"]) == 2
    assert set(fine) == {"input", "labels", "model", "device", "ms"}


def test_what_a_folder_of_images_holds_beside_is_named_and_no_failure(
    starters, capsys, tmp_path, red
):
    folder = tmp_path / "given"
    (folder / "more").mkdir(parents=True)
    for name in ("a.jfif", "notes.txt", "Thumbs.db"):
        (folder / name).write_bytes(red)
    assert main(["predict", "image_classification", "--json", str(folder)]) == 0
    found = [row.get("error", {}).get("code") for row in lines(capsys)]
    assert found == [None, "skipped", "skipped"]


def test_a_folder_without_an_image_is_a_failure(starters, capsys, tmp_path):
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "drawing.svg").write_bytes(b"<svg/>")
    assert main(["predict", "image_classification", str(folder)]) == 1
    assert "drawing.svg" in (told := capsys.readouterr().err)
    assert "holds no image" in told
