"""The headers of every response."""

from __future__ import annotations

import pytest

from pages._ui.kit.headers import inline_scripts, policy


def test_streamlits_own_script_is_let_by_its_hash():
    assert len(inline_scripts()) >= 1
    assert all(one.startswith("'sha256-") for one in inline_scripts())


def test_the_socket_of_the_asked_host_is_allowed():
    assert "ws://portal.example:8501 wss://portal.example:8501" in policy("portal.example:8501")


@pytest.mark.parametrize("host", ["", "a; script-src *", "a b", "*", "a\r\nX: y", "http://a"])
def test_a_host_that_is_none_adds_nothing(host):
    assert "ws:" not in policy(host)
    assert "*" not in policy(host)
