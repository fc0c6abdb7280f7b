"""Names in zip files that do not say how they are written: the encoding that explains all of them best.

Since 2006 a zip file can mark a name as UTF-8; Windows' own archiver and old programs write the bytes of the
computer's language instead, unmarked. Names are short, so each candidate's price is counted in bits over all names of
the archive together: how surprising its characters would be as file names of its language. The lowest price wins.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from core.errors import N_
from core.inputs.reading import Reading

ENCODINGS = (
    "utf-8",
    "gbk",
    "cp932",
    "cp949",
    "big5",
    "cp437",
    "cp850",
    "cp1252",
    "cp852",
    "cp866",
)
"""What unmarked names are written in: UTF-8 by Unix, the others by Windows (East Asia; DOS of America, of Western and
Central Europe, and of Russia; and Windows of Western Europe). Of equal ones the first is taken."""
NEAR = 8.0
"""Bits by which another reading may cost more and still be worth telling that the encoding was guessed."""
MOST = 20_000
"""Letters outside ASCII that are weighed; more do not change the result."""

TAKEN = N_("Names in the archive do not say their encoding; they are read as {taken} ({example}).")
ASCII, RARE, FOREIGN = 5.0, 18.0, 24.0
"""Bits of an ASCII character, of one that hardly stands in a name, and of one outside the encoding's usual part."""
USUAL, ODD = " -_.,()", 12.0
"""Signs that stand in names, and the bits of other ones: bytes of East Asian letters read as something else."""
MIXED, RAISED = 4.0, 5.0
"""Bits for two scripts that touch, and for a capital after a small letter."""


def decode(reading: Reading, raw: Sequence[bytes]) -> list[str]:
    """The names that `raw` are, as one encoding for all; noted where it is not ASCII, so that a person can choose.

    Raises:
        UsageError: a person chose an encoding in which one of them cannot be written.
    """
    if all(name.isascii() for name in raw):
        return [name.decode("ascii") for name in raw]
    ranked = rank(raw)
    best, price = ranked[0]
    text = _example(raw, best)
    others = [cost for encoding, cost in ranked[1:] if _example(raw, encoding) != text]
    taken = reading.choose(
        "names_encoding",
        best,
        TAKEN,
        options=[encoding for encoding, _cost in ranked],
        guessed=best != "utf-8" and bool(others) and others[0] - price < NEAR,
        example=_example(raw, reading.choices.get("names_encoding") or best),
    )
    return [name.decode(taken) for name in raw]


def rank(raw: Sequence[bytes]) -> list[tuple[str, float]]:
    """The encodings in which all names can be written, with their price in bits, cheapest first."""
    some = _enough([name for name in dict.fromkeys(raw) if not name.isascii()])
    prices = {}
    for encoding in ENCODINGS:
        try:
            for name in raw:
                name.decode(encoding)
        except UnicodeDecodeError:
            continue
        texts = {part for name in some for part in _parts(name.decode(encoding))}
        prices[encoding] = sum(_price(text, encoding) for text in texts)
    return sorted(prices.items(), key=lambda pair: pair[1])  # stable: ENCODINGS' order


def _parts(name: str) -> Iterator[str]:
    """The folders and the file of a path; split only now, as bytes of `/` and `\\` also end letters in East Asia."""
    return (part for part in re.split("/" if "/" in name else r"\\", name) if not part.isascii())


def _enough(names: Sequence[bytes]) -> list[bytes]:
    found, size = [], 0
    for name in names:
        if size > MOST:
            break
        found.append(name)
        size += len(name)
    return found


def _example(raw: Sequence[bytes], encoding: str) -> str:
    """The first name with something beside ASCII, as the encoding has it."""
    first = next(name for name in raw if not name.isascii())
    try:
        return first.decode(encoding, "replace")
    except LookupError:  # a person's word for an encoding; `choose` refuses it
        return ""


def _price(text: str, encoding: str) -> float:
    """Bits of a name's part: its characters one by one, and what does not go together beside each other."""
    of = _PRICES.get(encoding, _western)
    total, before = 0.0, ""
    for letter in text:
        if letter.isascii():
            total += ASCII if letter.isalnum() or letter in USUAL else ODD
        else:
            total += of(letter)
        if before and letter.isupper() and before.islower():
            total += RAISED
        if before and _clash(before, letter):
            total += MIXED
        before = letter
    return total


def _clash(one: str, other: str) -> bool:
    """Whether two neighbours are letters of scripts that seldom touch within a word."""
    first, second = _script(one), _script(other)
    return bool(first and second and first != second and {first, second} != {"HAN", "KANA"})


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """LATIN, CYRILLIC, GREEK, HAN, KANA or HANGUL; "" of what is no letter."""
    if not letter.isalpha():
        return ""
    kind = unicodedata.name(letter, "").partition(" ")[0]
    return {"CJK": "HAN", "HIRAGANA": "KANA", "KATAKANA": "KANA"}.get(kind, kind)


def _unicode(letter: str) -> float:
    """Bytes that happen to be well-formed UTF-8 are so by chance where they give two-byte letters alone."""
    script = _script(letter)
    if script in ("LATIN", "HAN", "KANA", "HANGUL"):
        return 6.0
    return 9.0 if letter.isalpha() else 12.0


COMMON = frozenset("äöüßéèàçñåøæêáíóúâôîõãëïò")
SLAVONIC = frozenset("ąćęłńóśźżčěřšžýůáíéúťďňőűăâîșț")


def _western(letter: str) -> float:
    """The accents of Western Europe, their capitals, other Latin letters; signs and Greek are rare."""
    return _latin(letter, COMMON, 8.0)


def _central(letter: str) -> float:
    """The letters of Poland, Bohemia, Hungary; a little dearer than Western ones, which more people write."""
    return _latin(letter, SLAVONIC | COMMON, 8.5)


def _latin(letter: str, usual: frozenset[str], bits: float) -> float:
    if _script(letter) != "LATIN":
        return RARE
    small = letter.lower()
    return (bits if small in usual else bits + 4) + (1.5 if letter.isupper() else 0)


def _cyrillic(letter: str) -> float:
    return (6.5 if letter.isupper() else 5.5) if "А" <= letter <= "ё" else RARE


def _chinese(letter: str) -> float:
    """GB 2312's first level (3,755 characters) is nearly all of what is written; the second is rare, and what GBK
    adds rarer."""
    raw = letter.encode("gbk")
    lead, trail = raw[0], raw[-1]
    if trail < 0xA1 or lead < 0xA1:
        return FOREIGN
    if 0xB0 <= lead <= 0xD7:
        return 12.0
    if 0xD8 <= lead <= 0xF7:
        return 15.5
    return 14.0 if lead in (0xA1, 0xA3) else FOREIGN  # punctuation and wide letters; kana, Greek


def _traditional(letter: str) -> float:
    """Big5's first level (5,401 characters), the second, and signs."""
    raw = letter.encode("big5")
    if 0xA4 <= raw[0] <= 0xC6:
        return 12.4
    return 17.5 if 0xC9 <= raw[0] <= 0xF9 else 15.0


def _japanese(letter: str) -> float:
    """Kana are few and frequent; JIS level 1 has 2,965 kanji, level 2 is rare; half-wide kana hardly stand in names."""
    if "ぁ" <= letter <= "ん":
        return 7.4
    if "ァ" <= letter <= "ー":
        return 8.0
    raw = letter.encode("cp932")
    if len(raw) == 1:
        return 15.0
    if 0x88 <= raw[0] <= 0x97 or (raw[:1] == b"\x98" and raw[1] <= 0x72):
        return 13.2
    return 17.4 if _script(letter) == "HAN" else RARE


# Hangul syllables are composed of letters; how frequent these are says how likely a syllable is, which tells Korean
# names from Chinese ones that happen to fall on syllables (percent of running text, rounded).
_ONSETS = (12, 1.2, 6, 9, 1, 7, 5, 4.5, 0.4, 9, 0.7, 24, 8, 0.3, 3.2, 1.6, 2.2, 2, 7.5)
_VOWELS = (17, 6, 1.2, 0.1, 9.5, 5, 5, 1, 11, 2, 0.2, 1.2, 1.6, 8.5, 1, 0.1, 1.1, 1.2, 9, 1.4, 16)
_CODAS = (
    *(50, 6, 0.2, 0.05, 14, 0.1, 0.3, 0.4, 10, 0.3, 0.1, 0.1, 0.02, 0.03, 0.02, 0.1),
    *(6, 2.5, 0.3, 2, 1.3, 9, 0.3, 0.25, 0.1, 0.4, 0.4, 0.4),
)


def _korean(letter: str) -> float:
    if not "가" <= letter <= "힣":
        return 20.0 if _script(letter) == "HAN" else RARE
    number = ord(letter) - ord("가")
    parts = _ONSETS[number // 588], _VOWELS[number % 588 // 28], _CODAS[number % 28]
    return -sum(math.log2(part / 100) for part in parts)


_PRICES: dict[str, Callable[[str], float]] = {
    "utf-8": _unicode,
    "gbk": _chinese,
    "big5": _traditional,
    "cp932": _japanese,
    "cp949": _korean,
    "cp852": _central,
    "cp866": _cyrillic,
}
