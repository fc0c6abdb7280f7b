"""The object detection page."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from core.data import samples
from core.inputs import video
from tests.pages.conftest import settle

pytestmark = pytest.mark.starters


def words(app) -> str:
    return " ".join(heading.value for heading in app.subheader)


def test_the_first_example_is_answered_when_the_page_opens(starters, open_page):
    app = open_page("object_detection")
    assert not app.exception
    assert "× person" in words(app)
    assert "1 × bus" in words(app)


def test_the_confidence_slider_draws_again_without_the_network(starters, open_page, monkeypatch):
    from core.tasks.object_detection.ssd import SSDDetector

    app = open_page("object_detection")
    calls: list[int] = []
    monkeypatch.setattr(SSDDetector, "predict", lambda *_: calls.append(1))
    app.slider(key="confidence").set_value(0.9)
    settle(app.run())
    assert words(app) == "1 × person, 1 × bus"
    assert not calls


def test_the_class_filter_leaves_only_what_was_chosen(starters, open_page):
    app = open_page("object_detection")
    app.multiselect(key="classes").set_value(["bus"])
    settle(app.run())
    assert words(app) == "1 × bus"


def test_the_overlap_slider_ends_where_the_models_own_suppression_begins(starters, open_page):
    assert open_page("object_detection").slider(key="iou").max == 0.6


def test_several_pictures_are_counted_together(starters, open_page):
    app = open_page("object_detection")
    files = [
        (s.file.name, s.path.read_bytes(), "image/jpeg") for s in (samples.BUS, samples.ZIDANE)
    ]
    app.file_uploader[0].set_value(files)
    settle(app.run())
    assert not app.exception
    assert "5 × person" in words(app)


def test_a_broken_picture_is_named_and_the_other_one_is_answered(starters, open_page):
    app = open_page("object_detection")
    broken = ("broken.jpg", b"\xff\xd8\xff\xe0 not a picture", "image/jpeg")
    good = ("good.jpg", samples.ZIDANE.path.read_bytes(), "image/jpeg")
    app.file_uploader[0].set_value([broken, good])
    settle(app.run())
    assert "broken.jpg" in app.error[0].value
    assert words(app) == "2 × person"


def test_chinese_visitors_read_chinese_class_names(starters, open_page):
    app = open_page("object_detection", lang="zh")
    assert "公交车" in words(app)


def test_a_video_is_annotated_and_counted(starters, open_page, tmp_path: Path):
    app = open_page("object_detection", kind="video")
    photo = Image.open(samples.ZIDANE.path).convert("RGB").resize((320, 180))
    video.encode((photo for _ in range(4)), Fraction(4), tmp_path / "clip.mp4")
    app.file_uploader[0].set_value(("clip.mp4", (tmp_path / "clip.mp4").read_bytes(), "video/mp4"))
    settle(app.run())
    assert not app.exception
    assert any("4 frames" in text.value and "2 × person" in text.value for text in app.markdown)


def test_what_is_no_video_is_refused_with_a_message(starters, open_page):
    app = open_page("object_detection", kind="video")
    data = BytesIO()
    Image.new("RGB", (9, 9)).save(data, "PNG")
    app.file_uploader[0].set_value(("clip.mp4", data.getvalue(), "video/mp4"))
    settle(app.run())
    assert "MP4, MOV or AVI" in app.error[0].value


def test_a_class_of_a_model_from_elsewhere_brings_no_picture(open_page):
    from pages._ui.predict import detections

    assert detections.in_words({"![x](http://elsewhere/x.png)": 2}).startswith(r"2 × \!\[x\]")
