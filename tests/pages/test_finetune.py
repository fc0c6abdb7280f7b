"""The Fine-tune part of a task's page: data, form, start."""

from __future__ import annotations

import io
import zipfile

import pytest

from core import tasks
from core.__main__ import main
from core.data import datasets
from core.data.datasets import SampleSet
from core.data.drafts import Draft, Sample
from core.errors import UsageError
from core.jobs import estimate, queue, store
from core.jobs.estimate import Estimate
from core.progress import Progress
from core.serving.options import parse
from tests.core.jobs.tiny import stripes  # noqa: F401
from tests.core.tasks.image_classification.test_dataset import png
from tests.pages.conftest import settle
from tests.pages.jobs import told

PAGE = "image_classification"


@pytest.fixture
def open_form(open_page):
    """The page on its second part, with parameters of the address."""

    def open_(page: str = PAGE, lang: str = "en", **address: str):
        given = {name.replace("ft_", "ft."): value for name, value in address.items()}
        return open_page(page, lang=lang, address={"part": "tune", **given})

    return open_


def words(app) -> str:
    parts = [*app.markdown, *app.caption, *app.info, *app.error, *app.subheader, *app.success]
    return " ".join(str(part.value) for part in parts)


def archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def keyed(widgets, start: str):
    """The widget whose key begins with `start`; forms number their keys."""
    return next(one for one in widgets if str(one.key).startswith(start))


def test_only_the_chosen_part_runs(open_page, open_form):
    assert "Base model" not in [m.label for m in open_page(PAGE).selectbox]
    labels = [menu.label for menu in open_form().selectbox]
    assert "Base model" in labels
    assert "Model" not in labels


def test_an_upload_is_checked_stored_and_chosen(open_form):
    members = {f"{'ab'[i % 2]}/{i}.png": png(i) for i in range(12)} | {"a/note.txt": b"hello"}
    app = open_form(data="upload")
    app.file_uploader[0].set_value(("mine.zip", archive(members), "application/zip"))
    settle(app.run())
    assert "1 problems (0 samples cannot be used)" in " ".join(e.label for e in app.expander)
    next(b for b in app.button if b.label == "Store 12 samples").click()
    settle(app.run())
    (stored,) = datasets.entries(PAGE)
    assert stored.name == "mine"
    assert stored.manifest.labels == {"a": 6, "b": 6}
    assert app.query_params["data"] == stored.id
    assert not app.button(key="start").disabled


def test_what_is_bad_is_left_out_unless_it_is_wanted(open_form):
    members = {f"{'ab'[i % 2]}/{i}.png": png(i) for i in range(12)} | {"b/twin.png": png(0)}
    app = open_form(data="upload")
    app.file_uploader[0].set_value(("mine.zip", archive(members), "application/zip"))
    settle(app.run())
    app.toggle[0].set_value(False)
    app.run()
    assert "Store 13 samples" in {button.label for button in app.button}


def test_a_file_that_is_no_archive_is_refused_with_the_reason(open_form):
    app = open_form(data="upload")
    app.file_uploader[0].set_value(("mine.zip", b"no zip", "application/zip"))
    settle(app.run())
    assert "mine.zip is not a zip file" in app.error[0].value
    assert app.button(key="start").disabled


def test_two_text_files_are_read_line_by_line(open_form):
    app = open_form("translation", data="upload")
    sides = {"fr": "Bonjour tout le monde.\nMerci.\n", "en": "Hello everybody.\nThank you.\n"}
    files = [(f"pairs.{code}.txt", text.encode(), "text/plain") for code, text in sides.items()]
    app.file_uploader[0].set_value(files)
    settle(app.run())
    assert "Store 2 samples" in [button.label for button in app.button]


def test_a_single_text_file_is_refused_with_the_formats(open_form):
    app = open_form("translation", data="upload")
    app.file_uploader[0].set_value([("pairs.en.txt", b"Hello.\n", "text/plain")])
    settle(app.run())
    assert "pairs.en.txt" in words(app)
    assert ".tmx" in words(app)


def test_pictures_are_given_class_by_class(open_form):
    app = open_form(data="classes")
    for i, label in enumerate(("cats", "dogs")):
        app.text_input(key=f"class name {i}").set_value(label)
        files = [(f"{n}.png", png(10 * i + n), "image/png") for n in range(5)]
        app.file_uploader(key=f"class files {i}").set_value(files)
    settle(app.run())
    next(b for b in app.button if b.label == "Store 10 samples").click()
    settle(app.run())
    assert datasets.entries(PAGE)[0].manifest.labels == {"cats": 5, "dogs": 5}


def toys(_folders=()) -> Draft:
    draft = Draft(facts={"classes": ["a", "b"]})
    for i in range(12):
        draft.add(Sample({"label": "ab"[i % 2]}, f"row {i}", png(i), ".png"))
    return draft


@pytest.fixture
def toy(monkeypatch) -> SampleSet:
    """A sample with a base and an option of its own, the only one of the application."""
    sample = SampleSet("toy", "Toys", "For a test.", toys, base="resnet50", options={"epochs": 7})
    monkeypatch.setattr(tasks.find(PAGE).stored(), "samples", (sample,))
    return sample


@pytest.fixture
def submitted(monkeypatch) -> list[dict]:
    """What was submitted instead of being queued: base and every option."""
    seen = []

    def submit(task, data_id, *, base, options, **_more):
        complete = parse(tasks.find(task).trained().options, options).model_dump()
        seen.append({"data": data_id, "base": base, **complete})
        return told("running")

    monkeypatch.setattr(queue, "submit", submit)
    return seen


def test_a_sample_is_fetched_with_a_click_and_brings_its_settings(open_form, toy):
    app = open_form()
    app.button(key="use toy").click()
    settle(app.run())
    assert datasets.entries(PAGE)[0].name == "toy"
    assert keyed(app.select_slider, "ft.epochs").value == 7
    assert app.selectbox(key="base").value == "resnet50"


def test_a_stored_sample_trains_alike_from_page_and_command_line(open_form, toy, submitted):
    stored = datasets.rename(tasks.sample(PAGE, "toy", Progress()), "my toys")
    app = open_form(data=stored.id)
    app.button(key="start").click()
    app.run()
    assert main(["finetune", PAGE, "--data", stored.id, "--detach"]) == 0
    from_page, from_command_line = submitted
    assert (from_page["base"], from_page["epochs"]) == ("resnet50", 7)
    assert from_page == from_command_line


def test_somebodys_own_data_with_a_samples_name_is_not_the_sample(open_form, toy, submitted):
    own = datasets.add(PAGE, "toy", toys())
    app = open_form(data=own.id)
    assert keyed(app.select_slider, "ft.epochs").value == 0
    assert main(["finetune", PAGE, "--data", own.id, "--base", "resnet18", "--detach"]) == 0
    assert submitted[0]["epochs"] == 0  # automatic
    assert "🎁 Toys" in app.selectbox(key="data").options


def test_the_command_line_names_what_differs_from_the_samples_settings(open_form, toy):
    stored = tasks.sample(PAGE, "toy", Progress())
    (line,) = [code.value for code in open_form(data=stored.id).code]
    assert "--epochs" not in line
    (line,) = [code.value for code in open_form(data=stored.id, ft_epochs="5").code]
    assert line.endswith("--epochs 5")


def test_a_stored_set_is_renamed_and_deleted(open_form, stripes):  # noqa: F811
    app = open_form()
    app.text_input(key=f"rename {stripes.id}").set_value("zebras")
    app.button(key=f"rename now {stripes.id}").click()
    app.run()
    assert datasets.find(stripes.id).name == "zebras"
    app.button(key=f"delete {stripes.id}").click()
    app.run()
    assert datasets.entries() == []
    assert not app.exception


def test_what_the_form_shows_is_what_is_submitted(open_form, stripes, monkeypatch):  # noqa: F811
    given = {}

    def submit(task, data_id, **more):
        given.update(more, task=task, data=data_id)
        return told("running")

    monkeypatch.setattr(queue, "submit", submit)
    app = open_form(base="resnet18", ft_crop="0.5")
    keyed(app.select_slider, "ft.epochs").set_value(9)
    keyed(app.select_slider, "ft.learning_rate").set_value(0.01)
    keyed(app.selectbox, "ft.trainable").set_value("all")
    keyed(app.toggle, "ft.pretrained").set_value(False)
    app.text_input(key="ft name").set_value("zebra finder")
    app.run()
    app.button(key="start").click()
    app.run()
    assert (given["task"], given["data"], given["base"]) == (PAGE, stripes.id, "resnet18")
    assert given["name"] == "zebra finder"
    wanted = {
        "epochs": 9,
        "learning_rate": 0.01,
        "trainable": "all",
        "pretrained": False,
        "crop": 0.5,
    }
    assert {name: given["options"][name] for name in wanted} == wanted
    assert "my bricks" in words(app)


def test_changed_values_are_marked_in_the_address_and_reset(open_form, stripes):  # noqa: F811
    app = open_form()
    keyed(app.select_slider, "ft.epochs").set_value(9)
    app.run()
    assert app.query_params["ft.epochs"] == "9"
    assert keyed(app.select_slider, "ft.epochs").label == "● Epochs"
    next(b for b in app.button if b.label == "Reset (1 changed)").click()
    app.run()
    assert keyed(app.select_slider, "ft.epochs").value == 0
    assert "ft.epochs" not in app.query_params


def test_what_was_changed_outlives_a_look_at_the_other_part(open_form, stripes):  # noqa: F811
    app = open_form()
    keyed(app.select_slider, "ft.epochs").set_value(9)
    app.run()
    for part in ("use", "tune"):
        app.segmented_control(key="part").set_value(part)
        settle(app.run())
    assert keyed(app.select_slider, "ft.epochs").value == 9


def test_a_link_with_a_value_that_is_not_allowed_gives_the_default(open_form, stripes):  # noqa: F811
    assert keyed(open_form(ft_epochs="100000").select_slider, "ft.epochs").value == 0


def test_a_link_of_the_first_version_opens_the_same_form(open_form):
    app = open_form(ft_train="all")
    assert keyed(app.selectbox, "ft.trainable").value == "all"
    assert app.query_params["ft.trainable"] == "all"
    assert "ft.train" not in app.query_params


def test_the_full_view_has_every_option_and_the_short_one_only_the_basic(open_form):
    app = open_form()
    assert not any("weight_decay" in str(one.key) for one in app.slider)
    app = open_form(ft_view="full")
    shown = {str(w.key).split()[0] for w in [*app.slider, *app.select_slider, *app.selectbox]}
    shown |= {str(w.key).split()[0] for w in [*app.toggle, *app.number_input]}
    assert {f"ft.{name}" for name in tasks.find(PAGE).trained().options.model_fields} <= shown


def test_the_command_line_says_the_same(open_form, stripes):  # noqa: F811
    app = open_form(base="resnet18", ft_epochs="3")
    (line,) = [code.value for code in app.code]
    assert line == (
        f"python -m core finetune image_classification --data {stripes.id} "
        "--base resnet18 --epochs 3"
    )


def test_the_check_shows_what_the_trial_steps_found(open_form, stripes, monkeypatch):  # noqa: F811
    found = Estimate(1.0, 0.5, 240, 121.0, 812.0, 64)
    monkeypatch.setattr(estimate, "estimate", lambda *_args, **_more: found)
    app = open_form(base="resnet18")
    app.button(key="check").click()
    settle(app.run())
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown == {
        "Total time": "2 min",
        "Time per step": "500 ms",
        "Memory": "812 MB",
        "Largest batch": "64",
    }


def test_a_start_that_is_refused_says_why_and_keeps_the_form(
    open_form,
    stripes,  # noqa: F811
    monkeypatch,
):
    def refuse(*_args, **_more):
        raise UsageError("There is only one class.")

    monkeypatch.setattr(queue, "submit", refuse)
    app = open_form(base="resnet18", ft_epochs="3")
    app.button(key="start").click()
    app.run()
    assert app.error[0].value == "There is only one class."
    assert keyed(app.select_slider, "ft.epochs").value == 3


def test_a_pinned_picture_travels_small_and_in_the_request(
    open_form,
    stripes,  # noqa: F811
    monkeypatch,
):
    given = {}
    monkeypatch.setattr(queue, "submit", lambda *_a, **more: given.update(more) or told("running"))
    app = open_form(base="resnet18")
    app.session_state["tracked"] = True
    app.run()
    app.file_uploader(key="tracked files").set_value(("p.png", png(3), "image/png"))
    app.run()
    app.button(key="start").click()
    app.run()
    (probe,) = given["tracked"]
    assert probe.startswith("/9j/")  # a JPEG in base64


def test_faces_are_read_only_when_the_people_agreed(open_form):
    app = open_form("face_generation", data="upload")
    app.file_uploader[0].set_value(("f.zip", archive({"a.png": png(0)}), "application/zip"))
    settle(app.run())
    assert "agreed" in app.checkbox[0].label
    assert not any(button.label.startswith("Store") for button in app.button)


def test_a_running_training_of_the_task_is_in_sight(open_form):
    job = told("running")
    app = open_form()
    assert "my bricks" in words(app)
    app.button(key=f"open {job.id}").click()
    app.run()
    assert app.query_params["job"] == job.id
    assert f"stop {job.id}" in {button.key for button in app.button}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", tasks.names())
def test_every_task_has_its_form(page, lang, open_form):
    app = open_form(page, lang=lang)
    assert not app.exception
    assert [error.value for error in app.error] == []
    assert any(str(one.key).startswith("ft.epochs") for one in [*app.slider, *app.select_slider])
    assert store.jobs() == []


def test_augmented_samples_are_shown_when_they_are_unfolded(open_form, stripes):  # noqa: F811
    app = open_form(ft_trainable="all", ft_image_size="32")
    app.session_state["augmented"] = True
    settle(app.run())
    assert "First as it is" in words(app)


def test_a_division_that_the_data_brings_is_said_and_not_asked(open_form):
    draft = Draft(facts={"classes": ["a", "b"]})
    for i in range(20):
        part = ("train", "validation", "test")[i % 3]
        draft.add(Sample({"label": "ab"[i % 2], "part": part}, str(i), png(i), ".png"))
    data = datasets.add(PAGE, "divided", draft)
    app = open_form(data=data.id, ft_view="full")
    assert "The data brings its own division: 7 samples to train on" in words(app)
    assert not [one for one in app.number_input if "raction" in one.label]
    assert not [one for one in app.slider if "raction" in one.label]
