"""Pages run through AppTest, from the shell, as a browser would open them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import tasks, workers
from core.jobs import heartbeat
from pages._ui.kit.address import page_of

MAIN = str(Path(__file__).parents[2] / "pages" / "main.py")


@pytest.fixture(autouse=True)
def no_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread outlives a test and starts jobs in the next one's data folder; workers import what they need."""
    monkeypatch.setattr(heartbeat, "start", lambda: None)
    monkeypatch.setattr(workers.shared, "warm", lambda: None)


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """`open_page("sentiment")` gives the page after its first run; keyword `lang` picks the language,
    `example` the example that was clicked, `address` holds parameters of its address."""

    def open_(
        name: str,
        lang: str = "en",
        address: dict[str, str] | None = None,
        example: str = "",
        **session: object,
    ) -> AppTest:
        st.cache_resource.clear()
        st.cache_data.clear()
        app = AppTest.from_file(MAIN, default_timeout=120)
        app.session_state["lang"] = lang
        app.session_state["Session.example"] = example
        for key, value in session.items():
            app.session_state[key] = value
        file = page_of(name) if name in tasks.names() else f"{name}.py"
        if Path(file).stem != name:
            app.run()  # AppTest finds a page that is not called as its file in the navigation alone
        for key, value in (address or {}).items():
            app.query_params[key] = value
        app.switch_page(file)
        return settle(app.run())

    return open_


def settle(app: AppTest, seconds: float = 120) -> AppTest:
    """Run the page again until no work is under way; what a browser's polling would do."""
    deadline = time.monotonic() + seconds
    while any(b.label in ("Cancel", "取消") for b in app.button):
        assert time.monotonic() < deadline, "the page is still working"
        time.sleep(0.2)
        app.run()
    return app
