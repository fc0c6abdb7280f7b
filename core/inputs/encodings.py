"""Which encoding is a file in? All that people's programs still write are weighed against one another at once.

The library is chardet (bigram models of 49 languages). What it cannot know is added here: files that are mostly ASCII
are weighed by their other lines alone, words in two scripts are hardly words, and what Windows writes is more usual
than what old systems wrote. `python -m scripts.encodings` measures it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

UNICODE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
EAST_ASIAN = ("gb18030", "cp950", "cp932", "euc-jp", "cp949")
WINDOWS = (
    *("cp1252", "cp1250", "cp1251", "cp1254", "cp1253", "cp1257", "cp1256", "cp1255", "cp874"),
    "cp1258",
)
OLD = ("koi8-r", "koi8-u", "iso8859-2", "mac-roman", "cp850", "cp852", "cp866")
"""Of Unix, old Macintoshes and DOS, which Excel still offers."""
ENCODINGS = (*UNICODE, *EAST_ASIAN, *WINDOWS, *OLD)
"""What is weighed, by the names of Python's codecs; a person may choose among them."""
ALSO = (
    *("ascii", "utf-8-sig", "iso8859-1", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15"),
    *(
        "gbk",
        "gb2312",
        "big5",
        "big5hkscs",
        "shift_jis",
        "euc_kr",
        "iso2022_jp",
        "cp437",
        "tis-620",
    ),
)
"""What a person may choose besides."""
WIDER = {"cp950": "big5hkscs", "euc-jp": "euc_jis_2004", "cp932": "shift_jis_2004"}
"""Where a file does not decode, the wider encoding of the same family may."""

NARROWER = {wide: one for one, wide in WIDER.items()}

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32's mark begins with UTF-16's."""
SAMPLE = 100_000
"""Bytes that are weighed."""
JAPANESE = ("cp932", "euc-jp")
NEAR = 0.85
"""Another encoding with this fraction of the best one's weight is nearly as likely."""
FEW = 20
"""Bytes beyond ASCII below which little is certain: then `NEAR_OF_FEW` is near enough."""
NEAR_OF_FEW = 0.4
COMPARED = 0.65
"""Encodings of Latin letters with this fraction of the best one's weight are compared by language too."""
OF_LATIN = {
    "cp1252": ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "ca"),
    "cp1250": ("pl", "cs", "sk", "hu", "ro", "hr", "sl"),
    "cp1254": ("tr",),
    "cp1257": ("lt", "lv", "et"),
    "cp1258": ("vi",),
}
OF_LATIN |= {one: OF_LATIN["cp1252"] for one in ("mac-roman", "cp850")}
OF_LATIN |= {one: OF_LATIN["cp1250"] for one in ("iso8859-2", "cp852")}
"""Encodings of Latin letters, which only spelling tells apart, and languages (ISO 639-1) written in them."""
DISTRUST = 0.6
"""What the weight is multiplied by where the text is in none of the languages that the encoding is for."""
UNUSUAL = {
    "mac-roman": 0.93,
    "cp850": 0.93,
    "cp852": 0.93,
    "cp866": 0.93,
    "iso8859-2": 0.999,
    "koi8-u": 0.999,
}
"""What the weights of old systems' encodings are multiplied by."""
MIXED = 0.5
"""What the weight is multiplied by, at most twice, where words mix scripts or have signs within."""
LOOKED_AT = 1_000
"""Characters that the language is told by."""
KANA = 0.03
"""The weight of Japanese that is too short for chardet."""

WORD = re.compile(r"[^\s\x00-\x26\x28-\x2c./:-@\[-`{-\x7f]+")
SIGNS = ("Sm", "Sc", "Sk", "So", "No", "Ps", "Cc", "Cn", "Co")
"""Categories of what does not stand between two letters of a word."""


@dataclass(frozen=True)
class Guess:
    """The most likely encoding of some bytes, with those that are nearly as likely and give another text."""

    encoding: str
    near: tuple[str, ...] = ()


def known(name: str) -> str:
    """The name in `ENCODINGS` or `ALSO` of an encoding that a person or a file calls by any of its names; "" where
    it is none of them."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    return _by_codec().get(found, "")


@lru_cache(maxsize=1)
def _by_codec() -> dict[str, str]:
    return {codecs.lookup(one).name: one for one in (*ALSO, *ENCODINGS)}


def marked(data: bytes) -> str:
    """The encoding that a byte order mark names, "" without one."""
    return next((encoding for mark, encoding in MARKS if data.startswith(mark)), "")


def guess(data: bytes) -> Guess | None:
    """The most likely encoding; None where it is no text in any."""
    if encoding := marked(data):
        return Guess(encoding)
    if encoding := _wide(data):
        return Guess(encoding)
    if _is_utf8(data):
        return Guess("utf-8")
    sample = _sample(data)
    weights = _spelt(sample, _weigh(sample))
    for encoding in sorted(weights, key=weights.__getitem__, reverse=True):
        text = decoded(data, encoding)
        if text is not None:
            break
    else:
        return None
    best = weights[encoding]
    few = sum(byte > 0x7F for byte in sample[: 10 * SAMPLE]) < FEW
    least = best * (NEAR_OF_FEW if few else NEAR)
    near = [one for one in weights if one != encoding and weights[one] >= least]
    ours = sample.decode(encoding, "replace")
    return Guess(encoding, tuple(n for n in near if sample.decode(n, "replace") != ours))


def decoded(data: bytes, encoding: str) -> str | None:
    """The text without its mark, None where some bytes are nothing in this encoding."""
    for one in (encoding, WIDER.get(encoding)):
        try:
            if one:
                return data.decode(one).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError):
            continue
    return None


def _is_utf8(data: bytes) -> bool:
    """Also with a few broken characters among many good ones, as where files were joined or cut."""
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    beyond = sum(c > "\x7f" for c in text)
    return beyond >= 20 * text.count("\ufffd")


def _wide(data: bytes) -> str:
    """UTF-16 and UTF-32 without a mark, by where the zeros of ASCII characters stand."""
    start = data[:4_000]
    zeros = start.count(0)
    if zeros < 2 or zeros * 40 < len(start):
        return ""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        width = 4 if "32" in encoding else 2
        try:
            text = start[: len(start) // width * width].decode(
                encoding, "ignore" if width == 2 else "strict"
            )
        except UnicodeDecodeError:
            continue
        if _reads_as_text(text):
            return encoding
    return ""


def _reads_as_text(text: str) -> bool:
    """No NUL, no unassigned characters, ASCII as between words and cells; UTF-16 of the wrong byte order has none."""
    odd = sum(unicodedata.category(c) in ("Cc", "Cn", "Co") and c not in "\t\r\n" for c in text)
    common = sum(c in " \t\r\n,;.|" or c.isalnum() and c.isascii() for c in text)
    return odd * 50 <= len(text) and common > 0


def _sample(data: bytes) -> bytes:
    """At most SAMPLE bytes, of lines that are not plain ASCII, from all over the file."""
    if len(data) <= SAMPLE and data.count(b"\n") < 20:
        return data
    lines = [line for line in _lines(data) if not line.isascii()]
    size = sum(map(len, lines))
    return b"".join(lines[:: max(1, -(-size // SAMPLE))])[:SAMPLE]


def _lines(data: bytes) -> Iterator[bytes]:
    """Pieces that end where no character of any encoding is cut: none of them uses a line end within one."""
    for match in re.finditer(rb"[^\r\n]{0,20000}[\r\n]*", data):
        yield match.group()


def _weigh(data: bytes) -> dict[str, float]:
    """The weight of each encoding that is possible at all."""
    from chardet import detect_all

    found = detect_all(
        data,
        ignore_threshold=True,
        include_encodings=(*EAST_ASIAN, *WINDOWS, *OLD),
        compat_names=False,
        max_bytes=len(data),
    )
    weights: dict[str, float] = {}
    for one in found:
        name = one["encoding"] or ""
        encoding = NARROWER.get(name) or known(name)
        if encoding in ENCODINGS:
            sound = _soundness(data.decode(encoding, "replace"))
            weights[encoding] = one["confidence"] * UNUSUAL.get(encoding, 1) * sound
    kana = [one for one in JAPANESE if (text := decoded(data, one)) and _is_kana(text)]
    return weights | {one: max(KANA, weights.get(one, 0)) for one in kana[:1]}


def _spelt(data: bytes, weights: dict[str, float]) -> dict[str, float]:
    """The weights, less those of encodings that make a text of a language that is not written in them."""
    best = max(weights.values(), default=0)
    near = [one for one in weights if one in OF_LATIN and weights[one] >= COMPARED * best]
    texts = {one: data.decode(one, "replace") for one in near}
    if len(set(texts.values())) < 2:
        return weights
    fits = {one: _fit(text, OF_LATIN[one]) for one, text in texts.items()}
    return weights | {one: weights[one] * (DISTRUST + (1 - DISTRUST) * fits[one]) for one in near}


def _fit(text: str, codes: Sequence[str]) -> float:
    """How sure lingua is, in [0, 1], that a text is in one of the languages."""
    values = _detector().compute_language_confidence_values(text[:LOOKED_AT])
    return sum(one.value for one in values if one.language.iso_code_639_1.name.lower() in codes)


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = sorted({code for some in OF_LATIN.values() for code in some})
    wanted = [getattr(IsoCode639_1, code.upper()) for code in codes]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*wanted).with_low_accuracy_mode().build()


def _is_kana(text: str) -> bool:
    """Japanese of a few words, too short for chardet: a third kana, the others ideographs and their punctuation."""
    beyond = [c for c in text if c > "\x7f"]
    kana = sum("\u3041" <= c <= "\u30fe" for c in beyond)
    return kana * 3 >= len(beyond) and all(
        "\u3000" <= c <= "\u9fff" or c > "\uff00" for c in beyond
    )


def _soundness(text: str) -> float:
    """What a text's weight is multiplied by: 1 where its words look like words, down to MIXED ** 2."""
    seen = odd = 0
    for line in text.split("\n"):
        ascii_letters = sum(c.isascii() and c.isalpha() for c in line)
        for word in WORD.findall(line):
            if not word.isascii():
                seen += 1
                odd += _is_odd(word, ascii_letters)
    return MIXED ** (2 * odd / seen) if seen else 1.0


def _is_odd(word: str, ascii_letters: int) -> bool:
    """Hardly a word: two scripts or a sign within it, a capital after small letters, a lone foreign letter."""
    letters = "".join(c for c in word if c.isalpha())
    scripts = {_script(c) for c in letters}
    if len(scripts) > 1:
        return True
    for before, c, after in zip(word, word[1:], word[2:] + " ", strict=False):
        if before.islower() and c.isupper() and c > "\x7f":
            return True
        if before.isalpha() and after.isalpha() and c > "\x7f" and _is_sign(c):
            return True
    return len(letters) == 1 and ascii_letters > 8 and scripts not in ({"LATIN"}, {"CJK"})


def _is_sign(c: str) -> bool:
    return c in "¿¡§¶†‡" or unicodedata.category(c) in SIGNS


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """LATIN, CYRILLIC, …; one for all that East Asian texts mix."""
    if letter in "ªº" or letter >= "\u1100" and unicodedata.east_asian_width(letter) in "WF":
        return "CJK" if letter > "\u1100" else "LATIN"
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
