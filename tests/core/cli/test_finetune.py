"""`python -m core data|finetune|jobs`: what is printed, and the exit status."""

from __future__ import annotations

import argparse
import json
import shlex

import pytest

from core import tasks
from core.__main__ import main
from core.cli import finetune, flags
from core.jobs import store
from core.serving.options import parse
from tests.core.jobs.tiny import stepped, wait
from tests.core.tasks.image_classification.test_dataset import png

FLAGS = ["--trainable", "all", "--no-pretrained", "--image-size", "32", "--patience", "0"]
FLAGS += ["--base", "resnet18", "--device", "cpu", "--batch-size", "8"]


@pytest.fixture
def archive(tmp_path):
    """A zip with two classes of six pictures."""
    import zipfile

    path = tmp_path / "mine.zip"
    with zipfile.ZipFile(path, "w") as file:
        for i in range(12):
            file.writestr(f"{'ab'[i % 2]}/{i}.png", png(i))
    return path


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def add(archive, capsys) -> str:
    added = ["data", "add", "image_classification", str(archive), "--name", "mine", "--json"]
    assert main(added) == 0
    return lines(capsys)[0]["id"]


def test_data_is_added_listed_shown_and_deleted(archive, capsys):
    data = add(archive, capsys)
    assert main(["data", "list", "--json"]) == 0
    assert [one["id"] for one in lines(capsys)] == [data]
    assert main(["data", "show", data, "--json"]) == 0
    assert lines(capsys)[0]["labels"] == {"a": 6, "b": 6}
    assert main(["data", "delete", data]) == 0
    assert main(["data", "list"]) == 0
    assert capsys.readouterr().out == ""


def test_fine_tuning_tells_events_and_ends_with_a_model_that_predicts(archive, tmp_path, capsys):
    args = ["finetune", "image_classification", "--data", str(archive), *FLAGS, "--epochs", "1"]
    assert main([*args, "--json"]) == 0
    events = lines(capsys)
    assert {"start", "step", "epoch"} <= {event["event"] for event in events}
    last = events[-1]
    assert (last["event"], set(last["metrics"])) == ("done", {"accuracy", "macro F1", "loss"})
    (tmp_path / "p.png").write_bytes(png(77))
    predicted = ["predict", "image_classification", "--model", last["model"], "--json"]
    assert main([*predicted, str(tmp_path / "p.png")]) == 0
    assert {label["label"] for label in lines(capsys)[0]["labels"]} == {"a", "b"}


def test_a_detached_job_is_stopped_shown_and_deleted(archive, capsys):
    data = add(archive, capsys)
    args = ["finetune", "image_classification", "--data", data, *FLAGS, "--epochs", "300"]
    assert main([*args, "--detach", "--json"]) == 0
    job = lines(capsys)[0]["id"]
    wait(store.find(job), stepped(3))
    assert main(["jobs", "stop", job]) == 0
    assert wait(store.find(job)).state == "stopped"
    capsys.readouterr()
    assert main(["jobs", "show", job, "--json"]) == 0
    assert lines(capsys)[0]["state"] == "stopped"
    assert main(["jobs", "delete", job]) == 0
    assert main(["jobs", "list"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["jobs", "show", "nothing"], 1, "no job"),
        (["finetune", "image_classification", "--data", "nothing"], 2, "no data set"),
        (["finetune", "nothing", "--data", "x"], 2, "no application"),
        (["data", "add", "image_classification", "/nowhere.zip", "--name", "x"], 2, "no file"),
        (["data", "add", "image_classification", "sample:x", "--name", "x"], 2, "no sample"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(args, status, words, capsys):
    assert main(args) == status
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1


def test_a_picture_is_pinned_by_its_file(archive, tmp_path, capsys):
    (tmp_path / "p.png").write_bytes(png(77))
    args = ["finetune", "image_classification", "--data", str(archive), *FLAGS, "--epochs", "1"]
    assert main([*args, "--track", str(tmp_path / "p.png"), "--json"]) == 0
    (*_, last) = [one for one in lines(capsys) if one["event"] == "epoch"]
    assert set(last["probes"][0]) == {"a", "b"}


def test_a_pinned_picture_that_is_not_there_is_named(archive, capsys):
    args = ["finetune", "image_classification", "--data", str(archive), *FLAGS]
    assert main([*args, "--probe", "/nowhere.png"]) == 2
    assert "/nowhere.png" in capsys.readouterr().err


def test_an_option_out_of_range_is_refused(archive, capsys):
    args = ["finetune", "image_classification", "--data", str(archive), "--epochs", "301"]
    assert main(args) == 2
    assert "epochs" in capsys.readouterr().err


def test_the_command_of_a_run_is_read_as_the_same_settings():
    options = {"epochs": 7, "learning_rate": 0.003, "trainable": "all", "flip": False, "crop": 0.2}
    line = finetune.command(
        "image_classification", "mine-1", "resnet18", options, name="my own", tracked=["a b"]
    )
    parser = argparse.ArgumentParser()
    model = tasks.find("image_classification").trained().options
    for flag in ("--data", "--base", "--name", "--track"):
        parser.add_argument(flag)
    flags.add(parser, model)
    words = shlex.split(line)
    assert words[:5] == ["python", "-m", "core", "finetune", "image_classification"]
    read = vars(parser.parse_args(words[5:]))
    assert [read.pop(name) for name in ("data", "base", "name", "track")] == [
        "mine-1",
        "resnet18",
        "my own",
        "a b",
    ]
    assert parse(model, read) == parse(model, options)
