"""A passage cut for reading: its sentences, and overlapping windows of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from core.inputs import sentences, texts

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

Span = tuple[int, int]
"""Characters (start, end) of the passage."""


class Passage:
    """A passage as models read it: its `text`, cleaned, with the sentences, found once for all questions about it."""

    def __init__(self, given: str) -> None:
        self._cleaned = texts.cleaned(given)
        self.text = self._cleaned.text

    def given(self, start: int, end: int) -> Span:
        """Where characters of `text` stand in the passage as it was given."""
        return self._cleaned.given(start, end)

    @cached_property
    def sentences(self) -> list[Span]:
        return sentences.split(self.text)

    def around(self, start: int, end: int) -> Span:
        """From the beginning of the sentence that holds `start` to the end of the one with `end`."""
        begin = max((s for s, _ in self.sentences if s <= start), default=start)
        finish = min((e for _, e in self.sentences if e >= end), default=end)
        return begin, finish

    def evidence(self, start: int, end: int) -> str:
        """The sentences that an answer touches, and all of the answer."""
        first, last = self.around(start, end)
        return self.text[min(first, start) : max(last, end)]

    def windows(self, size: int, overlap: int, count: Callable[[str], list[Span]]) -> list[Span]:
        """Windows of whole sentences of at most `size` tokens that share about `overlap` tokens.

        `count(text)` gives the character span of each token. A sentence longer than half a window
        is cut between tokens.
        """
        return _join(self._pieces(size // 2, count), size, overlap)

    def _pieces(self, most: int, count: Callable[[str], list[Span]]) -> list[tuple[Span, int]]:
        """(characters, number of tokens) of sentences and parts of long ones, in order."""
        pieces = []
        for start, end in self.sentences:
            tokens = count(self.text[start:end])
            for i in range(0, len(tokens), most):
                part = tokens[i : i + most]
                pieces.append(((start + part[0][0], start + part[-1][1]), len(part)))
        return pieces


def tokens(tokenizer: PreTrainedTokenizerBase, text: str) -> list[Span]:
    """The character span of each token of `text`, by a fast tokenizer."""
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return [(start, end) for start, end in encoded["offset_mapping"]]


def _join(pieces: Sequence[tuple[Span, int]], size: int, overlap: int) -> list[Span]:
    """Windows of as many pieces as fit; it ends because a full window holds more than `overlap`."""
    windows = []
    first = 0
    while first < len(pieces):
        last, tokens = first, pieces[first][1]
        while last + 1 < len(pieces) and tokens + pieces[last + 1][1] <= size:
            last += 1
            tokens += pieces[last][1]
        windows.append((pieces[first][0][0], pieces[last][0][1]))
        if last + 1 == len(pieces):
            break
        shared = 0
        first = last + 1
        while first - 1 > 0 and shared + pieces[first - 1][1] <= overlap:
            first -= 1
            shared += pieces[first][1]
    return windows
