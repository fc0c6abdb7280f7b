"""What stands in an address comes from whoever made the link: it changes a choice or nothing, and is drawn as text."""

from __future__ import annotations

import pytest

from tests.pages.conftest import no_heartbeat, open_page  # noqa: F401 (fixtures)

IMAGE = "![x](http://elsewhere.example/x.png)"
VALUES = {
    "image": IMAGE,
    "link": "[x](javascript:alert(1))",
    "markup": "<img src=http://elsewhere.example/x.png onerror=alert(1)>",
    "empty": "",
    "path": "../../../../etc/passwd",
    "zero": "a\0b",
    "control": "\x1b[2J\r\n",
    "braces": "{0.__class__}{name}%s",
    "number of 5,000 digits": "9" * 5_000,
    "negative": "-1",
    "not a number": "nan",
    "endless": "inf",
    "list": "[[[[1]]]]",
    "long": "a" * 100_000,
    "query": "x&lang=zh&part=tune#y",
    "sql": "' OR 1=1; DROP TABLE jobs; --",
    "right to left": "\u202eabc",
    "unicode": "\U0010ffff\u0000\ufffe",
}
PLACES = (
    ("training", "job"),
    ("training", "lang"),
    ("sentiment", "model"),
    ("sentiment", "part"),
    ("sentiment", "ft.epochs"),
    ("sentiment", "ft.data"),
    ("translation", "source"),
    ("translation", "targets"),
    ("object_detection", "classes"),
    ("face_generation", "seed"),
    ("question_answering", "model"),
    ("image_classification", "model"),
    ("models", "model"),
    ("home", "lang"),
)
ALL = [(page, key, name) for page, key in PLACES for name in VALUES]
QUICK = [("training", "job", "image"), ("sentiment", "model", "image"), ("sentiment", "ft.epochs", "number of 5,000 digits"),
         ("translation", "targets", "zero")]  # fmt: skip


def check(open_page, page: str, key: str, name: str) -> None:  # noqa: F811
    more = {"part": "tune"} if key.startswith("ft.") else {}
    app = open_page(page, address={key: VALUES[name], **more})
    assert not app.exception
    for shown in (*app.markdown, *app.caption, *app.error, *app.warning, *app.info):
        assert IMAGE not in shown.value, "an image from outside"
        assert VALUES["link"] not in shown.value, "a link from outside"


@pytest.mark.parametrize(("page", "key", "name"), QUICK)
def test_a_hostile_address_opens_the_page(page, key, name, open_page):  # noqa: F811
    check(open_page, page, key, name)


@pytest.mark.heavy
@pytest.mark.parametrize(("page", "key", "name"), ALL)
def test_every_hostile_address_opens_the_page(page, key, name, open_page):  # noqa: F811
    check(open_page, page, key, name)
