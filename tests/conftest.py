"""What all tests share: a data folder of their own, and the real starters where a test asks for them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: threads would only wait for each other
os.environ.setdefault("PORTAL_WORKERS", "1")  # one for all tests of a process, started by the first
REAL_DATA = os.environ.get("PORTAL_DATA")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file share what they set up, so they run in one process; all browser tests share a
    server that has loaded the models. They take longest and so come first."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
    for item in items:
        group = "browser" if item.get_closest_marker("browser") else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder; settings, loaded models and probes of other tests are forgotten."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("PORTAL_DATA", str(folder))
    _forget()
    yield folder
    _forget()


@pytest.fixture
def starters(monkeypatch: pytest.MonkeyPatch, data: Path) -> Path:
    """The real data folder with the starter weights; the test is skipped where they are missing."""
    from core import tasks
    from core.models import weights
    from core.settings import settings

    if REAL_DATA:
        monkeypatch.setenv("PORTAL_DATA", REAL_DATA)
    else:
        monkeypatch.delenv("PORTAL_DATA")
    settings.cache_clear()
    missing = [w.name for w in tasks.starter_weights() if not weights.is_ready(w)]
    if missing:
        pytest.skip(f"not fetched: {', '.join(missing)} (python -m core fetch --starters)")
    return settings().data


@pytest.fixture
def starter_weights(starters: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The starters' weights in a data folder of the test's own, to train and keep things in."""
    from core.settings import settings

    (data / "weights").symlink_to(starters / "weights")
    monkeypatch.setenv("PORTAL_DATA", str(data))
    settings.cache_clear()
    return data


@pytest.fixture(autouse=True)
def trials_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models from elsewhere are tried in the test's own process, which has the libraries loaded."""
    from core.errors import Failure
    from core.tasks import trial

    if request.node.get_closest_marker("trial_process"):
        return

    def here(application: str, folder: Path) -> None:
        try:
            trial.trial(application, folder)
        except Exception as error:
            raise trial.refusal(Failure.of(error)) from error

    monkeypatch.setattr(trial, "bounded", here)


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections beyond this computer fail, unless the test is marked `network`."""
    if request.node.get_closest_marker("network"):
        return
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("localhost", "127.0.0.1", "::1"):
            raise OSError(f"a test tried to reach {host}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


def _forget() -> None:
    from core import tasks
    from core.models import network
    from core.settings import settings

    settings.cache_clear()
    network.forget()
    for model, _device in tasks.pool.loaded():
        tasks.pool.drop(model)
