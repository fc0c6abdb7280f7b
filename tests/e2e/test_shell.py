"""What surrounds every page: deep links, language, narrow screens."""

from __future__ import annotations

import re

import pytest

from core import tasks
from core.jobs import store
from core.jobs.store import Job
from tests.pages.jobs import told
from tests.pages.test_training import answers

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
    fits_and_is_chinese(visit(name, width=390, lang="zh"))


@pytest.mark.parametrize("name", [*(f"{task}?part=tune" for task in tasks.names()), "training"])
def test_so_it_is_where_models_are_fine_tuned(tab, own_portal, training, name):
    training("done")
    fits_and_is_chinese(tab(name, at=own_portal.url, width=390, lang="zh"))


@pytest.fixture
def training(own_portal):
    """`training("done")` puts a training into the portal's store, with answers to its items."""
    made = []

    def training_(state: str) -> Job:
        job = told(state, task="sentiment", probes=("好",))
        rows = [
            {"text": "好", "label": "正", "predicted": said, "score": 0.9, "right": said == "正"}
            for said in ("正", "负")
        ]
        answers(job, base=rows, best=rows)
        made.append(job)
        return job

    yield training_
    for job in made:  # not cancelled: the worker of a running one is this very process
        store.remove(job.id)


@pytest.mark.parametrize("state", ["running", "done"])
def test_and_so_it_is_where_one_looks_at_a_training(tab, own_portal, training, state):
    address = f"training?job={training(state).id}"
    fits_and_is_chinese(tab(address, at=own_portal.url, width=390, lang="zh"))


def fits_and_is_chinese(page) -> None:
    settled(page)
    for summary in page.locator("details > summary").all():
        summary.click()
    page.wait_for_timeout(500)
    main = page.get_by_test_id("stMain")
    wide = main.evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels wider than the screen"
    assert english_sentences(main) == []


def settled(page) -> None:
    """Wait until the page has stopped running and no work is under way."""
    page.wait_for_timeout(1500)
    page.locator("[data-test-script-state=notRunning]").wait_for()
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
