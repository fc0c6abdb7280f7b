"""Trainings looked at: live, ended, and side by side."""

from __future__ import annotations

import json
import os

import pytest
from PIL import Image

from core.errors import Failure
from core.jobs import queue, store
from core.models import catalog
from core.training.events import Diverged, EarlyStop, Epoch
from tests.core.jobs.tiny import stripes, submit, wait  # noqa: F401
from tests.pages.conftest import settle
from tests.pages.jobs import told


@pytest.fixture
def look(open_page):
    """`look(job)` opens a job on the Training page."""
    return lambda job, **more: open_page("training", address={"job": job.id}, **more)


def words(app) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.subheader]
    return " ".join(str(part.value) for part in parts)


def buttons(app) -> set[str]:
    return {button.label for button in app.button}


def answers(job, **rows: list[dict]) -> None:
    """Write what was answered to the validation items into the job's folder."""
    job.folder.mkdir(parents=True, exist_ok=True)
    for name, items in rows.items():
        (job.folder / f"items-{name}.json").write_text(json.dumps(items), "utf-8")


def answered(*pairs: tuple[str, str]) -> list[dict]:
    return [
        {"text": f"text {i}", "label": a, "predicted": b, "score": 0.9, "right": a == b}
        for i, (a, b) in enumerate(pairs)
    ]


def test_a_running_job_shows_its_figures_and_can_be_stopped(look):
    app = look(told("running"))
    assert not app.exception
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Epoch"], shown["accuracy"], shown["Memory"]) == ("2 / 2", "90.0%", "700 MB")
    assert {"Stop and keep best", "Clone settings", "Yes, delete"} <= buttons(app)
    assert "my bricks" in words(app)


def test_a_job_whose_worker_died_is_shown_as_interrupted(look):
    job = told("running")
    store.change(job.id, handle=f"{2**22 - 3} 0")
    app = look(job)
    assert store.find(job.id).state == "interrupted"
    assert "What it had saved is kept" in app.warning[0].value
    assert "Stop and keep best" not in buttons(app)


def test_a_queued_job_says_what_is_ahead(look):
    told("running", name="first")
    app = look(told("queued", name="second", epochs=0))
    assert "Waiting for 1 before it on cpu" in app.info[0].value
    assert "first" in app.info[0].value


def test_a_failed_job_says_why(look):
    error = Failure("diverged", "The rate {rate} is too high.", {"rate": 3})
    assert look(told("failed", error=error)).error[0].value == "The rate 3 is too high."


def test_a_job_whose_model_was_removed_says_so(look):
    app = look(told(model="bricks-12345678"))
    assert "The model that it made was removed" in words(app)
    assert not app.error


def test_a_job_that_is_gone_says_so(open_page):
    app = open_page("training", address={"job": "nothing"})
    assert "There is no job “nothing”" in app.error[0].value


def test_cloning_opens_the_form_with_the_jobs_settings(look, stripes):  # noqa: F811
    job = told(data=stripes.id, options={"epochs": 17, "learning_rate": 0.05})
    app = look(job)
    app.button(key=f"clone {job.id}").click()
    settle(app.run())
    assert next(s for s in app.select_slider if str(s.key).startswith("ft.epochs")).value == 17
    assert app.selectbox(key="base 1").value == "resnet18"
    assert next(s for s in app.select_slider if "learning_rate" in str(s.key)).value == 0.05


def test_a_last_layer_is_gone_on_from_with_all_layers(submit, look):  # noqa: F811
    job = wait(submit(epochs=1, trainable="head"))
    app = look(job)
    app.button(key=f"continue {job.id}").click()
    settle(app.run())
    chosen = {str(box.key).partition(" ")[0]: box.value for box in app.selectbox}
    assert (chosen["base"], chosen["ft.trainable"]) == (job.model, "all")


def test_a_diagnosis_opens_a_form_with_its_remedy(look, stripes):  # noqa: F811
    job = told("failed", data=stripes.id, options={"epochs": 2, "learning_rate": 0.05})
    store.append(job.id, [(0.0, Diverged(20))])
    app = look(job)
    assert "the learning rate 0.05 is too high" in words(app)
    app.button(key="rate_high").click()
    settle(app.run())
    assert next(s for s in app.select_slider if "learning_rate" in str(s.key)).value == 0.005


def test_deleting_takes_a_second_click_and_leads_back(look):
    job = told()
    app = look(job)
    app.button(key=f"delete {job.id}").click()
    app.run()
    assert store.jobs() == []
    assert "No run yet" in words(app)


def test_the_matrix_has_every_mistake_behind_it(look):
    job = told(task="sentiment")
    rows = answered(("good", "good"), ("good", "bad"), ("bad", "bad"))
    answers(job, best=rows)
    app = look(job)
    matrix = next(t.value for t in app.dataframe if t.value.index.name == "label ↓  answer →")
    assert matrix.loc["good"].to_dict() == {"bad": 1, "good": 1}
    assert "All 1 mistakes" in words(app)
    (mistakes,) = [t.value for t in app.dataframe if "text" in t.value.columns]
    assert list(mistakes["text"]) == ["text 1"]


def test_items_that_turned_right_and_wrong_are_told_apart(look):
    job = told(task="sentiment")
    answers(
        job,
        base=answered(("good", "bad"), ("bad", "bad"), ("good", "good")),
        best=answered(("good", "good"), ("bad", "good"), ("good", "good")),
    )
    app = look(job)
    control = app.button_group(key=f"turned {job.id}")
    assert list(control.options) == [
        "better (1)",
        "worse (1)",
        "as before (1)",
    ]
    control.set_value("wrong")
    app.run()
    turned = next(t.value for t in app.dataframe if "predicted before" in t.value.columns)
    assert turned.iloc[0].to_dict() | {"score": 0.9} == {
        "text": "text 1",
        "label": "bad",
        "predicted before": "bad",
        "predicted after": "good",
        "score": 0.9,
    }


def test_probes_are_answered_before_and_after_every_epoch(look):
    app = look(told(task="sentiment", probes=("a wall",)))
    (table,) = [t.value for t in app.dataframe if "answer" in t.value.columns]
    assert list(table["epoch"]) == ["before", "1", "2"]
    assert next(iter(table["answer"])) == "grass: 60% · brick: 40%"


def test_pictures_of_every_epoch_are_a_filmstrip(look):
    job = told(task="face_generation")
    folder = job.folder / "samples" / "epoch-0001"
    folder.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(folder / "grid.png")
    event = Epoch(1, 10, {"KID": 0.1}, ("grid.png",), memory_mb=1.0)
    store.append(job.id, [(0.0, event)])
    app = look(job)
    assert not app.exception
    assert "epoch 1" in words(app)


def test_curves_of_every_class_are_drawn_where_a_training_kept_them(look):
    job = told(task="object_detection")
    assert list(look(job).button_group(key="look").options) == ["Settings", "Log"]
    job.folder.mkdir(parents=True, exist_ok=True)
    cat = {"name": "cat", "values": [1.0, 0.4]}
    kept = {"x": "recall", "y": "precision", "epoch": 2, "at": [0.0, 1.0]}
    kept |= {"mean": [0.9, 0.3], "each": [cat, {"name": "dog", "values": [0.8, 0.2]}]}
    (job.folder / "curves.json").write_text(json.dumps(kept), "utf-8")
    app = look(job, **{"look": "curves"})
    assert not app.exception
    assert "precision over recall" in app.button_group(key="look").options
    assert "**precision over recall** · epoch 2" in words(app)
    assert "Bold: the mean of all classes" in words(app)
    drawn = [json.loads(chart.proto.spec) for chart in app.get("vega_lite_chart")]
    (axes,) = [one["encoding"] for one in drawn if "encoding" in one]
    assert (axes["x"]["title"], axes["y"]["title"]) == ("recall", "precision")


def test_a_training_that_stopped_early_says_so(look):
    job = told(task="object_detection")
    store.append(job.id, [(0.0, EarlyStop(2))])
    assert "It stopped early, after epoch" in words(look(job))


def test_the_command_that_repeats_a_run_is_shown(look):
    app = look(told(), **{"look": "settings"})
    assert any("core finetune image_classification --data gone" in c.value for c in app.code)


def test_trainings_are_compared_by_what_was_set_differently(open_page):
    jobs = [told(options={"epochs": e, "crop": 0.2}, probes=("a wall",)) for e in (2, 9)]
    app = open_page("training")
    app.multiselect(key="compare").set_value([f"my bricks · {job.id}" for job in jobs])
    app.run()
    assert not app.exception
    settings, metrics, *_probes = (table.value for table in app.dataframe)
    assert list(settings.index) == ["Epochs"]
    assert sorted(settings.loc["Epochs"]) == ["2", "9"]
    assert list(metrics.index) == ["accuracy", "validation loss"]


def test_what_runs_is_in_sight_on_every_page(open_page):
    told("running")
    store.change(told("running", name="dead").id, handle=f"{os.getpid()} 1")
    links = [link.proto.label for link in open_page("home").sidebar.get("page_link")]
    assert [label for label in links if "running" in label] == ["my bricks · running"]


def test_looking_creates_no_store(open_page, data):
    open_page("training")
    assert not (data / "jobs").exists()


def test_trainings_are_filtered_by_task_and_state(open_page):
    told(name="one")
    told(name="two", task="sentiment")
    told("failed", name="three", error=Failure("x", "broken"))
    app = open_page("training", address={"task": "image_classification", "state": "done"})
    assert "**one**" in words(app)
    assert "**two**" not in words(app)
    assert "**three**" not in words(app)


def test_a_line_opens_its_training(open_page):
    job = told()
    app = open_page("training")
    app.button(key=f"open {job.id}").click()
    app.run()
    assert {"Clone settings", "All runs"} <= buttons(app)


@pytest.mark.parametrize(("lang", "said"), [("en", "No run yet"), ("zh", "还没有")])
def test_without_trainings_the_page_says_what_to_do(open_page, lang, said):
    assert said in words(open_page("training", lang=lang))


def test_a_job_ends_on_its_page_as_a_model_that_is_opened_with_a_click(submit, look):  # noqa: F811
    job = submit(epochs=300)
    wait(job, lambda one: any(e.event.epoch for e in store.events_of(Epoch, one.id)))
    app = look(job)
    app.button(key=f"stop {job.id}").click()
    app.run()
    job = wait(job)
    assert job.state == "stopped"
    app.run()
    assert "stripes** is in the model menu" in words(app)
    assert {"Resume", "Pack for download"} <= buttons(app)
    app.button(key=f"use {job.id}").click()
    settle(app.run())
    assert next(m for m in app.selectbox if m.label == "Model").value == job.model
    assert catalog.find(job.model).title == "stripes"
    (card,) = [frame.value for frame in app.dataframe if "resnet18" in frame.value.values]
    assert any(job.request.sha256[:12] in str(value) for value in card["value"])
    queue.delete(job.id)
