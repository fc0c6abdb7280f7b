"""The weights folder: which models are on disk, and fetching, verifying and removing them.

Every folder holds the files and a manifest `portal.json` that is written last: a folder with a
manifest whose files are all there, at their recorded sizes, is ready. Nothing else is.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from core.errors import N_, IntegrityError, NotReadyError, OfflineError, PortalError
from core.files import remove_tree, telling
from core.models import fetching
from core.models.catalog import ModelEntry, Weights
from core.models.fetching import sha256
from core.models.network import forget, hub_endpoint, package_index, unreachable
from core.models.sources import (
    BundledSource,
    HubSource,
    PackageSource,
    RunSource,
    Source,
    TorchvisionSource,
    UrlSource,
)
from core.progress import Progress
from core.settings import settings

MANIFEST = "portal.json"
GONE = N_("files of the model {host} are missing; import it")
StateKind = Literal["ready", "downloadable", "offline"]


@dataclass(frozen=True)
class State:
    """Whether a model can be used now; `reason` (with `{host}`) says why it cannot be fetched."""

    kind: StateKind
    reason: str = ""
    host: str = ""


@dataclass(frozen=True)
class KnownFile:
    """A file as it was fetched: bytes, and the SHA-256 as hex digits."""

    size: int
    sha256: str


def folder(weights: Weights) -> Path:
    """Where the files of `weights` are, or would be."""
    if isinstance(weights.source, BundledSource):
        return _path(Path(__file__).parents[1], weights.source.folder)
    if isinstance(weights.source, RunSource):
        return _path(settings().data, "models", weights.source.model)
    return _path(settings().data, "weights", weights.name)


@lru_cache(maxsize=1024)
def _path(top: Path, *parts: str) -> Path:
    """Put together once: every run of a page asks for all models."""
    return top.joinpath(*parts)


def manifest(weights: Weights) -> dict[str, object]:
    """The manifest of fetched weights, {} where there is none or it cannot be read."""
    path = f"{folder(weights)}/{MANIFEST}"
    try:
        return _read(path, os.stat(path).st_mtime_ns)
    except (OSError, ValueError):
        return {}


def files(weights: Weights) -> Mapping[str, KnownFile]:
    """The files that the manifest lists, by their path in the folder; {} where there is none."""
    path = f"{folder(weights)}/{MANIFEST}"
    try:
        return _files(path, os.stat(path).st_mtime_ns)
    except (OSError, ValueError):
        return {}


def read_manifest(path: Path) -> Mapping[str, KnownFile]:
    """The files that the manifest in the folder `path` lists.

    Raises:
        OSError, ValueError: it is gone or damaged.
    """
    file = path / MANIFEST
    return _files(str(file), file.stat().st_mtime_ns)


@lru_cache(maxsize=512)
def _read(path: str, _changed: int) -> dict[str, object]:
    """Read once for as long as it stays the same."""
    return TypeAdapter(dict[str, object]).validate_json(Path(path).read_bytes())


@lru_cache(maxsize=512)
def _files(path: str, changed: int) -> dict[str, KnownFile]:
    listed = _read(path, changed).get("files", {})
    return TypeAdapter(dict[str, KnownFile]).validate_python(listed)


def is_ready(weights: Weights) -> bool:
    """Whether every file is there at its recorded size. Contents: see `verify`."""
    if weights.bundled:
        return True  # part of this repository
    listed, there = files(weights), folder(weights)
    return bool(listed) and all(
        _size(f"{there}/{name}") == known.size for name, known in listed.items()
    )


def states(entries: Iterable[ModelEntry]) -> dict[str, State]:
    """The state of each entry by id; all hosts are probed at once (see `core.models.network`)."""
    missing = {entry.id: [w for w in entry.weights if not is_ready(w)] for entry in entries}
    lacking = [w for absent in missing.values() for w in absent]
    dead = unreachable({where for w in lacking if (where := address(w.source))})
    return {model: _state(absent, dead) for model, absent in missing.items()}


def _state(missing: Sequence[Weights], dead: Mapping[str, str]) -> State:
    for w in missing:
        where = address(w.source)
        if not where:
            return State("offline", GONE, w.name)
        if where in dead:
            return State("offline", dead[where], urlsplit(where).netloc)
    return State("downloadable" if missing else "ready")


def address(source: Source) -> str:
    """The address that has to be reachable for `source` to be fetched; "" where nothing can be fetched: a part of
    this repository, or a model that was fine-tuned here."""
    if isinstance(source, PackageSource):
        return package_index().urls[0]
    if isinstance(source, HubSource):
        return f"{hub_endpoint()}/{source.repo}"
    if isinstance(source, TorchvisionSource):
        return "https://download.pytorch.org/models/"
    return source.url if isinstance(source, UrlSource) else ""


def require(entry: ModelEntry) -> list[Path]:
    """The folders of an entry's weights, in order.

    Raises:
        NotReadyError: some are not on disk; names the command that fetches them.
    """
    for weights in entry.weights:
        if not is_ready(weights):
            raise NotReadyError(
                N_(
                    "The weights of {id} are not on this computer yet ({size:.0f} MB). Fetch them on "
                    "the Models page or with: python -m core fetch {id}"
                ),
                id=entry.id,
                size=entry.size_mb,
            )
    return [folder(weights) for weights in entry.weights]


def fetch(weights: Weights, progress: Progress) -> Path:
    """Make `weights` ready and return their folder; nothing is done when they are.

    Several processes may call this at once: one works, the others wait and find the files.

    Raises:
        OfflineError, DownloadError, IntegrityError, CancelledError: the folder is then not ready,
        and what was already transferred is kept for the next try.
    """
    from filelock import FileLock

    if is_ready(weights):
        return folder(weights)
    _refuse_offline(weights)
    target = folder(weights)
    target.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.with_name(target.name + ".lock"))
    with fetching.waiting(lock, progress):
        if not is_ready(weights):
            fetching.require_space(target, weights.size_mb)
            commit = fetching.transfer(weights.source, target, progress)
            seal(weights, commit, progress)
    return target


def _refuse_offline(weights: Weights) -> None:
    where = address(weights.source)
    if not where:
        raise NotReadyError(
            N_("Files of the model {name} are missing; import it."), name=weights.name
        )
    forget()  # whoever presses Fetch wants to know about now, not about a minute ago
    if reason := unreachable([where]).get(where):
        host = urlsplit(where).netloc
        raise OfflineError(
            N_(
                "{name} cannot be fetched: {why}. Connect, set HF_ENDPOINT or pip's index, try again."
            ),
            name=weights.name,
            why=PortalError(reason, host=host),
        )


def seal(
    weights: Weights,
    commit: str = "",
    progress: Progress | None = None,
    *,
    place: Path | None = None,
) -> None:
    """Record the files that lie in the folder now, or in `place` that will become it, as the complete, good ones."""
    target = place or folder(weights)
    found = {}
    for path in sorted(target.rglob("*")):
        name = path.relative_to(target).as_posix()
        if path.is_file() and name != MANIFEST and not name.startswith("."):
            found[name] = {"size": path.stat().st_size, "sha256": sha256(path, progress)}
    record = {
        "source": {"kind": weights.source.kind, **asdict(weights.source)},
        "commit": commit,
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": found,
    }
    temporary = target / f".{MANIFEST}"
    temporary.write_text(json.dumps(record, indent=1), "utf-8")
    temporary.replace(target / MANIFEST)


def verify(weights: Weights, progress: Progress) -> None:
    """Compare every file with the SHA-256 that was recorded when it was fetched.

    Raises:
        NotReadyError: nothing to verify. IntegrityError: a file changed; names it.
    """
    if weights.bundled:
        return
    if not is_ready(weights):
        raise NotReadyError(N_("{name} is not complete; fetch it again."), name=weights.name)
    for name, known in files(weights).items():
        if sha256(folder(weights) / name, progress) != known.sha256:
            raise IntegrityError(
                N_("{file} of {name} is damaged. Remove the model and fetch it again."),
                file=name,
                name=weights.name,
            )


def remove(weights: Weights) -> None:
    """Delete the files; the manifest goes first, so that a half-deleted folder is never ready.

    Raises:
        DiskError: the disk is read-only or fails.
    """
    if not weights.bundled:
        with telling(weights.name):
            (folder(weights) / MANIFEST).unlink(missing_ok=True)
        remove_tree(folder(weights))


def bytes_on_disk(weights: Weights) -> int:
    return sum(path.stat().st_size for path in folder(weights).rglob("*") if path.is_file())


def _size(path: str) -> int:
    try:
        found = os.stat(path)
    except OSError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1
