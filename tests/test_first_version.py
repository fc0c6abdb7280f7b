"""What the first version stored still opens: its data sets, a finished job with events, checkpoints and model, and an
exported zip. The names of what is stored stay: columns, folders, files and JSON keys.

The folder `fixtures/first_version` was written by the version before the architecture was redrawn; `*.jsonl` is what
its command line printed. TensorBoard files, logs and the checkpoints of one job were left out.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from core import tasks
from core.__main__ import main
from core.cli.finetune import follow
from core.data import datasets, drafts
from core.jobs import queue, store
from core.models import catalog, finetuned
from core.serving.options import parse
from core.tasks import exports
from tests.core.jobs.tiny import wait

FOLDER = Path(__file__).parent / "fixtures" / "first_version"
MODEL, JOB, RESUMABLE = "my-reviews-593a31c1", "593a31c1", "4d9b2fac"
TEXT = "a lovely film"
"""Tracked by the job; its last epoch's answer stands in `finetune.jsonl`."""
LEFT_OUT = {"tensorboard", "log.txt"}
AGAIN = [
    "--network",
    "lstm",
    "--epochs",
    "2",
    "--batch-size",
    "4",
    "--patience",
    "0",
    "--units",
    "8",
]
AGAIN += ["--embedding", "8", "--vocabulary", "100", "--probe", TEXT, "--device", "cpu", "--json"]
AGAIN += ["--accumulation-steps", "2", "--validation-fraction", "0.3", "--test-fraction", "0.2"]


def printed(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def said(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture(autouse=True)
def old(data: Path) -> Path:
    """The data folder of the first version, as this test's own."""
    shutil.copytree(FOLDER / "data", data, dirs_exist_ok=True)
    return data


def scores(model: str) -> dict[str, float]:
    options = tasks.find("sentiment").parse({})
    (answer,) = tasks.predict("sentiment", [TEXT], options, model=model)
    return answer.scores


def remembered() -> dict[str, float]:
    """What the kept epoch answered to the tracked example when it was trained."""
    epoch = json.loads((FOLDER / "data" / "models" / MODEL / "card.json").read_text())["epoch"]
    (row,) = [r for r in printed("finetune") if r["event"] == "epoch" and r["epoch"] == epoch]
    return row["probes"][0]


def test_data_sets_are_listed_as_before(capsys):
    assert main(["data", "list", "--json"]) == 0
    assert said(capsys) == printed("datalist")


@pytest.mark.parametrize("row", printed("datalist"), ids=lambda row: row["task"])
def test_each_data_set_is_shown_and_read(row, capsys):
    assert main(["data", "show", row["id"], "--json"]) == 0
    assert said(capsys) == [row]
    one = datasets.find(row["id"], row["task"])
    assert len(one.rows) == row["items"]
    assert (one.sample, tasks.sample_of(one)) == (None, None)


def test_jobs_are_listed_and_shown_as_before(capsys):
    assert main(["jobs", "list", "--json"]) == 0
    rows = {row["id"]: row for row in said(capsys)}
    for before in printed("jobs"):
        assert {**rows[before["id"]], "request": None} == {**before, "request": None}
        assert set(rows[before["id"]]["request"]) == set(before["request"])


def test_the_events_of_a_job_are_printed_as_before(capsys):
    assert follow(JOB, as_json=True) == 0
    assert said(capsys) == printed("finetune")


def test_the_model_gives_the_answer_that_it_gave():
    assert scores(MODEL) == pytest.approx(remembered(), abs=1e-5)


def test_the_card_says_how_the_model_was_made():
    card = finetuned.card(catalog.find(MODEL))
    assert (card.job, card.data, card.base, card.epoch) == (JOB, "reviews-62186a74", "minilm-l6", 1)
    assert card.probes == [TEXT]


def test_the_zip_is_imported_and_gives_the_same_answer():
    finetuned.remove(MODEL)
    entry = exports.read_in(FOLDER / "my-reviews.zip", "my-reviews.zip")
    assert (entry.id, entry.title) == (MODEL, "My reviews")
    assert scores(entry.id) == pytest.approx(remembered(), abs=1e-5)


def test_the_settings_of_a_job_are_used_again_under_the_names_of_today():
    options = parse(tasks.find("sentiment").trained().options, store.find(JOB).request.options)
    assert (options.max_grad_norm, options.accumulation_steps, options.trainable) == (
        0.5,
        2,
        "lora",
    )
    assert (options.validation_fraction, options.test_fraction) == (0.3, 0.2)


def test_a_job_goes_on_from_its_checkpoint(capsys):
    queue.extend(RESUMABLE, 1)
    job = wait(store.find(RESUMABLE))
    assert (job.state, job.error) == ("done", None)
    assert follow(RESUMABLE, as_json=True) == 0
    events = said(capsys)
    assert [e["step"] for e in events if e["event"] == "resumed"] == [15]
    assert [e["step"] for e in events if e["event"] == "step"] == list(range(1, 21))


def test_a_run_of_today_is_stored_under_the_names_of_then(old, capsys):
    """With the settings of the old job."""
    assert main(["finetune", "sentiment", "--data", "reviews-62186a74", *AGAIN]) == 0
    done = said(capsys)[-1]
    job, before = old / "jobs" / done["job"], old / "jobs" / JOB
    assert names(job) >= names(before) | LEFT_OUT | {"checkpoints"}
    assert names(job / "best") == names(before / "best")
    assert keys(job / "job.json") == keys(before / "job.json")
    for name in ("items-base.json", "items-best.json"):
        assert keys(job / name) == keys(before / name)
    assert keys(old / "models" / done["model"] / "card.json") == keys(
        old / "models" / MODEL / "card.json"
    )
    for name in ("model.json", "portal.json"):
        assert keys(old / "models" / done["model"] / name) == keys(old / "models" / MODEL / name)


def test_the_columns_of_the_jobs_stay(old):
    before = columns(old / "jobs" / "jobs.sqlite")
    (old / "jobs" / "jobs.sqlite").unlink()
    with store.connected():
        """Makes a new one."""
    assert columns(old / "jobs" / "jobs.sqlite") == before


def test_a_data_set_of_today_is_stored_under_the_names_of_then(old):
    made = datasets.add(
        "sentiment", "other", drafts.Draft(samples=[drafts.Sample({"text": "x"}, "1")])
    )
    before = old / "datasets" / "sentiment" / "reviews-62186a74"
    assert made.folder.parent == before.parent
    assert names(made.folder) == names(before) | {"files"}
    assert keys(made.folder / "manifest.json") == keys(before / "manifest.json") | {"sample"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def keys(path: Path) -> set[str]:
    """The keys of a JSON object, or of the first of a list of them."""
    value = json.loads(path.read_text("utf-8"))
    return set(value[0] if isinstance(value, list) else value)


def columns(path: Path) -> dict[str, list[tuple]]:
    db = sqlite3.connect(path)
    try:
        return {
            table: db.execute(f"PRAGMA table_info({table})").fetchall()
            for table in ("jobs", "events")
        }
    finally:
        db.close()
