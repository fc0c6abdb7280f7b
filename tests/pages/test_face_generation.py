"""The face generation page, on tiny random generators behind the real loaders."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.tasks.face_generation.checkpoints import write_ddpm, write_gan
from tests.pages.conftest import settle


@pytest.fixture
def gan(data: Path) -> Path:
    return write_gan()


@pytest.fixture
def ddpm(data: Path) -> Path:
    return write_ddpm()


def face_buttons(app) -> list[str]:
    return [b.key for b in app.button if b.key and b.key.startswith("face ")]


def captions(app) -> str:
    return " ".join(c.value for c in app.caption)


def test_sixteen_faces_are_drawn_when_the_page_opens(gan, open_page):
    app = open_page("face_generation")
    assert not app.exception
    assert face_buttons(app) == [f"face {seed}" for seed in range(16)]


def test_a_link_restores_count_and_seed(gan, open_page):
    app = open_page("face_generation", count=3, seed=40)
    assert face_buttons(app) == ["face 40", "face 41", "face 42"]


def test_new_seed_draws_other_faces(gan, open_page):
    app = open_page("face_generation", count=2)
    app.button(key="new seed").click()
    settle(app.run())
    assert face_buttons(app)[0] == f"face {app.number_input(key='seed').value}"
    assert app.number_input(key="seed").value != 0


def test_an_example_moves_the_sliders(gan, open_page):
    app = open_page("face_generation")
    app.button(key="example 1").click()
    settle(app.run())
    assert app.slider(key="truncation").value == 0.7
    assert "face 100" in face_buttons(app)


def test_a_clicked_face_is_the_one_looked_at(gan, open_page):
    app = open_page("face_generation")
    app.button(key="face 7").click()
    settle(app.run())
    assert app.session_state["Picked.seeds"] == [7, 0]
    assert "Seed 7" in image_captions(app)


def image_captions(app) -> list[str]:
    return [image.caption for element in app.get("image") for image in element.proto.imgs]


def test_two_picked_faces_give_a_strip_and_an_animation(gan, open_page):
    app = open_page("face_generation", view="between")
    assert not app.exception
    assert "From ② (seed 1) to ① (seed 0)" in captions(app)
    assert "There and back, endlessly" in image_captions(app)


def test_the_walk_shows_the_angle(gan, open_page):
    app = open_page("face_generation", view="walk", degrees=45)
    assert not app.exception
    assert "+45°" in image_captions(app)


def test_the_page_says_what_the_model_was_trained_on_and_its_licence(gan, open_page):
    words = captions(open_page("face_generation"))
    assert "DigiFace-1M" in words
    assert "non-commercial research" in words


def test_diffusion_has_steps_and_a_scheduler_and_no_truncation(gan, ddpm, open_page):
    app = open_page("face_generation", model="ddpm-celebahq-256", steps=3)
    assert not app.exception
    assert app.selectbox(key="scheduler").value == "dpm-solver"
    assert not [s for s in app.slider if s.key == "truncation"]
    assert any("From noise to face" in m.value for m in app.markdown)


def test_changing_to_the_slow_model_asks_it_for_one_face(gan, ddpm, open_page):
    app = open_page("face_generation", steps=2)
    app.selectbox(key="model").set_value("ddpm-celebahq-256")
    settle(app.run())
    assert not app.exception
    assert not app.error
    assert face_buttons(app) == ["face 0"]


def test_missing_weights_are_offered(open_page):
    app = open_page("face_generation")
    assert "Not on this computer yet" in " ".join(m.value for m in app.markdown)
    assert not app.exception
