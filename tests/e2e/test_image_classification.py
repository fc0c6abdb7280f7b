"""The journey of somebody with a photograph."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.data import samples

pytestmark = [pytest.mark.browser, pytest.mark.starters, pytest.mark.usefixtures("starters")]


def upload(page, *files: str) -> None:
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(list(files))


def answered(page, name: str) -> None:
    """Wait for the answer that begins with this class."""
    page.get_by_role("heading", name=name).wait_for()


def test_the_examples_are_buttons_with_their_photographs(visit, portal):
    page = visit("image_classification")
    button = page.get_by_role("button", name="Coffee")
    shown = button.evaluate("button => getComputedStyle(button, '::before').backgroundImage")
    picture = page.request.get(shown.removeprefix('url("').removesuffix('")')).body()
    assert Image.open(io.BytesIO(picture)).size == (208, 156)
    button.click()
    answered(page, "espresso")
    assert page.request.get(f"{portal}/examples/portal.json").status == 404


def test_upload_a_picture_move_a_slider_and_download(visit):
    page = visit("image_classification")
    answered(page, "tiger cat")  # the example's
    upload(page, str(samples.FLOWER.path))
    answered(page, "daisy")
    expect(page.get_by_text("Example: Cat")).to_be_hidden()  # it is not the cat's photographer's
    page.get_by_role("slider", name="Classes shown").press("ArrowLeft")
    page.get_by_role("slider", name="Classes shown").press("ArrowLeft")
    chart = page.get_by_test_id("stVegaLiteChart")
    expect(chart.get_by_text("mushroom")).to_be_visible()
    expect(chart.get_by_text("sea anemone")).to_be_hidden()
    with page.expect_download() as got:
        page.get_by_role("button", name="CSV").click()
    rows = got.value.path().read_text("utf-8-sig").splitlines()
    assert rows[0] == "file,model,rank,index,label,score"
    assert [row.split(",")[:3] for row in rows[1:]] == [
        ["flower.jpg", "efficientnet-lite0", str(rank)] for rank in (1, 2, 3)
    ]


WATCH = """() => {
    window.offered = [];
    const look = () => {
        const button = document.querySelector('[data-testid=stDownloadButton] button');
        const place = button?.closest('[data-stale=true]');
        if (place) window.offered.push(getComputedStyle(button).pointerEvents);
        window.watching = requestAnimationFrame(look);
    };
    look();
}"""
"""Notes in every frame whether the button of an answer that is out of date could be clicked."""


def test_while_a_new_picture_is_looked_at_the_old_answer_is_not_for_download(visit, tmp_path):
    large = tmp_path / "large.png"  # takes a moment to look at
    with Image.open(samples.COFFEE.path) as coffee:
        coffee.resize((6000, 4000)).save(large, compress_level=1)
    page = visit("image_classification")
    answered(page, "tiger cat")
    page.evaluate(WATCH)
    upload(page, str(large))
    answered(page, "espresso")
    assert set(page.evaluate("window.offered")) == {"none"}


def test_a_broken_file_gets_a_message_and_the_page_goes_on(visit, tmp_path):
    bad = tmp_path / "broken.png"
    bad.write_bytes(b"no picture")
    page = visit("image_classification")
    upload(page, str(bad), str(samples.COFFEE.path))
    page.get_by_text("broken.png is not an image").wait_for()
    answered(page, "espresso")
