"""The contract of an application: what it says of itself is all that home, navigation, its page, Models, Training and
the command line need. It holds for the applications of the portal and for four small ones beside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core import tasks
from core.__main__ import main
from core.data import datasets
from core.jobs import queue, store
from core.models import catalog, finetuned
from core.settings import settings
from core.tasks.application import Application
from tests import applications
from tests.pages.conftest import no_heartbeat, open_page, settle  # noqa: F401
from tests.pages.jobs import told

ROOT = Path(__file__).parents[1]
PORTALS = tasks.names()
EVERY = (*PORTALS, *applications.NAMES)
TRAINED = ("slopes", "lines", "drill")
"""Those of the small ones that train."""


@pytest.fixture(autouse=True)
def _found(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The four are named in the environment; jobs that a test leaves behind end with it."""
    monkeypatch.setenv("PORTAL_APPLICATIONS", applications.SETTING)
    settings.cache_clear()
    yield
    for job in store.jobs():
        queue.cancel(job.id)


@pytest.fixture(params=EVERY)
def one(request: pytest.FixtureRequest) -> Application:
    return tasks.find(request.param)


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def headings(app: AppTest) -> list[str]:
    return [block.value for block in app.subheader]


def links(app: AppTest) -> dict[str, str]:
    """{page: parameters of the address} of all links."""
    return {link.proto.page: link.proto.query_string for link in app.get("page_link")}


# --- found ---


def test_the_portals_own_come_first_and_the_others_by_the_setting():
    assert tasks.names() == EVERY


def test_a_worker_process_finds_the_same():
    code = "from core import tasks; print(*tasks.names())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert tuple(done.stdout.split()) == EVERY


# --- pages ---


def test_home_has_a_card_with_a_link_for_each(open_page):  # noqa: F811
    app = open_page("home")
    assert not app.exception
    assert headings(app) == [f"{one.icon} {one.title}" for one in tasks.applications()]
    assert set(EVERY) <= set(links(app))


def test_home_answers_the_example_of_an_application_that_predicts(open_page):  # noqa: F811
    app = open_page("home")
    deadline = time.monotonic() + 100
    while "hello → **HELLO\\!**" not in [text.value for text in app.markdown]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
        app.run()


def test_it_has_a_page_with_the_parts_it_has(one, open_page):  # noqa: F811
    app = open_page(one.name)
    assert not app.exception
    assert app.title[0].value == f"{one.icon} {one.title}"
    parts = [control.key for control in app.button_group if control.key == "part"]
    assert parts == (["part"] if one.prediction and one.training else [])


def test_its_form_asks_for_data_only_where_there_is_some(one, open_page):  # noqa: F811
    if one.training is None:
        pytest.skip("it does not train")
    app = open_page(one.name, address={"part": "tune"})
    assert not app.exception
    assert any(
        str(slider.key).startswith("ft.epochs") for slider in [*app.slider, *app.select_slider]
    )
    assert ("① Data" in headings(app)) == (one.data is not None)
    assert app.button(key="start").disabled == (one.data is not None)


def test_without_data_a_run_is_submitted_without(open_page, monkeypatch):  # noqa: F811
    given = []
    monkeypatch.setattr(queue, "submit", lambda *args, **_more: given.append(args) or told())
    app = open_page("drill")
    app.button(key="start").click()
    app.run()
    assert given == [("drill", None)]


def test_models_lists_what_it_has(one, open_page):  # noqa: F811
    app = open_page("models")
    assert not app.exception
    assert (one.title in headings(app)) == bool(one.prediction and one.prediction.entries)


def test_training_offers_those_that_train(open_page):  # noqa: F811
    told(task="drill")
    app = open_page("training")
    assert not app.exception
    offered = app.selectbox(key="task").options
    assert offered == ["All applications", *(o.title for o in tasks.applications() if o.training)]


# --- command line ---


def test_models_are_listed(one, capsys):
    assert main(["models", "--task", one.name, "--json"]) == 0
    entries = one.prediction.entries if one.prediction else ()
    assert [row["id"] for row in printed(capsys)] == [entry.id for entry in entries]


def test_a_command_that_does_not_apply_is_wrong_usage(one, tmp_path, capsys):
    table = tmp_path / "points.csv"
    table.write_text("x,y\n0,1\n", "utf-8")
    commands = {
        ("predict", one.name, "1"): one.prediction,
        ("data", "add", one.name, str(table), "--name", "points"): one.data,
        ("finetune", one.name): one.training,
    }
    for command, part in commands.items():
        if part is None:
            assert main(command) == 2, command
            assert one.name in capsys.readouterr().err


@pytest.mark.parametrize("command", ["predict", "finetune"])
def test_every_option_is_a_flag(one, command, capsys):
    part = one.prediction if command == "predict" else one.training
    if part is None:
        pytest.skip("it has no such part")
    with pytest.raises(SystemExit) as ended:
        main([command, one.name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(f"--{name.replace('_', '-')}" in said for name in part.options.model_fields)


def test_a_prediction_is_printed(capsys):
    assert main(["predict", "shouting", "hello", "--marks", "2", "--json"]) == 0
    (row,) = printed(capsys)
    assert (row["input"], row["text"], row["model"]) == ("hello", "HELLO!!", "loud")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which each of the small applications that train was fine-tuned by the command line, in workers."""
    folder = tmp_path_factory.mktemp("workshop")
    table = folder / "points.csv"
    table.write_text("x,y\n" + "".join(f"{i / 10},{i / 5}\n" for i in range(10)), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PORTAL_DATA", str(folder))
        patch.setenv("PORTAL_APPLICATIONS", applications.SETTING)
        settings.cache_clear()
        for name in TRAINED:
            data = []
            if tasks.find(name).data:
                assert main(["data", "add", name, str(table), "--name", "points"]) == 0
                data = ["--data", datasets.entries(name)[0].id]
            assert main(["finetune", name, *data, "--epochs", "3", "--device", "cpu"]) == 0
        while any(queue.alive(job) for job in store.jobs()):
            time.sleep(0.05)  # the last worker has the store open until it is gone
    settings.cache_clear()
    return folder


@pytest.fixture
def trained(workshop: Path, data: Path) -> Callable[[str], str]:
    """`trained(name)` is the id of the model that a small application has made."""
    shutil.copytree(workshop, data, dirs_exist_ok=True)
    return lambda name: next(entry.id for entry in catalog.entries(name) if entry.finetuned)


@pytest.mark.parametrize("name", TRAINED)
def test_a_model_is_trained_listed_exported_and_imported(name, trained, tmp_path, capsys):
    model = trained(name)
    assert [entry.id for entry in catalog.entries(name)] == [model]
    packed = tmp_path / "model.zip"
    assert main(["export", model, str(packed)]) == 0
    assert {"use.py", "card.json", "model.safetensors"} <= set(zipfile.ZipFile(packed).namelist())
    finetuned.remove(model)
    assert main(["import", str(packed)]) == 0
    assert [entry.id for entry in catalog.entries(name)] == [model]


@pytest.mark.parametrize("name", TRAINED)
def test_what_came_out_is_on_the_pages(name, trained, open_page):  # noqa: F811
    model, asks = trained(name), tasks.find(name).prediction is not None
    (job,) = store.jobs(name)
    look = open_page("training", address={"job": job.id})
    assert not look.exception
    assert any(button.label == "Use it now" for button in look.button) == asks
    models = open_page("models", **{f"row {model}": True})
    assert not models.exception
    assert (links(models).get(name) == f"part=use&model={model}") == asks


def test_a_trained_model_answers(trained, open_page, capsys):  # noqa: F811
    model = trained("lines")
    assert main(["predict", "lines", "--model", model, "3", "--json"]) == 0
    (row,) = printed(capsys)
    assert isinstance(row["y"], float)
    app = settle(open_page("lines", address={"model": model}))
    assert [figure.label for figure in app.metric] == ["y"]
