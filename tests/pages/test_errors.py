"""How failures read on a page, in both languages."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from core import tasks
from core.errors import N_, DownloadError, ImageError, PortalError, UsageError

DAMAGED = N_("{name} is damaged and cannot be read ({why}). Save it again or choose another.")


def shown(error: BaseException, lang: str) -> AppTest:
    def script():
        import streamlit as st

        from pages._ui.kit import errors

        errors.show(st.session_state["error"])

    app = AppTest.from_function(script)
    app.session_state["lang"], app.session_state["error"] = lang, error
    return app.run()


@pytest.fixture
def damaged() -> ImageError:
    return ImageError(DAMAGED, name="cat.jpg", why=OSError("image file is truncated"))


def test_english_visitors_read_the_librarys_words_in_the_sentence(damaged):
    app = shown(damaged, "en")
    assert "cannot be read (image file is truncated)" in app.error[0].value
    assert not app.code


def test_chinese_visitors_read_a_chinese_sentence(damaged):
    (error,) = shown(damaged, "zh").error
    assert error.value.startswith("cat.jpg 已损坏")
    assert not re.search(r"[a-z]+ [a-z]+", error.value)


def test_chinese_visitors_find_the_librarys_words_below_as_code(damaged):
    (code,) = shown(damaged, "zh").code
    assert code.value == "image file is truncated"


def test_a_broken_rule_is_told_in_chinese():
    with pytest.raises(UsageError) as caught:
        tasks.find("image_classification").parse({"top_k": 0})
    app = shown(caught.value, "zh")
    assert app.error[0].value == "选项 top_k 不能为 0：不得小于 1。"
    assert not app.code


def test_a_reason_of_our_own_is_told_in_chinese():
    reason = PortalError(N_("{host} cannot be reached"), host="example.org")
    error = DownloadError(
        "{name} cannot be fetched: {why}. Connect, set HF_ENDPOINT or pip's index, try again.",
        name="resnet18",
        why=reason,
    )
    app = shown(error, "zh")
    assert "cannot" not in app.error[0].value
    assert not app.code
