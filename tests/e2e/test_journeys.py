"""On every page what somebody comes for, with their own file or words, to the answer and the download."""

from __future__ import annotations

import re
import zipfile

import pytest
from playwright.sync_api import expect

from core.data import samples

pytestmark = [pytest.mark.browser, pytest.mark.starters, pytest.mark.usefixtures("starters")]


def upload(page, *files: str) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(list(files))


def answered(page) -> None:
    """Wait for the line under a result that says which model took how long."""
    page.get_by_text("forward").first.wait_for(timeout=150_000)


def test_object_detection_finds_people_and_a_slider_hides_them(visit):
    page = visit("object_detection?confidence=0.9")
    upload(page, str(samples.ZIDANE.path))
    page.get_by_role("heading", name="2 × person").wait_for()
    with page.expect_download() as got:
        page.get_by_role("button", name="💾 CSV").click()
    rows = got.value.path().read_text("utf-8-sig").splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["zidane.jpg", "zidane.jpg"]
    page.get_by_role("slider", name="Confidence").press("End")
    page.get_by_role("heading", name="Nothing found at this confidence").wait_for()


def test_object_detection_refuses_a_video_without_frames(visit, tmp_path):
    empty = tmp_path / "clip.mp4"
    empty.write_bytes(b"\0" * 2000)
    page = visit("object_detection?kind=video")
    upload(page, str(empty))
    page.get_by_test_id("stAlert").get_by_text("clip.mp4").wait_for()


def test_face_generation_draws_the_number_that_the_link_says(visit):
    page = visit("face_generation?count=4&seed=7")
    answered(page)
    with page.expect_download() as got:
        page.get_by_role("button", name=re.compile("ZIP")).click()
    with zipfile.ZipFile(got.value.path()) as faces:
        assert len([name for name in faces.namelist() if name.endswith(".png")]) == 4


def test_translation_of_typed_text(visit):
    page = visit("translation")
    area = page.get_by_role("textbox", name=re.compile("Text")).first
    area.fill("Un chien court sur la plage.")
    area.press("Control+Enter")
    page.get_by_text(re.compile("dog", re.I)).first.wait_for(timeout=150_000)
    answered(page)


def test_translation_of_an_uploaded_file(visit, tmp_path):
    file = tmp_path / "lettre.txt"
    file.write_text("Le train arrive à la gare.", "utf-8")
    page = visit("translation")
    upload(page, str(file))
    page.get_by_text(re.compile("The train", re.I)).first.wait_for(timeout=150_000)
    example = page.get_by_role("button", name="French: at the market")
    expect(example).to_have_attribute("kind", "secondary")  # what is answered is the file


def test_sentiment_of_typed_text(visit):
    page = visit("sentiment")
    page.get_by_role("heading", name="positive").wait_for()  # the example's answer
    area = page.get_by_role("textbox", name=re.compile("Text")).first
    area.fill("A dreadful film: dull, endless and badly acted.")
    area.press("Control+Enter")
    page.get_by_role("heading", name="negative").wait_for()


def test_sentiment_of_an_uploaded_table(visit, tmp_path):
    table = tmp_path / "reviews.csv"
    table.write_text("id,review\n1,I loved every minute\n2,A waste of money\n", "utf-8")
    page = visit("sentiment?kind=many")
    upload(page, str(table))
    page.locator("canvas td", has_text="I loved every minute").wait_for(state="attached")
    with page.expect_download() as got:
        page.get_by_role("button", name="💾 CSV").click()
    assert "I loved every minute" in got.value.path().read_text("utf-8-sig")


def test_question_answering_on_an_uploaded_passage(visit, tmp_path):
    passage = tmp_path / "bridge.txt"
    passage.write_text(
        "The old bridge was built in 1732 by the engineer Anna Petrova. It is 84 metres long.",
        "utf-8",
    )
    page = visit("question_answering")
    upload(page, str(passage))
    typed = page.get_by_role("textbox", name=re.compile("Passage")).first
    expect(typed).to_have_value(re.compile("1732"), timeout=60_000)
    area = page.get_by_role("textbox", name=re.compile("Questions")).first
    area.fill("When was the bridge built?")
    area.press("Control+Enter")
    page.locator("mark", has_text="1732").first.wait_for(timeout=150_000)


def test_a_link_restores_the_options(visit):
    page = visit("image_classification?top_k=3")
    assert "3" in page.get_by_test_id("stSlider").first.inner_text().split()


def test_two_models_side_by_side_offer_what_is_missing(visit):
    page = visit("image_classification?compare=true&second=resnet18")
    page.get_by_text("Not on this computer yet").wait_for()
    answered(page)
