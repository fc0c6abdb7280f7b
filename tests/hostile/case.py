"""One hostile input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Made = tuple[str, bytes]
"""A file's name and what is in it."""


@dataclass(frozen=True)
class Case:
    """`make` builds the file when it is its turn; `entry` names a function of `entries.ENTRIES`. A `slow` case is left
    to `make test-heavy`."""

    name: str
    entry: str
    make: Callable[[], Made]
    slow: bool = False


def case(entry: str, name: str, file: str, content: bytes | str | Callable[[], bytes | str],
         slow: bool = False) -> Case:  # fmt: skip
    """A case of one file; `content` may be a function, where it is large."""

    def make() -> Made:
        value = content() if callable(content) else content
        return file, value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value

    return Case(f"{entry}: {name}", entry, make, slow)
