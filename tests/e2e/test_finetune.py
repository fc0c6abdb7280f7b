"""Fine-tuning as somebody does it in a browser, with real workers behind it."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from core.data import datasets
from core.data.datasets import DataSet
from core.jobs import queue, store
from core.jobs.store import Job
from core.tasks.image_classification import data as pictures
from tests.core.jobs.tiny import stepped, striped, wait

pytestmark = [pytest.mark.browser, pytest.mark.starters]

LONG = {"epochs": 300, "patience": 0, "batch_size": 1, "image_size": 32}
"""Minutes on the last layer alone: time to look, to stop, to restart a server."""
WHOLE = {"model.safetensors", "model.json", "card.json", "use.py", "model.onnx"}
"""What somebody who downloads a classifier finds."""
STEP = re.compile(r"step (\d+) of \d+")


@pytest.fixture
def visit(tab, own_portal):
    """Pages of the portal that the test may train in."""
    return lambda page, **more: tab(page, at=own_portal.url, **more)


@pytest.fixture
def stripes(own_portal) -> DataSet:
    return datasets.add("image_classification", "stripes", pictures.read_classes(striped()))


@pytest.fixture
def running(stripes) -> Job:
    """A long training that has begun."""
    job = queue.submit(
        "image_classification", stripes.id, base="efficientnet-lite0", name="mine", options=LONG
    )
    return wait(job, stepped(1))


def only() -> Job:
    (job,) = store.jobs()
    return job


def step_shown(page) -> int:
    """The step that the page's bar is at; waits until there is one."""
    text = page.get_by_text(STEP).first.inner_text()
    return int(STEP.search(text)[1])


def upload(page, name: str, content: bytes, kind: str) -> None:
    field = page.get_by_test_id("stFileUploaderDropzoneInput").first
    field.set_input_files({"name": name, "mimeType": kind, "buffer": content})


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()


def stop(page) -> None:
    """Stop the training that is looked at and wait for its model."""
    press(page, "Stop and keep best")
    page.get_by_text("is in the model menu").wait_for()


def download(page, name: str) -> Path:
    with page.expect_download() as got:
        press(page, name)
    return got.value.path()


def test_an_uploaded_zip_is_stored_and_trained_on_with_the_settings_of_the_link(visit):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for label, files in striped().items():
            for name, content in files:
                archive.writestr(f"{label}/{name}", content)
    settings = "&".join(f"ft.{name}={value}" for name, value in LONG.items())
    page = visit(f"image_classification?part=tune&data=upload&base=efficientnet-lite0&{settings}")
    upload(page, "walls.zip", packed.getvalue(), "application/zip")
    press(page, "Store 24 items")
    page.get_by_role("button", name="Fine-tune", exact=True, disabled=False).click()
    assert step_shown(page) >= 1
    job = only()
    assert (job.name, job.state) == ("walls", "running")
    assert {name: job.request.options[name] for name in LONG} == LONG


def test_a_training_outlives_a_reload_a_closed_tab_and_a_killed_server(visit, own_portal, running):
    page = visit(f"image_classification?part=tune&job={running.id}")
    seen = step_shown(page)
    page.reload()
    again = step_shown(page)
    page.context.close()
    page = visit("training")
    page.locator(f".st-key-open-{running.id} button").click()
    later = step_shown(page)
    assert seen <= again < later
    own_portal.kill()
    wait(running, stepped(later + 20))
    own_portal.start()
    page = visit(f"training?job={running.id}")
    assert step_shown(page) > later + 20
    assert (only().state, only().handle) == ("running", running.handle)
    stop(page)


def test_a_stopped_training_leaves_a_model_that_is_downloaded_and_answers_on_the_page(
    visit, running
):
    page = visit(f"training?job={running.id}")
    stop(page)
    job = only()
    assert job.state == "stopped"
    press(page, "Pack for download")
    with zipfile.ZipFile(download(page, "💾 Download")) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) >= WHOLE
    press(page, "Use it now")
    said = page.get_by_role("heading", name=re.compile("across|down")).inner_text()
    other = "down" if said.startswith("across") else "across"  # than of the example
    upload(page, "lines.png", striped()[other][0][1], "image/png")
    page.get_by_role("heading", name=other).wait_for()
    rows = download(page, "💾 CSV").read_text("utf-8-sig").splitlines()
    assert rows[1].split(",")[:3] == ["lines.png", str(job.model), "1"]
    assert rows[1].split(",")[4] == other


def test_a_second_training_waits_and_starts_by_itself(visit, running):
    page = visit(f"training?job={running.id}")
    press(page, "Clone settings")
    page.get_by_role("button", name="Fine-tune", exact=True).click()
    page.get_by_text(re.compile("Waiting for 1 before it on")).wait_for()
    second, first = store.jobs()
    assert (first.state, second.state) == ("running", "queued")
    queue.stop(first.id)
    assert step_shown(page) >= 1
    assert store.find(first.id).state == "stopped"
    assert store.find(second.id).state == "running"
