"""The journey of somebody with a photograph."""

from __future__ import annotations

import pytest

from core import samples

pytestmark = [pytest.mark.browser, pytest.mark.starters, pytest.mark.usefixtures("starters")]


def test_upload_a_picture_move_a_slider_and_download(visit, starters):
    page = visit("image_classification")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(str(samples.FLOWER.path))
    page.get_by_text("daisy").or_(page.get_by_text("forward")).first.wait_for()
    with page.expect_download() as got:
        page.get_by_role("button", name="CSV").click()
    rows = got.value.path().read_text("utf-8-sig").splitlines()
    assert rows[0] == "file,model,rank,index,label,score"
    assert rows[1].startswith("flower.jpg,efficientnet-lite0,1,")


def test_a_broken_file_gets_a_message_and_the_page_goes_on(visit, starters, tmp_path):
    bad = tmp_path / "broken.png"
    bad.write_bytes(b"no picture")
    page = visit("image_classification")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        [str(bad), str(samples.CHELSEA.path)]
    )
    page.get_by_text("broken.png is not a picture").wait_for()
    page.get_by_text("forward").first.wait_for()
