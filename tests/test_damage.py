"""Each file of a data folder damaged in turn: every page and every list still works and names what is damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.__main__ import main
from core.data import datasets
from core.errors import DataSetError
from core.jobs import queue, store
from core.models import catalog, finetuned
from tests.pages.conftest import no_heartbeat, open_page  # noqa: F401

FOLDER = Path(__file__).parent / "fixtures" / "first_version" / "data"
FILES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
JOB, MODEL, DATA = "593a31c1", "my-reviews-593a31c1", "reviews-62186a74"
SHAPES = ("cut", "garbage", "empty", "gone", "other")


def damage(path: Path, how: str) -> None:
    if how == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif how == "gone":
        path.unlink()
    else:
        shapes = {"garbage": b"\x00\xff\xfe{" * 300, "empty": b"", "other": b'["something", 7]\n'}
        path.write_bytes(shapes[how])


@pytest.fixture
def old(data: Path) -> Path:
    """The data folder of the first version, as this test's own."""
    shutil.copytree(FOLDER, data, dirs_exist_ok=True)
    return data


@pytest.fixture
def listed(capsys) -> Callable[[], dict[str, list[dict]]]:
    """What the lists say, each of which has to work."""

    def listed_() -> dict[str, list[dict]]:
        found = {}
        for name, command in {
            "jobs": ["jobs", "list"],
            "data": ["data", "list"],
            "models": ["models"],
        }.items():
            assert main([*command, "--json"]) == 0
            found[name] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return found

    return listed_


@pytest.fixture
def look(open_page) -> Callable[[], list[str]]:  # noqa: F811
    """Everything that the pages show, none of which may break."""

    def look_() -> list[str]:
        said: list[str] = []
        for page, address in (
            ("home", {}),
            ("models", {}),
            ("training", {}),
            ("training", {"job": JOB}),
            ("sentiment", {"part": "tune", "data": DATA}),
        ):
            app = open_page(page, address=address)
            assert not app.exception, (page, app.exception)
            said += [str(one.value) for one in (*app.error, *app.warning, *app.markdown)]
            assert not any("Something went wrong on our side" in one for one in said), said
        return said

    return look_


def named(found: dict[str, list[dict]]) -> dict[str, list[str]]:
    return {
        kind: [one["id"] for one in rows if "damaged" in one]
        for kind, rows in found.items()
        if any("damaged" in one for one in rows)
    }


@pytest.mark.parametrize("how", ["cut", "gone"])
@pytest.mark.parametrize(
    ("file", "said"),
    [
        (f"datasets/sentiment/{DATA}/manifest.json", {"data": [DATA]}),
        (f"models/{MODEL}/card.json", {"models": [MODEL]}),
        (f"models/{MODEL}/model.json", {"models": [MODEL]}),
        (f"models/{MODEL}/portal.json", {"models": [MODEL]}),
        ("jobs/jobs.sqlite", {}),
        (f"jobs/{JOB}/job.json", {}),
    ],
)
def test_a_damaged_file_is_named_in_its_list_and_costs_nothing_else(old, listed, file, said, how):
    before = listed()
    damage(old / file, how)
    after = listed()
    assert named(after) == said
    for kind, rows in before.items():
        kept = {one["id"] for one in after[kind] if "damaged" not in one}
        assert kept == {one["id"] for one in rows} - set(said.get(kind, []))


@pytest.mark.parametrize("how", SHAPES)
def test_a_damaged_line_of_a_data_set_is_told_where_the_data_is_used(old, how):
    damage(old / "datasets" / "sentiment" / DATA / "items.jsonl", how)
    with pytest.raises(DataSetError, match="damaged at line"):
        assert datasets.find(DATA).rows
    datasets.delete(datasets.find(DATA))
    assert DATA not in {one.id for one in datasets.entries()}


def test_a_damaged_data_set_and_a_damaged_model_are_removed_by_command(old, listed):
    damage(old / "datasets" / "sentiment" / DATA / "manifest.json", "cut")
    damage(old / "models" / MODEL / "card.json", "cut")
    assert main(["data", "delete", DATA]) == 0
    assert main(["models", "--remove", MODEL]) == 0
    assert named(listed()) == {}
    assert not finetuned.folder(MODEL).exists()


def test_the_pages_name_what_is_damaged_and_remove_it(old, open_page):  # noqa: F811
    damage(old / "datasets" / "sentiment" / DATA / "manifest.json", "cut")
    damage(old / "models" / MODEL / "card.json", "cut")
    with store.connected() as db:
        db.execute("UPDATE jobs SET request = '{' WHERE id = ?", (JOB,))
    for page, address, one in (
        ("sentiment", {"part": "tune"}, DATA),
        ("models", {}, MODEL),
        ("training", {}, JOB),
    ):
        app = open_page(page, address=address)
        assert not app.exception
        app = app.button(key=f"remove damaged {one}").click().run()
        assert not app.exception
        assert one not in {button.key.split()[-1] for button in app.button if button.key}
    assert (datasets.damaged(), store.damaged()) == ([], [])
    assert MODEL not in {entry.id for entry in catalog.entries()}


def test_a_damaged_file_of_a_run_costs_the_part_that_shows_it(old, open_page):  # noqa: F811
    damage(old / "jobs" / JOB / "items-best.json", "cut")
    app = open_page("training", address={"job": JOB})
    assert not app.exception
    assert "`items-best.json` of this run is damaged" in app.warning[0].value
    assert [one.label for one in app.metric]


def test_a_run_of_the_first_version_is_rebuilt_from_its_folder(old):
    before = {job.id: job for job in store.jobs()}
    (old / "jobs" / "jobs.sqlite").unlink()
    after = {job.id: job for job in store.jobs()}
    for job_id, job in before.items():
        rebuilt = after[job_id]
        assert (rebuilt.task, rebuilt.name, rebuilt.model) == (job.task, job.name, job.model)
        assert rebuilt.request == job.request
        assert queue.can_resume(rebuilt) or rebuilt.state == "done"


@pytest.mark.heavy
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("how", SHAPES)
def test_every_file_damaged_in_turn_breaks_no_page_and_no_list(old, listed, look, how):
    for file in FILES:
        damage(old / file, how)
        finetuned._known.cache_clear()
        try:
            listed()
            look()
        except BaseException as error:
            raise AssertionError(f"{file} {how}") from error
        shutil.rmtree(old)
        shutil.copytree(FOLDER, old)
