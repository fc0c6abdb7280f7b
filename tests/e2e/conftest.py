"""A real server on the real starters, and a real browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def start_server(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """`streamlit run app.py` on a free port; the process and its address, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    log = (folder / "server.log").open("wb")
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
    url = f"http://127.0.0.1:{port}"
    for _attempt in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return server, url
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError((folder / "server.log").read_text())


@pytest.fixture(scope="session")
def real_environment() -> Iterator[None]:
    """The server of the browser tests works on the real data folder; nothing is written to it."""
    from tests.conftest import REAL_DATA

    before = os.environ.get("PORTAL_DATA")
    if REAL_DATA:
        os.environ["PORTAL_DATA"] = REAL_DATA
    else:
        os.environ.pop("PORTAL_DATA", None)
    yield
    if before:
        os.environ["PORTAL_DATA"] = before


@pytest.fixture(scope="session")
def portal(real_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one server for all browser tests."""
    server, url = start_server(tmp_path_factory.mktemp("server"))
    yield url
    server.terminate()
    server.wait()


@pytest.fixture
def fresh_portal(real_environment: None, tmp_path: Path) -> Iterator[str]:
    """Address of a server that nobody has asked anything yet."""
    server, url = start_server(tmp_path)
    yield url
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    from core.bench import chromium
    from core.errors import UsageError

    try:
        path = chromium()
    except UsageError as error:
        pytest.skip(str(error))
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield one
        one.close()


@pytest.fixture
def visit(browser, portal) -> Iterator[Callable[..., object]]:
    """`visit("sentiment", width=390, lang="zh", theme="dark")` opens a page for a new visitor.

    The test fails when the page asked any other host for anything.
    """
    contexts, strangers = [], []

    def open_(
        page: str = "", width: int = 1280, lang: str = "en", theme: str = "light", at: str = portal
    ):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, locale="en-US"
        )
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(90_000)
        tab.on("request", lambda request: _note(request.url, strangers))
        tab.goto(f"{at}/{page}{'&' if '?' in page else '?'}lang={lang}")
        tab.get_by_role("heading", level=1).first.wait_for()
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert strangers == [], "a page asked another host"


def _note(url: str, strangers: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        strangers.append(url)
