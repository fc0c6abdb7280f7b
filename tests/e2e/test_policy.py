"""What a browser is allowed to load: nothing from elsewhere, whatever names, links and files say."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

import pytest

from core.data import datasets, samples
from core.data.drafts import Draft, Sample
from core.jobs import store
from tests.e2e.test_journeys import answered, upload
from tests.e2e.test_shell import settled
from tests.pages.jobs import told

pytestmark = [pytest.mark.browser, pytest.mark.starters, pytest.mark.usefixtures("starters")]

FOREIGN = "![x](http://foreign.example/a.png) [y](http://foreign.example) <img src=http://foreign.example/b> "
FOREIGN += "http://foreign.example www.foreign.example :material/home:"
ASKED = FOREIGN.replace("&", "%26").replace("#", "%23")


def nothing_foreign(page) -> None:
    """The page shows the words, and neither a link nor an image comes of them. (`tab` sees to the requests.)"""
    settled(page)
    assert page.locator("[href*='foreign.example'], [src*='foreign.example']").count() == 0


@pytest.mark.parametrize(
    "address",
    [
        f"training?job={ASKED}",
        f"sentiment?part=tune&job={ASKED}",
        f"image_classification?model={ASKED}&second={ASKED}",
        f"object_detection?classes={ASKED}&model={ASKED}",
    ],
)
def test_an_address_makes_the_browser_ask_nobody_else(visit, address):
    nothing_foreign(visit(address))


def test_names_in_the_store_make_the_browser_ask_nobody_else(tab, own_portal):
    rows = [{"text": f"{FOREIGN} {i}", "label": f"{FOREIGN} {i % 2}"} for i in range(4)]
    draft = Draft(samples=[Sample(row, "line 1", key=row["text"]) for row in rows], facts={})
    data = datasets.add("sentiment", FOREIGN[:80], draft)
    job = told("done", task="sentiment", name=FOREIGN, data=data.id, probes=(FOREIGN,))
    try:
        for address in (
            "training",
            f"training?job={job.id}&look=probes",
            f"sentiment?part=tune&data={data.id}",
        ):
            nothing_foreign(tab(address, at=own_portal.url))
    finally:
        store.remove(job.id)


def test_an_image_that_slips_through_is_not_fetched(visit):
    page = visit()
    blocked = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener('securitypolicyviolation', e => done(e.violatedDirective));
            const image = document.createElement('img');
            image.src = 'http://127.0.0.1:9/a.png';
            document.body.append(image);
        })"""
    )
    assert blocked == "img-src"


@pytest.mark.parametrize("path", ["", "sentiment", "licence", "examples/none", "_stcore/health"])
def test_every_response_carries_the_policy(portal, path):
    try:
        said = urllib.request.urlopen(f"{portal}/{path}").headers
    except urllib.error.HTTPError as error:
        said = error.headers
    policy = dict(part.split(" ", 1) for part in said["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert not re.search(r"https?:|\*", " ".join(policy.values()))
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"


def test_charts_images_and_uploads_keep_to_the_policy(visit):
    page = visit("object_detection")
    broken: list[str] = []
    page.on("console", lambda said: broken.append(said.text))
    upload(page, str(samples.ZIDANE.path))
    page.get_by_role("heading", name=re.compile("person")).wait_for()
    answered(page)
    page.locator(
        "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
    ).first.wait_for()
    with page.expect_download():
        page.get_by_role("button", name="💾 CSV").click()
    assert [one for one in broken if "Content Security Policy" in one] == []
