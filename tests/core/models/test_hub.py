"""Fetching from a model hub, through the hub's own library, from a stand-in on this computer."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.errors import CancelledError, DownloadError
from core.models import weights
from core.models.catalog import Licence, Weights
from core.models.sources import HubSource
from core.progress import Progress

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {"config.json": b'{"a": 1}', "model.safetensors": bytes(range(256)) * 200}


@pytest.fixture
def hub(monkeypatch):
    """A hub with one repository, `team/model`; its address is HF_ENDPOINT. Yields the paths asked for."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(with_body=False)

        def do_GET(self):
            self.answer(with_body=True)

        def answer(self, with_body):
            asked.append(self.path)
            if self.path.startswith("/api/models/team/model"):
                body = json.dumps(
                    {"id": "team/model", "modelId": "team/model", "sha": COMMIT, "siblings": []}
                )
                self.send(200, body.encode(), with_body, {"Content-Type": "application/json"})
                return
            body = FILES.get(self.path.rpartition("/")[2])
            if body is None or f"/{COMMIT}/" not in self.path:
                self.send(404, b"", with_body, {"X-Error-Code": "EntryNotFound"})
                return
            marks = {"ETag": f'"{hashlib.sha256(body).hexdigest()}"', "X-Repo-Commit": COMMIT}
            self.send(200, body, with_body, marks)

        def send(self, status, body, with_body, headers):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *_):
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{http.server_address[1]}")
    yield asked
    http.shutdown()


def model(*files: str) -> Weights:
    return Weights("team-model", HubSource("team/model", "main", files), Licence("MIT"), 0.1)


def test_the_named_files_come_from_the_mirror_and_the_commit_is_recorded(hub):
    folder = weights.fetch(model(*FILES), Progress())
    assert {p.name: p.read_bytes() for p in folder.iterdir() if p.name in FILES} == FILES
    assert weights.manifest(model(*FILES))["commit"] == COMMIT
    assert weights.is_ready(model(*FILES))


def test_nothing_but_the_named_files_is_asked_for(hub):
    weights.fetch(model("config.json"), Progress())
    assert not any("safetensors" in path or path.endswith(".py") for path in hub)


def test_a_file_the_repository_lacks_is_an_error_that_names_the_repository(hub):
    with pytest.raises(DownloadError, match="team/model"):
        weights.fetch(model("config.json", "missing.bin"), Progress())
    assert not weights.is_ready(model("config.json", "missing.bin"))


def test_progress_follows_the_bytes(hub):
    seen = []
    weights.fetch(
        model("model.safetensors"),
        Progress(report=lambda done, total, note: seen.append((done, total))),
    )
    assert (51200, 51200) in seen


def test_cancelling_leaves_nothing_ready(hub):
    progress = Progress()
    progress.report = lambda done, total, note: progress.cancelled.set() if total else None
    with pytest.raises(CancelledError):
        weights.fetch(model(*FILES), progress)
    assert not weights.is_ready(model(*FILES))
