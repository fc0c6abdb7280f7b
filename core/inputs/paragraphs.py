"""Lines of a typeset page joined to the paragraphs they were broken from."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from core.errors import N_
from core.inputs.reading import Reading

LIGATURES = re.compile("[\ufb00-\ufb06\ufb13-\ufb17\ufb50-\ufdfb\ufe70-\ufefc]")
"""Unicode's presentation forms: letters as they look in print. Superscripts, fractions and circled numbers mean
something of their own and stay."""
BROKEN = re.compile(r"(?<=\w)(?P<sign>[-\u2010\u00ad])[ \t]*\n[ \t]*(?P<rest>\w[\w'’-]*)")
"""A hyphen inside a word at the end of a line, and what stands in the next."""
BEGINNING = re.compile(r"[\w'’.\u2010-]*$")
LONGEST = 60
"""Most letters before the hyphen that are looked at."""
HYPHENS = "-\u2010"
SHORT = 0.7
"""A line shorter than this part of the longest around it ends a paragraph."""
AROUND = 4
"""Lines before and behind that it is compared with."""
SHOWN = 5
GOES_ON = "\0"
"""Marks a line that ended in a broken word, of which the next line has the rest."""
CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uff60]")
"""Scripts without blanks between words."""


def rejoined(pages: Sequence[str], reading: Reading) -> str:
    """The text of the pages as it was before it was set: ligatures as letters, broken words whole, one line a
    paragraph. `reading` takes what was done, with examples."""
    found: Counter[str] = Counter()
    plain = [
        LIGATURES.sub(lambda m: _letters(m.group(), found), page.strip("\n")) for page in pages
    ]
    if found:
        reading.assume(
            "ligatures",
            N_("Ligatures are read as letters ({count}): {examples}"),
            count=found.total(),
            examples=", ".join(list(found)[:SHOWN]),
        )
    return _unwrapped(_whole_words("\n".join(plain), reading), reading)


def _letters(ligature: str, found: Counter[str]) -> str:
    letters = unicodedata.normalize("NFKC", ligature)
    found[f"{ligature} → {letters}"] += 1
    return letters


def _whole_words(text: str, reading: Reading) -> str:
    """Words broken at line ends made whole. The hyphen stays where it belongs to the word: before a capital or a
    digit, in a word with other hyphens, or where the text has the word with a hyphen elsewhere."""
    words = Counter(re.findall(r"\w[\w'’\u2010-]*", text.lower()))
    joined: list[str] = []
    kept: list[str] = []

    def join(match: re.Match[str]) -> str:
        before = match.string[max(0, match.start() - LONGEST) : match.start()]
        beginning = BEGINNING.search(before)
        first, rest = beginning.group() if beginning else "", match["rest"]
        whole, hyphened = first + rest, f"{first}-{rest}"
        soft = match["sign"] == "\u00ad"
        belongs = not soft and (
            not rest[0].islower()
            or any(sign in first for sign in HYPHENS)
            or words[hyphened.lower()] > words[whole.lower()]
        )
        (kept if belongs else joined).append(hyphened if belongs else f"{first}- {rest} → {whole}")
        return ("-" if belongs else "") + GOES_ON + "\n" + rest

    text = BROKEN.sub(join, text.replace(GOES_ON, "")).replace("\u00ad", "")
    if joined:
        reading.assume(
            "hyphens",
            N_("Words broken at the end of a line are joined ({count}): {examples}"),
            count=len(joined),
            examples=", ".join(list(dict.fromkeys(joined))[:SHOWN]),
        )
    if kept:
        reading.assume(
            "hyphens kept",
            N_(
                "Hyphens at the end of a line that are taken for the word's own are kept ({count}): {examples}"
            ),
            count=len(kept),
            examples=", ".join(list(dict.fromkeys(kept))[:SHOWN]),
        )
    return text


def _unwrapped(text: str, reading: Reading) -> str:
    """Lines joined by blanks, but behind a line that ends a paragraph: it is shorter than those around it."""
    lines = [line.strip() for line in text.split("\n")]
    lengths = [len(line) for line in lines]
    parts: list[str] = []
    count = 0
    for i, line in enumerate(lines):
        before = lines[i - 1] if i else ""
        usual = max(lengths[max(0, i - AROUND) : i + AROUND])
        if before and line and len(before) >= SHORT * usual and not before.endswith(GOES_ON):
            parts.append("" if CJK.match(before[-1]) and CJK.match(line[0]) else " ")
            count += 1
        elif parts and not before.endswith(GOES_ON):
            parts.append("\n")
        parts.append(line.removesuffix(GOES_ON))
    if count:
        reading.assume(
            "line ends",
            N_("Line ends inside a paragraph are read as blanks ({count})."),
            count=count,
        )
    return "".join(parts).strip("\n")
