"""Which encoding is a file in? All that people's programs still write are weighed against one another at once.

The library is chardet (bigram models of 49 languages). What it cannot know is added here: a file that is mostly ASCII
is weighed by its other lines alone; a word in two scripts, or with a sign within, is hardly a word; and a text in
Latin letters is in one of the languages that its encoding is for (lingua). `python -m scripts.encodings` measures it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

UNICODE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
JAPANESE = ("cp932", "euc-jp")
EAST_ASIAN = ("gb18030", "cp950", *JAPANESE, "cp949")
EUROPEAN = ("cp1252", "cp1250", "cp1251", "cp1254", "cp1253", "cp1257")
WINDOWS = (*EUROPEAN, "cp1256", "cp1255", "cp874", "cp1258")
OLD = ("koi8-r", "koi8-u", "iso8859-2", "mac-roman", "cp850", "cp852", "cp866")
"""Of Unix, old Macintoshes and DOS; Excel still offers the last four."""
ENCODINGS = (*UNICODE, *EAST_ASIAN, *WINDOWS, *OLD)
"""What is weighed, by the names of Python's codecs."""
ISO = tuple(f"iso8859-{part}" for part in (1, 5, 7, 8, 9, 13, 15))
ALSO = ("ascii", "gbk", "gb2312", "big5", "big5hkscs", "shift_jis", "euc_kr", "iso2022_jp", "cp437")
"""What a person may choose besides, with `ISO`."""
WIDER = {"cp950": "big5hkscs", "euc-jp": "euc_jis_2004", "cp932": "shift_jis_2004"}
"""Where a file does not decode, the wider encoding of the same family may."""
NARROWER = {wide: one for one, wide in WIDER.items()}

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

SAMPLE = 100_000
"""Bytes that are weighed."""
LOOKED_AT = 1_000
"""Characters that the language is told by; four times as many for how words look."""
CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text in an encoding of letters has (a form feed and an escape it may)."""

# Chosen on Django's translations; `scripts.encodings` measures them on other texts.
NEAR = 0.85
"""Another encoding with this fraction of the best one's weight is nearly as likely."""
FEW = 20
"""Bytes beyond ASCII below which little is certain: then `NEAR_OF_FEW` is near enough."""
NEAR_OF_FEW = 0.4
COMPARED = 0.65
"""Encodings of Latin letters with this fraction of the best one's weight are compared by language too."""
DISTRUST = 0.6
"""What a weight is multiplied by where the text is in none of the languages that the encoding is for."""
ODD = 0.25
"""What a weight is multiplied by where no word beyond ASCII looks like one."""
KANA = 0.03
"""The weight of Japanese that is too short for chardet."""
UNUSUAL = {one: 0.93 for one in OLD} | {"iso8859-2": 0.999, "koi8-r": 1, "koi8-u": 0.999}
"""What the weights of old systems' encodings are multiplied by."""

COMMON_HANGUL = frozenset(
    "이다는을가고의에하지은를사로도있자어아기나시인대한리서수해전보정부그스제일과주장니요들게면구비상원여네안만성동공무선습신관"
    "조경라문세우방국화물음식좋싫별최추천맛배송품질격마없않못너말반오저진미연중년월생행개내때더또와분유려러르소영용위식트드크호"
)
"""Syllables that most Korean sentences have some of."""

WESTERN = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "ca")
CENTRAL = ("pl", "cs", "sk", "hu", "ro", "hr", "sl")
LANGUAGES = {
    **dict.fromkeys(("cp1252", "mac-roman", "cp850"), WESTERN),
    **dict.fromkeys(("cp1250", "iso8859-2", "cp852"), CENTRAL),
    "cp1254": ("tr",),
    "cp1257": ("lt", "lv", "et"),
    "cp1258": ("vi",),
}
"""Encodings of Latin letters, which only spelling tells apart, and languages (ISO 639-1) written in them."""

WORD = re.compile(r"[^\s\x00-\x26\x28-\x2c./:-@\[-`{-\x7f]+")
SIGNS = ("Sm", "Sc", "Sk", "So", "No", "Ps", "Pi", "Cc", "Cn", "Co")
"""Categories of what does not stand between two letters of a word."""
ALONE = frozenset("ˆ˜†‡‰•")
"""What does not touch a letter."""


@dataclass(frozen=True)
class Guess:
    """The most likely encoding of some bytes, with those that are nearly as likely and give another text."""

    encoding: str
    near: tuple[str, ...] = ()


def known(name: str) -> str:
    """The name in `ENCODINGS`, `ISO` or `ALSO` of an encoding that is called by any of its names; "" where it is none
    of them."""
    try:
        found = codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        return ""
    return _by_codec().get(found, "")


@lru_cache(maxsize=1)
def _by_codec() -> dict[str, str]:
    return {codecs.lookup(one).name: one for one in (*ALSO, *ISO, *ENCODINGS)}


def decoded(data: bytes, encoding: str) -> str | None:
    """The text without its byte order mark, None where some bytes are nothing in this encoding."""
    for one in (encoding, WIDER.get(encoding)):
        try:
            if one:
                return data.decode(one).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    return None


def guess(data: bytes) -> Guess | None:
    """The most likely encoding; None where it is no text in any."""
    if encoding := unicode(data):
        return Guess(encoding)
    if len(CONTROLS.findall(data[:SAMPLE])) * 50 > len(data[:SAMPLE]):
        return None
    sample = _sample(data)
    weights = _by_language(sample, _weigh(sample))
    order = sorted(weights, key=weights.__getitem__, reverse=True)
    best = next((one for one in order if decoded(data, one) is not None), None)
    if best is None:
        return None
    few = len(sample) - len(sample.decode("ascii", "ignore")) < FEW
    least = weights[best] * (NEAR_OF_FEW if few else NEAR)
    text = sample.decode(best, "replace")
    same = [one for one in order if sample.decode(one, "replace") == text]
    usual = min(same, key=ENCODINGS.index)
    best = usual if decoded(data, usual) is not None else best
    near = [one for one in order if one not in same and weights[one] >= least]
    return Guess(best, tuple(near))


def unicode(data: bytes) -> str:
    """UTF-8, UTF-16 or UTF-32, by a mark or by sense; "" where it is none of them. UTF-8 also with a few broken
    characters among many good ones, as where files were joined or cut."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return encoding
    if encoding := _wide(data[:4_000]):
        return encoding
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    broken = text.count("\ufffd") if b"\xef\xbf\xbd" not in data else 0
    return "utf-8" if beyond >= 20 * broken else ""


def _wide(start: bytes) -> str:
    """UTF-16 and UTF-32 without a mark, by the zeros of their ASCII characters."""
    zeros = start.count(0)
    if zeros < 2 or zeros * 40 < len(start):
        return ""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        width = 4 if "32" in encoding else 2
        text = start[: len(start) // width * width].decode(encoding, "replace")
        odd = sum(unicodedata.category(c) in ("Cc", "Cn", "Co") and c not in "\t\r\n" for c in text)
        broken = text[:-1].count("\ufffd")
        # in the wrong byte order the ASCII characters that part words and cells are others
        if (odd + broken) * 50 <= len(text) and any(c.isascii() for c in text):
            return encoding
    return ""


def _sample(data: bytes) -> bytes:
    """At most SAMPLE bytes of lines that are not plain ASCII, from all over the file. No encoding uses the bytes of
    line ends within a character."""
    if data.isascii():
        return data[:SAMPLE]
    lines = [line for line in re.findall(rb"[^\r\n]+[\r\n]*", data) if not line.isascii()]
    some = lines[:: max(1, -(-sum(map(len, lines)) // SAMPLE))]
    return b"".join(some) if len(some[0]) < SAMPLE else some[0][:SAMPLE]


def _weigh(sample: bytes) -> dict[str, float]:
    """The weight of each encoding that is possible at all."""
    from chardet import detect_all

    found = detect_all(
        sample,
        ignore_threshold=True,
        include_encodings=(*EAST_ASIAN, *WINDOWS, *OLD),
        compat_names=False,
        max_bytes=len(sample),
    )
    weights: dict[str, float] = {}
    for one in found:
        name = one["encoding"] or ""
        encoding = NARROWER.get(name) or known(name)
        if encoding in ENCODINGS:
            look = _look(sample[: 4 * LOOKED_AT].decode(encoding, "ignore"))
            weights[encoding] = one["confidence"] * UNUSUAL.get(encoding, 1) * look
    if _is_short_chinese(sample):
        weights["gb18030"] = max(weights.values(), default=0.0) * 1.01 or KANA
    for encoding in JAPANESE:
        if _is_kana(decoded(sample, encoding) or ""):
            weights[encoding] = max(KANA, weights.get(encoding, 0.0))
            break
    return weights


def _is_short_chinese(sample: bytes) -> bool:
    """Whether all that is beyond ASCII are a few of the 3,755 common characters of GB 2312, and make no Korean that is
    common too: too short for chardet, and almost nothing else looks like that."""
    beyond = re.findall(rb"[\x80-\xff]+", sample)
    pairs = [run[i : i + 2] for run in beyond for i in range(0, len(run), 2)]
    if not pairs or 2 * len(pairs) > FEW:
        return False
    if not all(len(p) == 2 and 0xB0 <= p[0] <= 0xD7 and p[1] >= 0xA1 for p in pairs):
        return False
    korean = b"".join(pairs).decode("cp949", "replace")
    return 2 * sum(c in COMMON_HANGUL for c in korean) < len(korean)


def _is_kana(text: str) -> bool:
    """Whether it is Japanese beyond ASCII: a third kana, the others ideographs and their punctuation."""
    beyond = [c for c in text if c > "\x7f"]
    kana = sum("\u3041" <= c <= "\u30fe" for c in beyond)
    east_asian = all("\u3000" <= c <= "\u9fff" or c > "\uff00" for c in beyond)
    return kana > 0 and kana * 3 >= len(beyond) and east_asian


def _by_language(sample: bytes, weights: dict[str, float]) -> dict[str, float]:
    """The weights, less those of encodings that make a text of a language that is not written in them."""
    best = max(weights.values(), default=0)
    near = [one for one in weights if one in LANGUAGES and weights[one] >= COMPARED * best]
    texts = {one: sample.decode(one, "replace")[:LOOKED_AT] for one in near}
    if len(set(texts.values())) < 2:
        return weights
    fits = {one: _fit(text, LANGUAGES[one]) for one, text in texts.items()}
    return weights | {one: weights[one] * (DISTRUST + (1 - DISTRUST) * fits[one]) for one in near}


def _fit(text: str, codes: Sequence[str]) -> float:
    """How sure lingua is, in [0, 1], that a text is in one of the languages."""
    values = _detector().compute_language_confidence_values(text)
    return sum(one.value for one in values if one.language.iso_code_639_1.name.lower() in codes)


@lru_cache(maxsize=1)
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = sorted({code for some in LANGUAGES.values() for code in some})
    wanted = [getattr(IsoCode639_1, code.upper()) for code in codes]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*wanted).with_low_accuracy_mode().build()


def _look(text: str) -> float:
    """What a text's weight is multiplied by: 1 where its words beyond ASCII look like words, ODD where none does."""
    seen = odd = 0
    for line in text.split("\n"):
        ascii_letters = sum(c.isascii() and c.isalpha() for c in line)
        for word in WORD.findall(line):
            if not word.isascii():
                seen += 1
                odd += _is_odd(word, ascii_letters)
    return ODD ** (odd / seen) if seen else 1.0


def _is_odd(word: str, ascii_letters: int) -> bool:
    """Hardly a word: two scripts or a sign within it, a capital after small letters, a lone foreign letter in a line
    with others."""
    letters = "".join(c for c in word if c.isalpha())
    scripts = {_script(c) for c in letters}
    if len(scripts) > 1 or (letters and ALONE & set(word)) or letters in ("Š", "Ž"):
        return True
    for before, c, after in zip(word, word[1:], word[2:] + " ", strict=False):
        if c > "\x7f" and before.islower() and c.isupper():
            return True
        if c > "\x7f" and before.isalpha() and after.isalpha() and _is_sign(c):
            return True
    return len(letters) == 1 and ascii_letters > 8 and scripts not in ({"LATIN"}, {"CJK"})


def _is_sign(c: str) -> bool:
    return c in "¿¡§¶†‡‰•" or unicodedata.category(c) in SIGNS


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """LATIN, CYRILLIC, …; one for all that East Asian texts mix."""
    if letter in "ªº":
        return "LATIN"
    if letter >= "\u1100" and unicodedata.east_asian_width(letter) in "WF":
        return "CJK"
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
