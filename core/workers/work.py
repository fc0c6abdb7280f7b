"""What a worker may be asked to do: the table of tasks, and those that read what a visitor gave.

A task is a function `(folder, talk, **request)` that returns JSON. It runs in the worker, within the limits, and writes
whatever is large into `folder`, which is private to the call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, overload

from core.workers import limits
from core.workers.limits import Limits

if TYPE_CHECKING:
    from core.inputs.reading import Reading
    from core.workers.child import Talk

File = tuple[str, str]
"""The name that the visitor's file has, and where it lies."""
Slice: TypeAlias = "slice[int | None, int | None, int | None]"


@dataclass(frozen=True)
class Task:
    """`dotted` names the function, which only a worker imports. `slow` tasks never take all workers; the `last` one
    ends its worker, since it leaves more behind than the next one should find."""

    dotted: str
    slow: bool = False
    last: bool = False

    def limits(self) -> Limits:
        """What it may use: reading as the settings say; training as long as that, and most of what is free."""
        usual = limits.usual()
        if not self.slow:
            return usual
        from core.device import free_bytes

        most = int(0.8 * free_bytes("cpu") / 1e6)
        return Limits(most, 0, usual.wall_s, reserved=False)


TASKS: dict[str, Task] = {
    "draft": Task("core.workers.work:draft"),
    "classes": Task("core.workers.work:classes"),
    "image": Task("core.workers.work:image"),
    "table": Task("core.workers.work:table"),
    "text": Task("core.workers.work:text"),
    "document": Task("core.workers.work:document"),
    "video": Task("core.workers.work:video"),
    "track": Task("core.workers.work:track"),
    "dry run": Task("core.jobs.estimate:measure", slow=True, last=True),
}
"""By name. What has no name here cannot be asked for."""


def draft(
    folder: Path, _talk: Talk, *, task: str, files: Sequence[File], choices: Mapping[str, str]
) -> None:
    """The draft of a data set in one file, or in two that are the same line by line."""
    from core import tasks
    from core.data import drafts
    from core.workers import crossing

    known = tasks.find(task).stored()
    with drafts.spilling(folder):
        if len(files) == 1:
            ((name, path),) = files
            found = known.read(Path(path), name, choices)
        else:
            first, second = _Files(files)
            found = known.read_aligned(first, second, choices)
        crossing.write_draft(found, folder)


def classes(folder: Path, _talk: Talk, *, task: str, files: Mapping[str, Sequence[File]]) -> None:
    """The draft of a data set that was given class by class."""
    from core import tasks
    from core.data import drafts
    from core.workers import crossing

    with drafts.spilling(folder):
        given = {label: _Files(some) for label, some in files.items()}
        crossing.write_draft(tasks.find(task).stored().read_classes(given), folder)


def image(folder: Path, _talk: Talk, *, name: str, path: str, choices: Mapping[str, str]) -> str:
    """The pixels of an image as a file of RGB bytes, row by row; its size, as in 640x480."""
    from core.inputs import images

    with _noting(folder, choices) as reading:
        found = images.decode(Path(path).read_bytes(), name, reading)
    (folder / "pixels").write_bytes(found.tobytes())
    return f"{found.width}x{found.height}"


def table(folder: Path, _talk: Talk, *, name: str, path: str, choices: Mapping[str, str]) -> None:
    from core.inputs import tables
    from core.workers import crossing

    with _noting(folder, choices) as reading:
        crossing.write_table(tables.read(Path(path).read_bytes(), name, reading=reading), folder)


def text(folder: Path, _talk: Talk, *, name: str, path: str, choices: Mapping[str, str]) -> None:
    from core.inputs import texts

    with _noting(folder, choices) as reading:
        _write(texts.decode(Path(path).read_bytes(), name, reading), name, folder)


def document(
    folder: Path, _talk: Talk, *, name: str, path: str, choices: Mapping[str, str]
) -> None:
    from core.inputs import documents

    with _noting(folder, choices) as reading:
        _write(documents.read(Path(path).read_bytes(), name, reading), name, folder)


@contextmanager
def _noting(folder: Path, choices: Mapping[str, str]) -> Iterator[Reading]:
    """The notes of what is read within are written in any case: another choice may read what is refused."""
    from core.inputs.reading import Reading
    from core.workers import crossing

    reading = Reading(choices)
    try:
        yield reading
    finally:
        crossing.write_notes(reading, folder)


def video(_folder: Path, _talk: Talk, *, name: str, path: str) -> None:
    """Refuse a video that cannot be read, or is over a limit."""
    from core.inputs import video

    video.probe(Path(path).read_bytes(), name)


def track(_folder: Path, _talk: Talk, *, task: str, name: str, path: str) -> str:
    """A file as a tracked example of an application, as it is stored with a job."""
    from core import tasks

    kind = tasks.find(task).input
    return kind.track(kind.decode(Path(path).read_bytes(), name))


def _write(words: str, name: str, folder: Path) -> None:
    """A text, once it is known that the portal can use one as long as that."""
    from core.inputs import texts

    texts.clean(words, name)
    (folder / "text").write_text(words, "utf-8", "surrogatepass", newline="")


class _Files(Sequence[tuple[str, bytes]]):
    """Names and contents; a content is in memory only while somebody looks at it."""

    def __init__(self, files: Sequence[File]) -> None:
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int) -> tuple[str, bytes]: ...
    @overload
    def __getitem__(self, index: Slice) -> _Files: ...
    def __getitem__(self, index: int | Slice) -> tuple[str, bytes] | _Files:
        if isinstance(index, slice):
            return _Files(self._files[index])
        name, path = self._files[index]
        return name, Path(path).read_bytes()
