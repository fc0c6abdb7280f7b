"""The object detection page."""

from __future__ import annotations

import zipfile
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

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
    from core.tasks.object_detection.families.ssd import SSDDetector

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


def test_several_images_are_counted_together(starters, open_page):
    app = open_page("object_detection")
    files = [
        (s.file.name, s.path.read_bytes(), "image/jpeg") for s in (samples.BUS, samples.ZIDANE)
    ]
    app.file_uploader[0].set_value(files)
    settle(app.run())
    assert not app.exception
    assert "5 × person" in words(app)


def test_a_broken_image_is_named_and_the_other_one_is_answered(starters, open_page):
    app = open_page("object_detection")
    broken = ("broken.jpg", b"\xff\xd8\xff\xe0 not an image", "image/jpeg")
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
    assert "MP4, MOV, AVI" in app.error[0].value


def test_a_class_of_a_model_from_elsewhere_brings_no_image():
    from pages._ui.predict.marked import Marks

    marks = Marks(None, None, name=str, colour=str, table=None, nothing="")
    assert marks.in_words({"![x](http://elsewhere/x.png)": 2}).startswith(r"2 × \!\[x\]")


@pytest.fixture
def downloads(monkeypatch) -> dict[str, object]:
    """What the page offers to take home, by file name."""
    from pages._ui.predict import results

    offered: dict[str, object] = {}
    monkeypatch.setattr(
        results, "download", lambda _label, data, name, _mime: offered.update({name: data})
    )
    return offered


def digit(number: int = 7) -> tuple[str, bytes, str]:
    """An image with a digit, as our starter of digits finds it."""
    image = Image.new("RGB", (160, 160), (30, 30, 40))
    font = ImageFont.load_default(48)
    ImageDraw.Draw(image).text((50, 50), str(number), "white", font=font, stroke_width=1)
    data = BytesIO()
    image.save(data, "PNG")
    return "digit.png", data.getvalue(), "image/png"


def of_digits(open_page, **given: object):
    """The page with the starter of digits and an image of a 7."""
    app = open_page("object_detection", address={"model": "yolo11n-digits", **given})
    app.file_uploader[0].set_value(digit())
    return settle(app.run())


def test_a_detector_with_classes_of_its_own_is_answered(open_page):
    app = of_digits(open_page)
    assert not app.exception
    assert not app.error
    assert words(app) == "1 × 7"


def test_the_yolo_files_have_the_classes_of_the_model_that_answered(open_page, downloads):
    of_digits(open_page)
    with zipfile.ZipFile(BytesIO(downloads["boxes-yolo.zip"])) as bundle:
        assert bundle.read("classes.txt").decode().split() == list("0123456789")
        assert bundle.read("digit.txt").decode().startswith("7 ")


def test_the_class_filter_lists_what_the_chosen_model_knows(open_page):
    app = of_digits(open_page)
    assert app.multiselect(key="classes").options == list("0123456789")
    app.multiselect(key="classes").set_value(["3"])
    settle(app.run())
    assert words(app) == "Nothing found at this confidence"


def test_a_link_may_name_a_class_of_the_model(open_page):
    app = of_digits(open_page, classes=["3"])
    assert app.multiselect(key="classes").value == ["3"]
    assert words(app) == "Nothing found at this confidence"


def test_chosen_classes_that_another_model_does_not_know_are_dropped(starters, open_page):
    app = open_page("object_detection")
    app.multiselect(key="classes").set_value(["bus"])
    app = settle(app.run())
    app.selectbox(key="model").select("yolo11n-digits")
    settle(app.run())
    assert not app.exception
    assert app.multiselect(key="classes").value == []


def test_the_csv_file_has_a_line_a_box(open_page, downloads):
    of_digits(open_page)
    header, line, *_ = downloads["boxes.csv"].split("\r\n")
    assert header == "input,label,score,x1,y1,x2,y2"
    assert line.startswith("digit.png,7,0.")
