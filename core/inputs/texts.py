"""Untrusted texts: decoded whatever their encoding, cleaned, and kept within limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.errors import N_, DocumentError, TextError
from core.inputs import encodings
from core.inputs.reading import Reading
from core.inputs.uploads import check_size
from core.settings import settings

REMOVED = re.compile(r"\r(?=\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters (Unicode's Cc) but tabs and line ends, of which one character stays, and lone surrogates (Cs)."""

IGNORED = re.compile("[\u00ad\u200b\u200e\u200f\u2060\ufe0e\ufe0f\ufeff]")
"""Invisible characters that change no text."""
MARKS = re.compile(
    r"(?<!\d)[.,]|[.,](?!\d)|(?<!\d)[:;](?![()\[\]<>/|\\*-])|[!?¡¿؟'\"‘’“”„«»‹›`、。・「」『』《》〈〉]"
)
"""Marks between words and sentences, but not those within numbers and in faces such as :-(."""


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
    """What two texts have in common that look the same: everything but case, width, spacing and the marks between
    sentences. Emoji, signs (+, −, #, :-( ), vowel signs and the points of numbers make a difference."""
    folded = IGNORED.sub("", normal(text))
    return MARKS.sub("", folded).replace(" ", "") or folded


def lines(text: str) -> list[str]:
    """The lines of a text. Unlike `splitlines`, characters that belong to a sentence (U+2028, NEL, form feeds) do not
    end one."""
    found = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return found[:-1] if found[-1] == "" else found


def decode(data: bytes, name: str, reading: Reading | None = None, *, usual: str = "") -> str:
    """The text in a file: in the encoding that a person chose (`encoding`), else in UTF-8 or UTF-16 where it is that,
    else in the most likely one. `reading` takes what was assumed and how many characters are lost. `usual` is that of
    the files beside it (see `shared`), taken without a note where it fits.

    Raises:
        DocumentError: empty, over `PORTAL_UPLOAD_MB`, or not text in any encoding. UsageError: the chosen encoding
        is none.
    """
    if not data.strip():
        raise DocumentError(N_("{name} is empty. Choose another file."), name=name)
    check_size(data, name)
    reading = Reading() if reading is None else reading
    if usual and (text := encodings.decoded(data, usual)) is not None:
        return text
    encoding = _encoding(data, name, reading)
    text = encodings.decoded(data, encoding)
    return _mended(data, encoding, name, reading) if text is None else text


def shared(contents: Iterable[bytes], name: str, reading: Reading) -> str:
    """The encoding of files that belong together, weighed over all that are neither UTF-8 nor UTF-16; "" where there
    are none. It is noted once, for `name`."""
    sample = bytearray()
    for data in contents:
        if len(sample) < encodings.SAMPLE and not encodings.unicode(data):
            sample += data + b"\n"
    if not sample and "encoding" not in reading.choices:
        return ""
    return _encoding(bytes(sample), name, reading)


def _encoding(data: bytes, name: str, reading: Reading) -> str:
    """The encoding that a person chose, else the most likely one; noted unless it is UTF-8."""
    wanted = reading.choices.get("encoding", "")
    guess = encodings.guess(data)
    if guess is None and not wanted:
        raise DocumentError(
            N_("{name} is not a text file in a known encoding. Save it as UTF-8 and try again."),
            name=name,
        )
    taken, near = (guess.encoding, guess.near) if guess else ("", ())
    if taken == "utf-8" and not wanted:
        return taken
    options = dict.fromkeys((taken, *near, *encodings.ENCODINGS))
    if encodings.known(wanted):
        options[wanted] = None
    return reading.choose(
        "encoding",
        taken,
        N_("{name} was read as {taken}."),
        options=[one for one in options if one],
        guessed=bool(near),
        name=name,
    )


def _mended(data: bytes, encoding: str, name: str, reading: Reading) -> str:
    """The text with U+FFFD for the bytes that are nothing in the encoding, which is noted."""
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    reading.trouble(
        "encoding",
        N_(
            "{count} characters of {name} are nothing in {encoding} and were lost. Choose another "
            "encoding, or save it as UTF-8."
        ),
        count=text.count("\ufffd"),
        name=name,
        encoding=encoding,
    )
    return text
