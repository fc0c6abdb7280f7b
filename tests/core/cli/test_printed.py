"""The keys of the JSON that the command line prints: programs read them, so none may change its name."""

from __future__ import annotations

import json

import pytest

from core.__main__ import main
from core.data.samples import CHELSEA

MODEL = {"id", "task", "family", "state", "size", "licence", "score", "source"}
DATA = {"id", "task", "name", "sha256", "created", "items", "labels", "left_out", "licence"}
DATA |= {"facts", "sample"}
JOB = {"id", "task", "name", "state", "device", "model", "metrics", "error", "request"}
REQUEST = {"data", "sha256", "base", "options", "probes", "processes"}
STEP = {"event", "step", "steps", "epoch", "learning_rate", "seconds", "loss"}
EPOCH = {"event", "epoch", "step", "metrics", "samples", "probes", "memory_mb"}
END = {"event", "job", "model", "metrics"}
ASKED = {"model", "device", "ms"}
ANSWERS = {
    "sentiment": (
        {"input", "label", "score", "scores", "sentences"},
        ["--sentences", "I love it."],
    ),
    "image_classification": ({"input", "labels"}, ["PHOTOGRAPH"]),
    "object_detection": ({"input", "boxes", "width", "height"}, ["PHOTOGRAPH"]),
    "face_generation": ({"output", "seed"}, ["--count", "1", "--out", "FOLDER"]),
    "translation": (
        {"input", "output", "source", "target", "alternatives", "sentences"},
        ["--source", "en", "--target", "fr", "Two dogs run."],
    ),
    "question_answering": (
        {"question", "answer", "score", "start", "end", "evidence"},
        ["--passage", "PASSAGE", "When was the tower built?"],
    ),
}
TABLE = "text,label\n" + "".join(
    f"{word} {i} {'fine' if word == 'good' else 'poor'},{word}\n"
    for i in range(8)
    for word in ("good", "bad")
)


def rows(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def data(data, tmp_path, capsys) -> str:
    """The id of a stored data set of short texts."""
    (tmp_path / "texts.csv").write_text(TABLE, "utf-8")
    path = str(tmp_path / "texts.csv")
    assert main(["data", "add", "sentiment", path, "--name", "Texts", "--json"]) == 0
    (row,) = rows(capsys)
    assert set(row) == DATA | {"assumed", "problems", "problem_counts"}
    assert (row["items"], row["sample"]) == (16, None)
    return str(row["id"])


def test_models(capsys):
    assert main(["models", "--json"]) == 0
    assert {frozenset(row) for row in rows(capsys)} == {frozenset(MODEL)}


def test_data_is_listed_and_shown_with_the_keys_of_its_manifest(data, capsys):
    for command in (["list"], ["show", data]):
        assert main(["data", *command, "--json"]) == 0
        assert [set(row) for row in rows(capsys)] == [DATA]


def test_fine_tuning_and_its_job(data, capsys):
    command = ["finetune", "sentiment", "--data", data, "--network", "lstm", "--epochs", "1"]
    command += ["--units", "8", "--embedding", "8", "--vocabulary", "100", "--probe", "good fine"]
    assert main([*command, "--device", "cpu", "--json"]) == 0
    printed = rows(capsys)
    kinds = {str(row["event"]): set(row) for row in printed}
    assert kinds["step"] == STEP
    assert kinds["epoch"] == EPOCH
    assert kinds["done"] == END
    assert main(["jobs", "list", "--json"]) == 0
    (job,) = rows(capsys)
    assert set(job) == JOB
    assert set(job["request"]) == REQUEST


def test_a_refused_input_has_a_code_and_a_message(capsys, tmp_path, starters):
    (tmp_path / "a.png").write_bytes(b"")
    assert main(["predict", "image_classification", "--json", str(tmp_path / "a.png")]) == 1
    (row,) = rows(capsys)
    assert set(row) == {"input", "error"}
    assert set(row["error"]) == {"code", "message"}


@pytest.mark.starters
@pytest.mark.parametrize("task", ANSWERS)
def test_answers(task, starters, capsys, tmp_path):
    passage = tmp_path / "passage.txt"
    passage.write_text("Ann built the tower in 1910. It burnt down in 1950.", "utf-8")
    files = {"PHOTOGRAPH": CHELSEA.path, "FOLDER": tmp_path, "PASSAGE": passage}
    own, arguments = ANSWERS[task]
    given = [str(files.get(argument, argument)) for argument in arguments]
    assert main(["predict", task, "--json", *given]) == 0
    assert [set(row) for row in rows(capsys)] == [own | ASKED]
