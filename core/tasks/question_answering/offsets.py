"""Where an answer stands in its passage. Files say it by an offset, and count that in units of their own.

The passage is kept cleaned (`core.inputs.texts`), and tools count characters (Python), UTF-16 units (JavaScript, Java,
C#) or bytes (Go, C), in a passage with the line ends of their system. Which of these a file means is seen from all its
answers together: those that stand at their offset. An answer that does not is looked up, and taken only where it can be
meant in one place.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from core.inputs import texts

UNITS = (
    "characters",
    "utf16",
    "bytes",
    "characters-lf",
    "characters-crlf",
    "utf16-lf",
    "utf16-crlf",
    "bytes-lf",
    "bytes-crlf",
)
"""What offsets may count, in the order in which it is believed: in the passage as it is, or with each of its line ends
as \\n or \\r\\n."""

ENDS = {"lf": r"\r\n", "crlf": r"(?<!\r)\n"}
"""The line ends that such a unit counts otherwise than they stand there."""
CLUSTER = re.compile(
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|\s+"
    r"|[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?"
    r"|.",
    re.DOTALL,
)
"""What may be written otherwise: an HTML entity, blanks, a Korean syllable, a letter."""


class Place(NamedTuple):
    """Where an answer stands: characters `start` to `end` of the passage as given. `exactly`: letter by letter."""

    start: int
    end: int
    exactly: bool = True


class Passage:
    """A passage as given, and what is needed to find offsets in it; made once for all its questions."""

    def __init__(self, given: str) -> None:
        self.given = given
        self._counted: dict[str, Sequence[int] | None] = {}

    @cached_property
    def cleaned(self) -> texts.Cleaned:
        return texts.cleaned(self.given)

    @cached_property
    def digest(self) -> str:
        """What tells it from other passages, in a few characters."""
        return hashlib.sha256(self.cleaned.text.encode("utf-8", "replace")).hexdigest()

    def at(self, offset: int, unit: str) -> int | None:
        """The character that `offset` in `unit` is in front of; None where it is beyond the passage or inside of a
        character."""
        sums = self._sums(unit)
        if sums is None:
            return offset if 0 <= offset <= len(self.given) else None
        place = bisect_left(sums, offset)
        return place if place < len(sums) and sums[place] == offset else None

    def stands(self, answer: str, offset: int, unit: str) -> Place | None:
        """Where `answer` stands, letter by letter but for line ends, if it is at `offset` in `unit`."""
        at = self.at(offset, unit)
        if at is None:
            return None
        spelt = (answer, answer.replace("\r\n", "\n"), re.sub(r"(?<!\r)\n", "\r\n", answer))
        found = next((one for one in spelt if self.given.startswith(one, at)), None)
        return None if found is None else Place(at, at + len(found))

    def everywhere(self, answer: str, most: int = 100) -> list[Place]:
        """All places, at most `most`, at which `answer` stands letter by letter; where there is none, those at which
        it does but for blanks, HTML entities and the way in which accents are written."""
        exact = [Place(at, at + len(answer)) for at in _found(self.given, answer, most)]
        if exact:
            return exact
        wanted = "".join(letters for letters, _ in _folded(answer)).strip()
        if not wanted:
            return []
        text, starts = self._folded
        return [
            Place(starts[at], self._end(at + len(wanted)), False)
            for at in _found(text, wanted, most)
        ]

    def _end(self, at: int) -> int:
        """The end, as given, of what ends before the folded character `at`."""
        starts = self._folded[1]
        last = starts[at - 1]
        while (
            at < len(starts) and starts[at] == last
        ):  # inside of a character that folds into several
            at += 1
        return starts[at] if at < len(starts) else len(self.given)

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        """The passage folded, and where each of its characters begins in the given one."""
        letters: list[str] = []
        starts: list[int] = []
        for folded, start in _folded(self.given):
            letters.append(folded)
            starts += [start] * len(folded)
        return "".join(letters), starts

    def _sums(self, unit: str) -> Sequence[int] | None:
        """The offset of every character, and of the end; None where it is the character's number."""
        if unit not in self._counted:
            width, _, ends = unit.partition("-")
            differ = not ends or re.search(ENDS[ends], self.given)
            self._counted[unit] = _sums(self.given, width, ends) if differ else self._sums(width)
        return self._counted[unit]


@lru_cache(maxsize=16)
def passage(given: str) -> Passage:
    """The passage; questions about one mostly come together."""
    return Passage(given)


def _sums(text: str, width: str, ends: str) -> Sequence[int] | None:
    """The sums of the widths of the characters, from 0 on."""
    plain = text.isascii() or (width == "utf16" and max(text) <= "\uffff")
    if (width == "characters" or plain) and not ends:
        return None
    widths = [_width(c, width) for c in text]
    for match in re.finditer(ENDS[ends], text) if ends else ():
        widths[match.start()] = 0 if ends == "lf" else 2
    return array("L", accumulate(widths, initial=0))


def _width(c: str, unit: str) -> int:
    code = ord(c)
    if unit == "bytes":
        return 1 + (code > 0x7F) + (code > 0x7FF) + (code > 0xFFFF)
    return 1 + (unit == "utf16" and code > 0xFFFF)


def _found(text: str, wanted: str, most: int) -> list[int]:
    places: list[int] = []
    at = text.find(wanted) if wanted else -1
    while at >= 0 and len(places) < most:
        places.append(at)
        at = text.find(wanted, at + 1)
    return places


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Runs of characters in one way of writing, and where each begins."""
    pending, begin = "", 0
    for match in CLUSTER.finditer(text):
        piece = match.group()
        if piece.isspace():
            piece = " "
        elif len(piece) > 2 and piece[0] == "&":
            piece = html.unescape(piece)
            piece = " " if piece.isspace() else piece
        elif unicodedata.combining(piece[0]) and pending:
            pending += piece
            continue
        if pending:
            yield unicodedata.normalize("NFC", pending), begin
        pending, begin = piece, match.start()
    if pending:
        yield unicodedata.normalize("NFC", pending), begin
