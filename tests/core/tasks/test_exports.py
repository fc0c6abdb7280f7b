"""Exported models work without this project, and come back; what is no such file is refused."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import tasks
from core.__main__ import main
from core.errors import ArchiveError
from core.inputs import images
from core.models import catalog, finetuned
from core.serving.options import parse
from core.tasks import exports
from core.training.run import Run
from tests.core.jobs.tiny import OPTIONS, stripes  # noqa: F401 (a fixture)
from tests.core.training.toy import CPU, publish


@pytest.fixture
def entry(tmp_path, stripes):  # noqa: F811
    """A small classifier, trained and published."""
    options = parse(
        tasks.find("image_classification").trained().options,
        {**OPTIONS, "epochs": 1, "trainable": "head"},
    )
    run = Run(tmp_path / "job", options, stripes, CPU, base=catalog.find("resnet18"))
    outcome = tasks.find("image_classification").trained().train(run)
    return catalog.find(publish("image_classification", run, outcome, name="Streifen 条纹"))


@pytest.fixture
def packed(tmp_path, entry, monkeypatch) -> Path:
    """The model as a zip file, without the slow ONNX network."""
    monkeypatch.setattr(exports, "onnx", lambda _entry, target: target.write_bytes(b""))
    return exports.archive(entry, tmp_path / "model.zip")


def changed(packed: Path, name: str, content: bytes) -> Path:
    """The archive with one file replaced or added."""
    other = packed.with_name("changed.zip")
    with zipfile.ZipFile(packed) as old, zipfile.ZipFile(other, "w") as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, content)
    return other


def odd_images(folder: Path) -> list[Path]:
    """One file of each kind that loaders of images treat differently: turned by EXIF, transparent, grey of 16 and of
    12 bits, of a palette, CMYK."""
    random = np.random.default_rng(1)
    colours = Image.fromarray(random.integers(0, 255, (50, 70, 3), dtype=np.uint8))
    grey = np.kron(random.integers(0, 65536, (5, 7)), np.ones((10, 10))).astype(np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6
    alpha = colours.convert("RGBA")
    alpha.putalpha(Image.fromarray(random.integers(0, 255, (50, 70), dtype=np.uint8)))
    colours.save(folder / "turned.jpg", exif=exif.tobytes(), quality=95)
    alpha.save(folder / "alpha.png")
    Image.fromarray(grey).save(folder / "sixteen.png")
    Image.fromarray(grey // 16).save(folder / "twelve.png")
    colours.quantize(8).save(folder / "palette.png", transparency=0)
    colours.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    return sorted(folder.glob("*.*"))


def printed(folder: Path, *given: object) -> list[dict[str, float]]:
    """What the script of an unpacked archive prints."""
    done = subprocess.run(
        [sys.executable, "-I", "use.py", *map(str, given)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_script_in_the_archive_answers_as_the_portal_does_to_odd_images(tmp_path, entry):
    packed = exports.archive(entry, tmp_path / "model.zip")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "elsewhere")
    (tmp_path / "given").mkdir()
    files = odd_images(tmp_path / "given")
    decoded = [images.decode(path.read_bytes(), path.name) for path in files]
    options = tasks.find("image_classification").parse({})
    ours = tasks.predict("image_classification", decoded, options, model=entry.id)
    found = [{label.label: label.score for label in one.labels} for one in ours]
    for flags in ((), ("--onnx",)):
        theirs = printed(tmp_path / "elsewhere", *flags, *files)
        assert found == [pytest.approx(one, abs=1e-3) for one in theirs]


def test_the_archive_holds_a_network_that_runs_elsewhere_and_describes_itself(tmp_path, entry):
    import onnxruntime

    with zipfile.ZipFile(exports.archive(entry, tmp_path / "model.zip")) as archive:
        session = onnxruntime.InferenceSession(archive.read(exports.NETWORK))
    (logits,) = session.run(None, {"pictures": np.zeros((3, 3, 32, 32), dtype=np.float32)})
    assert logits.shape == (3, 2)
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["labels"]) == list(entry.config.labels)
    assert json.loads(about["preprocessing"])["size"] == 32


def test_a_model_that_was_packed_again_with_a_folder_above_comes_back(tmp_path, entry, packed):
    finetuned.remove(entry.id)
    with (
        zipfile.ZipFile(packed) as old,
        zipfile.ZipFile(tmp_path / "again.zip", "w") as new,
    ):
        for name in old.namelist():
            new.writestr(f"my model/{name}", old.read(name))
        new.writestr("__MACOSX/my model/._card.json", b"Mac")
    assert exports.read_in(tmp_path / "again.zip", "again.zip").config.labels == entry.config.labels


def test_an_exported_model_comes_back(entry, packed):
    finetuned.remove(entry.id)
    back = exports.read_in(packed, "model.zip")
    assert (back.title, back.config.labels) == (entry.title, entry.config.labels)
    assert catalog.find(back.id) == back


def test_the_command_line_exports_a_model_and_imports_it(tmp_path, entry, monkeypatch, capsys):
    monkeypatch.setattr(exports, "onnx", lambda _entry, target: target.write_bytes(b""))
    path = str(tmp_path / "model.zip")
    assert main(["export", entry.id, path]) == 0
    finetuned.remove(entry.id)
    assert main(["import", path]) == 0
    assert capsys.readouterr().out.split() == [path, entry.id]
    assert catalog.find(entry.id).title == entry.title


def test_only_fine_tuned_models_are_exported(capsys, tmp_path):
    assert main(["export", "resnet18", str(tmp_path / "model.zip")]) == 2
    assert "fine-tuned here" in capsys.readouterr().err


def test_the_very_model_that_is_here_may_be_imported_again_another_version_not(entry, packed):
    assert exports.read_in(packed, "model.zip") == entry
    with zipfile.ZipFile(packed) as archive:
        tensors = archive.read("model.safetensors")
    other = changed(packed, "model.safetensors", tensors[:-1] + bytes([tensors[-1] ^ 1]))
    with pytest.raises(ArchiveError, match="Another version"):
        exports.read_in(other, "model.zip")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", b"not tensors"),
        ("model.json", b"{}"),
        ("card.json", b"[]"),
        (
            "model.json",
            json.dumps(
                {"family": "x", "config": {"timm": "hf_hub:evil/model", "labels": ["a"]}}
            ).encode(),
        ),
    ],
)
def test_a_wrong_archive_is_refused_and_nothing_is_kept(entry, packed, name, content):
    finetuned.remove(entry.id)
    with pytest.raises(ArchiveError):
        exports.read_in(changed(packed, name, content), "model.zip")
    assert not any(finetuned.folder("x").parent.glob("*"))


def test_code_and_pickles_in_an_archive_are_not_even_written(entry, packed):
    finetuned.remove(entry.id)
    back = exports.read_in(changed(packed, "extra.pkl", pickle.dumps(print)), "model.zip")
    kept = {path.name for path in finetuned.folder(back.id).iterdir()}
    assert kept.isdisjoint({"extra.pkl", "use.py", "model.onnx"})
