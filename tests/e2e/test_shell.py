"""What surrounds every page: deep links, language, narrow screens."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.starters, pytest.mark.usefixtures("starters")]

PAGES = (
    "",  # home
    "models",
    "image_classification",
    "object_detection",
    "face_generation",
    "translation",
    "sentiment",
    "question_answering",
)


def test_a_deep_link_as_the_first_request_gets_the_whole_shell(visit, fresh_portal):
    page = visit("sentiment", lang="zh", at=fresh_portal)
    assert "情感" in page.get_by_role("heading", level=1).inner_text()
    page.get_by_test_id("stSidebarNav").wait_for()


def test_the_language_switch_translates_the_page_and_survives_a_reload(visit):
    page = visit("image_classification")
    page.get_by_role("heading", name="Image classification").wait_for()
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    page.get_by_role("option", name="简体中文").click()
    page.get_by_role("heading", name="图像分类").wait_for()
    page.reload()
    page.get_by_role("heading", name="图像分类").wait_for()


def test_the_browsers_language_is_the_first_choice(browser, portal):
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(portal)
    page.get_by_role("link", name="图像分类").first.wait_for(timeout=30_000)
    context.close()


def test_the_footer_serves_licence_and_source(visit, portal):
    page = visit()
    page.get_by_role("link", name="AGPL-3.0").wait_for()
    assert "AFFERO" in page.request.get(f"{portal}/licence").text()
    assert page.request.get(f"{portal}/source.zip").body()[:2] == b"PK"


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_in_chinese_nothing_overflows_and_nothing_is_english(visit, name):
    page = visit(name, width=390, lang="zh")
    settled(page)
    for summary in page.locator("details > summary").all():
        summary.click()
    page.wait_for_timeout(500)
    main = page.get_by_test_id("stMain")
    wide = main.evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels wider than the screen"
    assert english_sentences(main) == []


def settled(page) -> None:
    """Wait until the page has stopped running and no work is under way."""
    page.wait_for_timeout(1500)
    page.get_by_role("button", name=re.compile("^(Cancel|取消)$")).first.wait_for(
        state="detached", timeout=120_000
    )
    page.wait_for_timeout(500)


def english_sentences(main) -> list[str]:
    """Runs of four English words outside code, what people type, and what models are asked or say."""
    text = main.evaluate(
        """e => {
            const copy = e.cloneNode(true);
            for (const part of copy.querySelectorAll(
                'code, pre, textarea, input, style, script, svg, .katex, [class*="st-key-data"]'
            )) part.remove();
            return copy.textContent;
        }"""
    )
    return re.findall(r"[A-Za-z][a-z'’]+(?:[ ,]+[a-z'’]{2,}){3,}", text)
