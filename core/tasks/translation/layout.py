"""Takes a text apart into sentences and puts the translated ones back where they were."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.inputs import sentences

LONGEST = 500  # characters of one piece: the models were trained on sentences, not on pages
UNSPACED = ("zh", "ja")  # no blank between sentences
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")  # form feeds and U+2028 belong to a sentence


@dataclass(frozen=True)
class Piece:
    """`text` stands after `gap`, the blanks and line breaks before it. Without letters, it stays."""

    gap: str
    text: str

    @property
    def translatable(self) -> bool:
        return any(c.isalpha() for c in self.text)


def take_apart(text: str, language: str) -> tuple[list[Piece], str]:
    """The pieces of `text` in order, and the blanks after the last one. A line break ends a sentence."""
    pieces, last, start = [], 0, 0
    for line in LINE.findall(text):
        for begin, end in sentences.split(line, language):
            for cut_begin, cut_end in _cut(line, begin, end):
                gap = text[last : start + cut_begin]
                pieces.append(Piece(gap, line[cut_begin:cut_end]))
                last = start + cut_end
        start += len(line)
    return pieces, text[last:]


def _cut(line: str, begin: int, end: int) -> list[tuple[int, int]]:
    """Break a span that is too long: after a comma if there is one, else at a blank, else anywhere."""
    spans = []
    while end - begin > LONGEST:
        window = line[begin : begin + LONGEST]
        marks = (",;:，；：、،", " \t")
        at = next((i for m in marks if (i := max(window.rfind(c) for c in m) + 1) > 0), LONGEST)
        stop = begin + len(line[begin : begin + at].rstrip())
        if stop > begin:
            spans.append((begin, stop))
        begin += at
        while begin < end and line[begin].isspace():
            begin += 1
    if end > begin:
        spans.append((begin, end))
    return spans


def put_together(pieces: Sequence[Piece], tail: str, translated: Sequence[str], target: str) -> str:
    """The translated text, with the line breaks of the original and the blanks of the target."""
    out = []
    for number, (piece, text) in enumerate(zip(pieces, translated, strict=True)):
        gap = piece.gap
        if number and "\n" not in gap:
            gap = "" if target in UNSPACED else " "
        out.append(gap + text)
    return "".join(out) + tail
