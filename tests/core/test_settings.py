"""Settings from the environment."""

from __future__ import annotations

import pytest

from core.errors import UsageError
from core.settings import settings


def test_a_variable_overrides_a_limit(monkeypatch):
    monkeypatch.setenv("PORTAL_TEXT_CHARS", "7")
    settings.cache_clear()
    assert settings().text_chars == 7


def test_a_value_that_cannot_be_used_names_the_variable(monkeypatch):
    monkeypatch.setenv("PORTAL_TEXT_CHARS", "many")
    settings.cache_clear()
    with pytest.raises(UsageError, match="PORTAL_TEXT_CHARS=many"):
        settings()
