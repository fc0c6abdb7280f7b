"""A closed tab ends what a worker does for it."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.e2e.conftest import start_server
from tests.e2e.test_finetune import upload
from tests.pages.test_background import hostile

pytestmark = [pytest.mark.browser, pytest.mark.heavy, pytest.mark.starters]


def workers(server) -> dict[int, float]:
    """CPU seconds of each worker of the server."""
    found = {}
    for child in psutil.Process(server.pid).children(recursive=True):
        if "core.workers.child" in child.cmdline():
            times = child.cpu_times()
            found[child.pid] = times.user + times.system
    return found


def busy(server) -> bool:
    before = workers(server)
    time.sleep(1.5)
    return any(seconds - before.get(pid, seconds) > 0.5 for pid, seconds in workers(server).items())


def test_a_closed_tab_ends_its_worker(tab, real_environment, tmp_path):
    own = {"PORTAL_DATA": str(tmp_path / "data"), "PORTAL_OFFLINE": "1", "PORTAL_WORKERS": "2"}
    server, url = start_server(tmp_path, **own)
    try:
        page = tab("sentiment?part=tune&data=upload", at=url)
        deadline = time.monotonic() + 100
        while len(workers(server)) < 2 or busy(server):  # they import what they need
            assert time.monotonic() < deadline
            time.sleep(1)
        upload(page, "t.csv", hostile(), "text/csv")
        page.get_by_role("button", name="Cancel").first.wait_for()
        assert busy(server)
        page.close()
        time.sleep(13)
        assert not busy(server)
    finally:
        server.kill()
        server.wait()
