"""Searching a passage by meaning: MiniLM turns sentences and questions into vectors (BERT family).

The vector of a text is the mean of its token vectors, scaled to length 1; the dot product of two
vectors says how alike the texts are (Sentence-BERT, https://arxiv.org/abs/1908.10084).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.device import Device
from core.progress import Progress
from core.tasks.question_answering.passages import Span

if TYPE_CHECKING:
    import torch

BATCH = 32
LONGEST = 128  # tokens of a sentence that are looked at


class Searcher:
    """MiniLM on a device. It learned from English text: see `knows`."""

    def __init__(self, folder: Path, device: Device) -> None:
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModel.from_pretrained(folder, local_files_only=True)
        self.model = model.eval().to(device.name)
        self.device = device

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def vectors(self, texts: Sequence[str], progress: Progress) -> torch.Tensor:
        """Unit vectors of shape (texts, 384)."""
        import torch
        from torch.nn.functional import normalize

        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found: list[torch.Tensor] = [torch.empty(0)] * len(texts)
        for start in range(0, len(order), BATCH):
            progress.check()
            rows = order[start : start + BATCH]
            batch = self.tokenizer(
                [texts[i] for i in rows],
                padding=True,
                truncation=True,
                max_length=LONGEST,
                return_tensors="pt",
            ).to(self.device.name)
            with torch.inference_mode():
                hidden = self.model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(2)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            for i, vector in zip(rows, normalize(mean, dim=1).cpu(), strict=True):
                found[i] = vector
        return torch.stack(found)


def knows(text: str) -> bool:
    """Whether MiniLM can compare such a text: most of its letters are Latin."""
    letters = [c for c in text[:5000] if c.isalpha()]
    return sum(c.isascii() for c in letters) > len(letters) / 2


def likely(
    windows: Sequence[Span], sentences: Sequence[Span], alike: Sequence[float] | None, most: int
) -> list[Span]:
    """The at most `most` windows with the sentences most `alike` the question; without it, all.

    `alike` has a value for each of `sentences`; a sentence cut in two counts for both windows.
    """
    if alike is None or len(windows) <= most:
        return list(windows)

    def best(window: Span) -> float:
        inside = [
            value
            for (start, end), value in zip(sentences, alike, strict=True)
            if start < window[1] and end > window[0]
        ]
        return max(inside)

    return sorted(windows, key=best, reverse=True)[:most]
