"""Where the sentences of a text begin and end, by the rules of its language (library: sentencex)."""

from __future__ import annotations


def split(text: str, language: str | None = None) -> list[tuple[int, int]]:
    """Character spans (start, end) of the sentences in order, without the blanks around them.

    `language` is an ISO 639-1 code; without one, or with one that sentencex has no rules for,
    its general rules apply. A blank line always ends a sentence, a single line break does not.
    """
    import sentencex

    spans, start = [], 0
    for piece in sentencex.segment(language or "en", text):
        inside = piece.strip()
        if inside:
            begin = start + piece.index(inside)
            spans.append((begin, begin + len(inside)))
        start += len(piece)
    return spans
