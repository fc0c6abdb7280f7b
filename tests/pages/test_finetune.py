"""The Fine-tune part of a page, a job looked at, and the Training page."""

from __future__ import annotations

import json
import time

import pytest

from core.jobs import queue, store
from tests.core.jobs.tiny import OPTIONS, stripes, submit, wait  # noqa: F401
from tests.pages.conftest import settle


def words(app) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.subheader, *app.title]
    return " ".join(str(part.value) for part in parts)


def told(state: str = "done", **columns: object) -> str:
    """A job in the store that has trained for two epochs; its id."""
    options = {"epochs": 2, "learning_rate": 0.001}
    request = {"data": "gone", "base": "resnet18", "options": options, "probes": [], "processes": 1}
    job = store.create("image_classification", "my bricks", "cpu", request)
    store.change(job.id, state=state, metrics={"accuracy": 0.9}, ended=time.time(), **columns)
    events = []
    for epoch in range(3):
        step = 10 * epoch
        data = {
            "epoch": epoch,
            "step": step,
            "metrics": {"accuracy": 0.5 + 0.2 * epoch, "loss": 1.0},
        }
        events.append(
            ("epoch", time.time(), {**data, "samples": [], "probes": [], "memory_mb": 1.0})
        )
        for i in range(10 if epoch < 2 else 0):
            figures = {
                "loss": 1 / (1 + step + i),
                "learning_rate": 0.1,
                "seconds": 0.1,
                "steps": 20,
            }
            events.append(("step", time.time(), {"step": step + i + 1, "epoch": 0.0, **figures}))
    store.tell(job.id, events)
    return job.id


def test_a_data_set_and_the_form_start_a_job(stripes, open_page, monkeypatch):  # noqa: F811
    app = open_page("image_classification", part="tune")
    assert not app.exception
    app.query_params["data"] = stripes.id
    started = []
    monkeypatch.setattr(
        queue, "submit", lambda *args, **more: started.append((args, more)) or store.find(told())
    )
    app.run()
    app.button(key="start").click()
    app.run()
    ((args, more),) = started
    assert args == ("image_classification", stripes.id)
    assert more["options"]["epochs"] == 5


def test_an_ended_job_shows_its_metrics_and_what_can_be_done(open_page):
    app = open_page("training")
    app.query_params["job"] = told()
    app.run()
    assert not app.exception
    assert "my bricks" in words(app)
    labels = {button.label for button in app.button}
    assert {"Clone settings", "Yes, delete"} <= labels


def test_a_failed_job_says_why(open_page):
    error = {"code": "diverged", "template": "The rate {rate} is too high.", "values": {"rate": 3}}
    app = open_page("training")
    app.query_params["job"] = told("failed", error=error)
    app.run()
    assert app.error[0].value == "The rate 3 is too high."


def test_items_behind_the_figures_are_shown(open_page):
    job = store.find(told())
    job.folder.mkdir(parents=True)
    for name, right in (("base", [True, False]), ("best", [False, True])):
        rows = [
            {"text": f"t{i}", "label": "a", "predicted": "a" if one else "b", "right": one}
            for i, one in enumerate(right)
        ]
        (job.folder / f"items-{name}.json").write_text(json.dumps(rows), "utf-8")
    app = open_page("training")
    app.query_params["job"] = job.id
    app.run()
    assert not app.exception
    assert {"Confusion matrix", "Before and after"} <= {tab.label for tab in app.tabs} | set(
        words(app).split("**")
    ) | {heading.value for heading in app.subheader}


def test_jobs_are_compared(open_page):
    jobs = [told(), told()]
    app = open_page("training")
    app.multiselect(key="compare").set_value([f"my bricks · {job}" for job in jobs])
    app.run()
    assert not app.exception
    assert "Settings that differ" in words(app)


def test_without_jobs_the_page_says_what_to_do(open_page):
    assert "No training yet" in words(open_page("training"))


@pytest.mark.parametrize("page", ["training", "image_classification", "sentiment"])
def test_the_pages_speak_chinese(open_page, page):
    app = open_page(page, lang="zh", part="tune")
    assert not app.exception
    assert ("训练" in words(app)) or ("数据" in words(app))


def test_a_running_job_is_stopped_from_its_page(submit, open_page):  # noqa: F811
    job = submit(epochs=300)
    wait(job, lambda one: len(store.events(one.id, "step")) > 2)
    app = open_page("training")
    app.query_params["job"] = job.id
    app.run()
    assert not app.exception
    app.button(key=f"stop {job.id}").click()
    app.run()
    assert wait(job).state == "stopped"
    settle(app.run())
    assert any(button.key == f"use {job.id}" for button in app.button)
