"""Untrusted texts: decoded whatever their encoding, cleaned, and kept within limits."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import N_, DocumentError, TextError
from core.inputs.reading import Reading
from core.settings import settings

ENCODINGS = ("cp1252", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1256")
"""Guessed from when a file is neither Unicode nor GB18030; a longer list makes short texts ambiguous."""

REMOVED = re.compile(r"\r(?=\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (Unicode's Cc) but tabs and line ends, of which one character stays, and lone surrogates (Cs)."""


@dataclass(frozen=True)
class Cleaned:
    """A text without NUL, control characters and lone surrogates, with line ends as "\\n"; `places` are the
    offsets that its characters, and its end, have in the text as it was given."""

    text: str
    places: Sequence[int]

    def given(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of `text` stand in the given text."""
        first = self.places[start]
        return first, self.places[end - 1] + 1 if end > start else first


def cleaned(text: str) -> Cleaned:
    """`text` as models read it. Emoji, right-to-left marks, every script and all blanks stay as they are."""
    gone = {match.start() for match in REMOVED.finditer(text)}
    everything = range(len(text) + 1)
    places = [i for i in everything if i not in gone] if gone else everything
    return Cleaned(REMOVED.sub("", text).replace("\r", "\n"), places)


def clean(text: str, what: str = "") -> str:
    """The text of `cleaned`, within limits; `what` names it in messages.

    Raises:
        TextError: nothing is left, or it is longer than `PORTAL_TEXT_CHARS`.
    """
    if len(text) > settings().text_chars:
        raise TextError(
            N_(
                "{what} has {length} characters; the limit is {limit} (PORTAL_TEXT_CHARS). Shorten it."
            ),
            what=what or N_("The text"),
            length=len(text),
            limit=settings().text_chars,
        )
    text = cleaned(text).text
    if not text.strip():
        raise TextError(N_("{what} is empty. Type something first."), what=what or N_("The text"))
    return text


def normal(text: str) -> str:
    """`text` in one width and case, with single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def key(text: str) -> str:
    """What two texts have in common that say the same: letters and digits without case, width and spacing."""
    folded = normal(text)
    return "".join(c for c in folded if c.isalnum()) or folded


def decode(data: bytes, name: str, reading: Reading | None = None) -> str:
    """The text in a file: UTF-8 and UTF-16 (by mark or by sense), GB18030, Big5, Latin-1, …; `reading` takes what
    encoding was assumed.

    Raises:
        DocumentError: empty, over `PORTAL_UPLOAD_MB`, or not text in any encoding.
    """
    if not data.strip():
        raise DocumentError(N_("{name} is empty. Choose another file."), name=name)
    if len(data) > settings().upload_mb * 1_000_000:
        raise DocumentError(
            N_("{name} has {size:.0f} MB; the limit is {limit} MB (PORTAL_UPLOAD_MB)."),
            name=name,
            size=len(data) / 1e6,
            limit=settings().upload_mb,
        )
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(data, name)


def _guess(data: bytes, name: str) -> str:
    from charset_normalizer import from_bytes

    try:  # short GBK files mislead statistics, and almost nothing else decodes as GB18030 in CJK
        text = data.decode("gb18030")
        if _mostly_cjk(text):
            return text
    except UnicodeDecodeError:
        pass
    best = from_bytes(data, cp_isolation=list(ENCODINGS)).best()
    if best is None:
        raise DocumentError(
            N_("{name} is not a text file in a known encoding. Save it as UTF-8 and try again."),
            name=name,
        )
    return str(best)


def _mostly_cjk(text: str) -> bool:
    beyond_ascii = [c for c in text if ord(c) > 127]
    common = sum(
        "\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or c in ",。!?:;"
        for c in beyond_ascii
    )
    return bool(beyond_ascii) and common / len(beyond_ascii) > 0.9
