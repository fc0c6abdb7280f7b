"""What an application is given: each kind of input decodes itself, for pages, command line and stored jobs alike.

A kind owns the files it reads (`suffixes`), its command-line arguments, and how a tracked example (an input that a
person pins to a fine-tuning run) is stored with a job and shown.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from core.errors import (
    N_,
    DocumentError,
    ImageError,
    PortalError,
    SkippedError,
    UsageError,
)
from core.inputs import texts
from core.serving.options import Options

if TYPE_CHECKING:
    from PIL import Image

I = TypeVar("I")  # noqa: E741 (the input of one application)
T = TypeVar("T")
Labelled = tuple[object, I | PortalError]
"""What the output calls an input (a file, a text, a seed), and the input itself or why it is refused."""


@dataclass(frozen=True)
class Shown:
    """A tracked example for a person to recognise: an image file, or a line of text."""

    text: str = ""
    image: bytes | None = None


class InputKind(ABC, Generic[I]):
    """One kind of input. `label` is its key in a row of JSON."""

    label = "input"
    suffixes: tuple[str, ...] = ()
    """Files of which each is one input; none where inputs are typed."""
    tracked: Literal["files", "lines", ""] = ""
    """How a person gives tracked examples: as files, line by line, or not at all."""
    line_title = N_("One text per line")
    """Title of the lines, where examples are given so."""
    context = ""
    """Title of a text that all lines of tracked examples belong to (a passage); "" where there is none."""

    def decode(self, data: bytes, name: str) -> I:
        """The input in a file's bytes, for kinds with `suffixes`.

        Raises:
            PortalError: it cannot be read, or is over a limit.
        """
        raise NotImplementedError(f"{type(self).__name__} is not given as files")

    @abstractmethod
    def add_arguments(self, parser: ArgumentParser) -> None:
        """The command-line arguments that inputs are given by."""

    def require(self, given: Namespace) -> None:
        """Refuse a command line that lacks inputs or has too many, before a model is looked for.

        Raises:
            UsageError: it does.
        """

    @abstractmethod
    def from_arguments(self, given: Namespace, options: Options) -> Iterator[Labelled[I]]:
        """The inputs that the command line names, one at a time (see `require`). What is assumed and left out while
        files are read goes into `given.reading`, where there is one.

        Raises:
            UsageError: a file of inputs is empty. DocumentError: a file that belongs to all of them cannot be read.
        """

    def track(self, value: I) -> str:
        """An input as it is stored with a job."""
        raise NotImplementedError(f"{type(self).__name__} has no tracked examples")

    def tracked_value(self, stored: str) -> I:
        """The input that `track` stored."""
        raise NotImplementedError(f"{type(self).__name__} has no tracked examples")

    def track_argument(self, given: str) -> str:
        """A tracked example of the command line, as it is stored.

        Raises:
            PortalError: it cannot be read.
        """
        raise UsageError(N_("This application has no tracked examples."))

    def track_line(self, line: str, context: str) -> str:
        """A tracked example typed on a page (see `context`), as it is stored; "" where something is missing."""
        return self.track_argument(line)

    def shown(self, stored: str) -> Shown:
        """What a page shows of a tracked example."""
        return Shown(stored)


class ImageInput(InputKind["Image.Image"]):
    """RGB images, from files or folders of them."""

    tracked = "files"

    def __init__(self) -> None:
        from core.inputs import images

        self.suffixes = images.SUFFIXES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("inputs", nargs="*", metavar="INPUT")

    def require(self, given: Namespace) -> None:
        _require(given.inputs)

    def from_arguments(self, given: Namespace, options: Options) -> Iterator[Labelled[Image.Image]]:
        for path in map(Path, given.inputs):
            if path.is_dir():
                yield from self._folder(path)
            else:
                yield str(path), _attempt(self._read, path)

    def decode(self, data: bytes, name: str) -> Image.Image:
        """The image in a file's bytes.

        Raises:
            ImageError: it is none, or over the limits.
        """
        from core.inputs import images

        return images.decode(data, name)

    def track(self, value: Image.Image) -> str:
        """A small copy as a base64 JPEG."""
        from core.inputs import images

        return images.as_text(value)

    def tracked_value(self, stored: str) -> Image.Image:
        import base64
        import io

        from PIL import Image

        return Image.open(io.BytesIO(base64.b64decode(stored))).convert("RGB")

    def track_argument(self, given: str) -> str:
        if not Path(given).is_file():
            raise UsageError(N_("There is no file {path}."), path=given)
        return self.track(self._read(Path(given)))

    def shown(self, stored: str) -> Shown:
        import base64

        return Shown(image=base64.b64decode(stored))

    def _folder(self, folder: Path) -> Iterator[Labelled[Image.Image]]:
        """The images in a folder by name; what else lies there is named, and a failure where there is no image."""
        there = sorted(p for p in folder.iterdir() if not _is_debris(p.name))
        chosen = {p for p in there if p.is_file() and p.suffix.lower() in self.suffixes}
        for path in there:
            if path in chosen:
                yield str(path), _attempt(self._read, path)
            elif path.is_dir():
                yield str(path), SkippedError(N_("{path} is a folder; it is skipped."), path=path)
            else:
                yield (
                    str(path),
                    SkippedError(
                        N_("{path} is not an image of a kind that is read here; it is skipped."),
                        path=path,
                    ),
                )
        if not chosen:
            yield (
                str(folder),
                ImageError(N_("{path} holds no image that can be read."), path=folder),
            )

    def _read(self, path: Path) -> Image.Image:
        try:
            return self.decode(path.read_bytes(), path.name)
        except OSError as error:
            raise ImageError(
                N_("{path} cannot be read: {why}."), path=path, why=error.strerror
            ) from error


class TextInput(InputKind[str]):
    """Texts: arguments, or the lines of a file."""

    tracked = "lines"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("inputs", nargs="*", metavar="INPUT")
        parser.add_argument("--file", help="text file with one input per line")

    def require(self, given: Namespace) -> None:
        _require(given.inputs or given.file)

    def from_arguments(self, given: Namespace, options: Options) -> Iterator[Labelled[str]]:
        for line in _lines(given):
            yield line, _attempt(texts.clean, line)

    def track(self, value: str) -> str:
        return value

    def tracked_value(self, stored: str) -> str:
        return stored

    def track_argument(self, given: str) -> str:
        return given


@dataclass(frozen=True)
class Question:
    """A question `text` (cleaned) and the `passage` that may hold its answer, as it was given: answers count its
    characters."""

    passage: str
    text: str


class PassageInput(InputKind[Question]):
    """Questions about one passage, which comes from a file."""

    label = "question"
    tracked = "lines"
    line_title = N_("Questions, one per line")
    context = N_("Passage")

    def __init__(self) -> None:
        from core.inputs import documents

        self.suffixes = documents.SUFFIXES

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("inputs", nargs="*", metavar="INPUT")
        parser.add_argument("--file", help="text file with one input per line")
        parser.add_argument(
            "--passage", required=True, help="file with the passage: txt, pdf, docx"
        )

    def require(self, given: Namespace) -> None:
        _require(given.inputs or given.file)

    def from_arguments(self, given: Namespace, options: Options) -> Iterator[Labelled[Question]]:
        from core.inputs import documents

        lines = _lines(given)
        reading = getattr(given, "reading", None)
        passage = documents.read(_bytes(Path(given.passage)), given.passage, reading)
        texts.clean(passage, given.passage)
        for line in lines:
            yield line, _attempt(lambda text: Question(passage, texts.clean(text)), line)

    def track(self, value: Question) -> str:
        return json.dumps({"question": value.text, "passage": value.passage}, ensure_ascii=False)

    def tracked_value(self, stored: str) -> Question:
        """Also of the first version's form, a question in the first line and a passage in the others."""
        try:
            known = json.loads(stored)
            return Question(str(known["passage"]), str(known["question"]))
        except (ValueError, TypeError, KeyError):
            question, _, passage = stored.partition("\n")
            return Question(passage, question)

    def track_argument(self, given: str) -> str:
        """The question in the first line, the passage in those that follow."""
        question, _, passage = given.partition("\n")
        return self.track(Question(passage, question))

    def track_line(self, line: str, context: str) -> str:
        return self.track(Question(context, line)) if context else ""

    def shown(self, stored: str) -> Shown:
        return Shown(self.tracked_value(stored).text)


class SeedInput(InputKind[I]):
    """Numbers that randomness starts from; the options `seed` and `count` name them. `make` gives the
    input that stands for one of them."""

    def __init__(self, make: Callable[[int], I]) -> None:
        self.make = make

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("inputs", nargs="*", metavar="INPUT")
        parser.add_argument("--out", default=".", help="folder for the images")

    def require(self, given: Namespace) -> None:
        if given.inputs:
            raise UsageError(N_("{task} takes no inputs; use --count and --seed."), task=given.task)

    def from_arguments(self, given: Namespace, options: Options) -> Iterator[Labelled[I]]:
        values = options.model_dump()
        for seed in range(values["seed"], values["seed"] + values["count"]):
            yield seed, self.make(seed)


def _is_debris(name: str) -> bool:
    """What desktops leave in every folder; nobody misses it."""
    from core.inputs.archives import DEBRIS

    return name.startswith(".") or name.lower() in DEBRIS


def _require(inputs: Sequence[str] | None) -> None:
    if not inputs:
        raise UsageError(N_("Give at least one input."))


def _lines(given: Namespace) -> list[str]:
    lines = list(given.inputs)
    if given.file:
        reading = getattr(given, "reading", None)
        lines += texts.lines(texts.decode(_bytes(Path(given.file)), given.file, reading))
    _require(lines)
    return lines


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(
            N_("{path} cannot be read: {why}."), path=path, why=error.strerror
        ) from error


def _attempt(decode: Callable[[T], I], value: T) -> I | PortalError:
    try:
        return decode(value)
    except PortalError as error:
        return error
