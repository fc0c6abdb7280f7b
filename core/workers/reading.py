"""What is read in a worker for whoever asks: drafts of data sets, images, tables, texts, tracked examples.

An upload is written once, readable by this user alone, into a folder that belongs to the call; a draft keeps that
folder for as long as it lives, since its samples' contents lie there. Nothing of it is found by another visitor.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import psutil

from core import workers
from core.data.drafts import Draft
from core.errors import N_, CancelledError, ImageError, PortalError, ResourceError
from core.files import disk_full, out_of_space
from core.plain import Json, Row
from core.progress import Progress
from core.settings import settings
from core.workers import crossing

if TYPE_CHECKING:
    from PIL import Image

    from core.inputs.reading import Reading
    from core.inputs.tables import Table

T = TypeVar("T")
Upload = tuple[str, bytes | memoryview | Path]
"""A file as a visitor named it, with its contents or where it lies."""


def draft(
    task: str,
    files: Sequence[Upload],
    choices: Mapping[str, str],
    *,
    owner: str = "",
    progress: Progress | None = None,
) -> Draft:
    """The draft of a data set from one file, or from two that are the same line by line; see `Data.read`.

    Raises:
        PortalError: it cannot be read, or came over a limit.
    """
    return _draft(
        "draft",
        lambda at: {"task": task, "files": _files(at, files), "choices": dict(choices)},
        owner,
        progress,
    )


def classes(
    task: str,
    files: Mapping[str, Sequence[Upload]],
    *,
    owner: str = "",
    progress: Progress | None = None,
) -> Draft:
    """The draft of a data set given class by class; see `Data.read_classes`."""

    def request(at: Path) -> Row:
        given: Row = {}
        for label, some in files.items():
            given[label] = _files(at, some, f"{len(given)} ")
        return {"task": task, "files": given}

    return _draft("classes", request, owner, progress)


def image(
    name: str, content: bytes | memoryview, *, owner: str = "", progress: Progress | None = None
) -> tuple[Image.Image, Reading]:
    """An image as RGB, and what was assumed; see `images.decode`.

    Raises:
        PortalError: it cannot be read, or came over a limit.
    """
    from PIL import Image

    with _place() as at:
        size = _call("image", at, name, content, owner, progress, choices={})
        pixels, notes = (at / "pixels").read_bytes(), crossing.read_notes(at)
    try:
        width, height = map(int, str(size).split("x"))
        return Image.frombytes("RGB", (width, height), pixels), notes
    except ValueError as error:  # no worker of ours says so
        raise ImageError(N_("{name} cannot be decoded."), name=name) from error


def table(
    name: str,
    content: bytes | memoryview,
    *,
    choices: Mapping[str, str] | None = None,
    owner: str = "",
    progress: Progress | None = None,
) -> tuple[Table | PortalError, Reading]:
    """A table, or why it is refused, and how it was read: another choice may read it. See `tables.read`."""
    with _place() as at:
        found: Table | PortalError
        try:
            _call("table", at, name, content, owner, progress, choices=dict(choices or {}))
            found = crossing.read_table(at)
        except CancelledError:
            raise
        except PortalError as error:
            found = error
        return found, crossing.read_notes(at)


def text(
    name: str, content: bytes | memoryview, *, owner: str = "", progress: Progress | None = None
) -> tuple[str, Reading]:
    """A text file's text, no longer than the portal can use, and its encoding; see `texts.decode`."""
    return _text("text", name, content, owner, progress)


def document(
    name: str, content: bytes | memoryview, *, owner: str = "", progress: Progress | None = None
) -> tuple[str, Reading]:
    """A document's text, no longer than the portal can use, and what was assumed; see `documents.read`."""
    return _text("document", name, content, owner, progress)


def video(
    name: str, content: bytes | memoryview, *, owner: str = "", progress: Progress | None = None
) -> bool:
    """True for a video that can be read; see `video.probe`."""
    with _place() as at:
        _call("video", at, name, content, owner, progress)
    return True


def tracked(
    task: str,
    name: str,
    content: bytes | memoryview,
    *,
    owner: str = "",
    progress: Progress | None = None,
) -> str:
    """A file as a tracked example of an application; see `InputKind.track`."""
    with _place() as at:
        return str(_call("track", at, name, content, owner, progress, task=task))


def _draft(
    name: str, request: Callable[[Path], Row], owner: str, progress: Progress | None
) -> Draft:
    place = _folder()
    at = Path(place.name)
    with _room("work"):
        given, found = at / "given", at / "found"
        given.mkdir()
        found.mkdir()
        workers.call(name, request(given), folder=found, owner=owner, progress=progress)
        shutil.rmtree(given)
        read = crossing.read_draft(found)
    read.keeps = place
    return read


def _text(
    name: str, called: str, content: bytes | memoryview, owner: str, progress: Progress | None
) -> tuple[str, Reading]:
    with _place() as at:
        _call(name, at, called, content, owner, progress, choices={})
        words = (at / "text").read_bytes().decode("utf-8", "surrogatepass")
        return words, crossing.read_notes(at)


def _call(
    work: str,
    at: Path,
    name: str,
    content: bytes | memoryview,
    owner: str,
    progress: Progress | None,
    **more: Json,
) -> Json:
    """Have one upload read into the folder `at`."""
    request: Row = {"name": name, "path": _kept(at / "upload", content), **more}
    return workers.call(work, request, folder=at, owner=owner, progress=progress)


def _files(at: Path, uploads: Sequence[Upload], prefix: str = "") -> list[Json]:
    """Names, and where the contents lie now."""
    return [
        [name, _kept(at / f"upload {prefix}{i}", given)] for i, (name, given) in enumerate(uploads)
    ]


def _kept(path: Path, given: bytes | memoryview | Path) -> str:
    if isinstance(given, Path):
        return str(given.absolute())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(given)
    return str(path)


@contextmanager
def _place() -> Iterator[Path]:
    with _folder() as name, _room("work"):
        yield Path(name)


@contextmanager
def _room(what: str) -> Iterator[None]:
    """Raises DiskFullError, ResourceError where the block cannot write."""
    try:
        yield
    except OSError as error:
        if out_of_space(error):
            raise disk_full(what) from error
        raise ResourceError(
            N_("The upload could not be put into a file to be read ({why})."), why=error.strerror
        ) from error


def _folder() -> tempfile.TemporaryDirectory[str]:
    """A new folder for one call, with mode 0700; removed with the object, or when this process ends.

    In the data folder, where a sample's file becomes one of a data set without being copied; elsewhere, where nobody
    may write there.
    """
    prefix, home = f"{os.getpid()} ", settings().data / "work"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sweep(home)
        return _removed_at_last(prefix, home)
    except OSError:
        pass
    try:
        return _removed_at_last(prefix, None)
    except OSError as error:
        raise disk_full(home.name) from error


def _removed_at_last(prefix: str, home: Path | None) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=prefix, dir=home, ignore_cleanup_errors=True)


@cache
def _sweep(home: Path) -> None:
    """Remove, once, what processes left behind that were killed."""
    for folder in home.iterdir():
        number = folder.name.partition(" ")[0]
        if number.isdigit() and not psutil.pid_exists(int(number)):
            shutil.rmtree(folder, ignore_errors=True)
