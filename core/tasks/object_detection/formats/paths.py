"""Which file of an archive a path from another computer means."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

DEEPEST = 12
"""Folders of a path that are compared, from its end."""
ESCAPED = {0: "\\0", 7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r"}
"""What YAML makes of a Windows path in double quotes: `"images\\train"` holds a tab."""


def folded(path: str | PurePosixPath) -> str:
    """A path with one spelling, whatever its case and normalisation."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def parts(path: str) -> list[str]:
    """The folded names of a path of any system, without drive, root and dots."""
    names = folded(path.translate(ESCAPED).replace("\\", "/")).split("/")
    return [name for name in names if name not in ("", ".", "..") and not name.endswith(":")]


def spellings(name: str) -> list[str]:
    """What a file name in an annotation may mean: itself, without the address before it, with %20 decoded."""
    found = [name]
    if "://" in name or name.startswith(("/data/", "data:")):
        try:
            address = urlsplit(name)
        except ValueError:
            return found
        found += [*parse_qs(address.query).get("d", []), address.path]
    return list(dict.fromkeys([*found, *map(unquote, found)]))


class Ends:
    """The files of an archive, found by the longest end of a path that fits."""

    def __init__(self, paths: Iterable[PurePosixPath]) -> None:
        self._by_end: dict[str, list[PurePosixPath]] = {}
        self._by_stem: dict[str, list[PurePosixPath]] = {}
        for path in paths:
            self._by_stem.setdefault(folded(path.stem), []).append(path)
            for end in _ends(str(path)):
                self._by_end.setdefault(end, []).append(path)

    def find(self, name: str) -> list[PurePosixPath]:
        """The files whose paths end like `name`; several, where it does not say which one."""
        return self.fit(name)[0]

    def fit(self, name: str) -> tuple[list[PurePosixPath], int]:
        """The same, and how many names at the end of the paths agree."""
        for spelling in spellings(name):
            for end in _ends(spelling):
                if end in self._by_end:
                    return self._by_end[end], end.count("/") + 1
        return [], 0

    def called(self, stem: str) -> list[PurePosixPath]:
        """The files whose names are `stem` with any ending."""
        return self._by_stem.get(folded(stem), [])


def _ends(path: str) -> list[str]:
    """The ends of a path, the longest first."""
    names = parts(path)[-DEEPEST:]
    return ["/".join(names[i:]) for i in range(len(names))]
