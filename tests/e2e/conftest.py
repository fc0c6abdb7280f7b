"""A real server on the real starters, and a real browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(
    folder: Path, port: int | None = None, **settings: str
) -> tuple[subprocess.Popen[bytes], str]:
    """`streamlit run app.py`; the process and its address, once it answers. `settings` are variables
    of its environment."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    log = (folder / "server.log").open("ab")
    environment = os.environ | settings
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

    from core.cli.bench import chromium
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
def tab(browser) -> Iterator[Callable[..., object]]:
    """`tab("sentiment", at=ADDRESS, width=390, lang="zh", theme="dark")` opens a page for a new visitor.

    The test fails when the page asked any other host for anything.
    """
    contexts, strangers = [], []

    def open_(page: str = "", *, at: str, width: int = 1280, lang: str = "en", theme="light"):
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


@pytest.fixture
def visit(tab, portal) -> Callable[..., object]:
    """`tab` on the server of all browser tests."""
    return partial(tab, at=portal)


class OwnPortal:
    """A server on a data folder of its own, which can be killed and started again at its address."""

    def __init__(self, folder: Path) -> None:
        self.data, self._folder, self._port = folder / "data", folder, free_port()
        self.start()

    def start(self) -> None:
        self._server, self.url = start_server(
            self._folder, self._port, PORTAL_DATA=str(self.data), PORTAL_OFFLINE="1"
        )

    def kill(self) -> None:
        self._server.kill()
        self._server.wait()


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPortal]:
    from platformdirs import user_data_path

    from tests.conftest import REAL_DATA

    folder = tmp_path_factory.mktemp("own")
    real = Path(REAL_DATA or user_data_path("deep-learning-portal", appauthor=False))
    (folder / "data").mkdir()
    (folder / "data" / "weights").symlink_to(real / "weights")
    server = OwnPortal(folder)
    yield server
    server.kill()


@pytest.fixture
def own_portal(
    starters: Path, own_server: OwnPortal, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OwnPortal]:
    """A portal to train in: the starters' weights, and jobs and models that are nobody else's. The test
    sees its data folder; what still runs at the end is ended."""
    from core.jobs import queue, store
    from core.settings import settings

    monkeypatch.setenv("PORTAL_DATA", str(own_server.data))
    settings.cache_clear()
    yield own_server
    for job in store.jobs():
        queue.cancel(job.id)


def _note(url: str, strangers: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        strangers.append(url)
