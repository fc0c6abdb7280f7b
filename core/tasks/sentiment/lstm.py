"""Chinese sentiment: a bidirectional LSTM over characters and pairs of characters, attention pooling.

Chinese writes no spaces, so a character and the pair it starts stand in for words.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.tasks.sentiment.data import normal

PAD, UNKNOWN = 0, 1
WINDOW = 256
"""Longest input in characters."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; the vocabularies' sizes come from the training texts."""

    embedding: int = 48
    hidden: int = 96
    evidence: int = 1 << 20  # places for the weights of single runs of characters


class Vocabulary:
    """Numbers for the frequent characters and pairs of characters; 0 pads, 1 is any other."""

    def __init__(self, characters: Sequence[str], pairs: Sequence[str]) -> None:
        self.characters, self.pairs = list(characters), list(pairs)
        self._characters = {c: i + 2 for i, c in enumerate(characters)}
        self._pairs = {p: i + 2 for i, p in enumerate(pairs)}

    @classmethod
    def of(cls, texts: Iterable[str], characters: int, pairs: int) -> Vocabulary:
        """The most frequent ones in `texts`, at least twice there."""
        ones: Counter[str] = Counter()
        twos: Counter[str] = Counter()
        for text in map(normal, texts):
            ones.update(text)
            twos.update(a + b for a, b in pairwise(text))
        return cls(
            *(
                [t for t, n in c.most_common(most) if n > 1]
                for c, most in ((ones, characters), (twos, pairs))
            )
        )

    def numbers(self, text: str) -> tuple[list[int], list[int]]:
        """Character numbers and, of the same length, the numbers of the pairs they start."""
        text = normal(text)[:WINDOW] or " "
        pairs = [a + b for a, b in zip(text, text[1:] + "\n", strict=True)]
        return (
            [self._characters.get(c, UNKNOWN) for c in text],
            [self._pairs.get(p, UNKNOWN) for p in pairs],
        )


def runs(text: str, places: int) -> list[int]:
    """The places of all runs of one to three characters in `text`, each once.

    A place is found by checksum, so that no list is needed.
    """
    text = normal(text)[:WINDOW] or " "
    pieces = (text[i : i + n].encode() for n in (1, 2, 3) for i in range(len(text) - n + 1))
    return sorted({1 + zlib.crc32(piece) % (places - 1) for piece in pieces})


class LstmClassifier(nn.Module):
    """Characters and pairs (B, T) -> LSTM states (B, T, 2H) -> weighted mean -> logits (B, 2).

    The weights of the mean are learnt: a softmax over one score per position (attention pooling).
    Beside it two short ways lead to the logits (wide and deep, arXiv:1606.07792): the sum of the
    embeddings, and one weight for each run of up to three characters. Which words occur says much
    by itself, and a small data set teaches that sooner than their order. Those weights are fitted
    first, by themselves (`train_wide`); gradients leave them alone.
    """

    def __init__(self, vocabulary: Vocabulary, shape: Shape) -> None:
        super().__init__()
        self.vocabulary, self.shape = vocabulary, shape
        e, h = shape.embedding, shape.hidden
        self.characters = nn.Embedding(len(vocabulary.characters) + 2, e, padding_idx=PAD)
        self.pairs = nn.Embedding(len(vocabulary.pairs) + 2, e, padding_idx=PAD)
        for table in (self.characters, self.pairs):  # rare ones, hardly trained, stay quiet
            nn.init.normal_(table.weight, std=0.05)
            nn.init.zeros_(table.weight.data[PAD])
        self.dropout = nn.Dropout(0.5)
        self.forwards = nn.LSTM(2 * e, h, batch_first=True)
        self.backwards = nn.LSTM(2 * e, h, batch_first=True)
        self.attention = nn.Linear(2 * h, 1)
        self.evidence = nn.Embedding(shape.evidence, 1, padding_idx=PAD)
        nn.init.zeros_(self.evidence.weight)
        self.evidence.weight.requires_grad_(False)
        self.head = nn.Linear(2 * h + 2 * e, 2)

    def inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        rows = [self.vocabulary.numbers(text) for text in texts]
        longest = max(len(characters) for characters, _ in rows)
        numbers = torch.zeros(2, len(rows), longest, dtype=torch.long)
        for i, row in enumerate(rows):
            numbers[:, i, : len(row[0])] = torch.tensor(row)
        found = [runs(text, self.shape.evidence) for text in texts]
        evidence = torch.zeros(len(rows), max(map(len, found)), dtype=torch.long)
        for i, places in enumerate(found):
            evidence[i, : len(places)] = torch.tensor(places)
        return {"characters": numbers[0], "pairs": numbers[1], "evidence": evidence}

    def forward(
        self, characters: torch.Tensor, pairs: torch.Tensor, evidence: torch.Tensor
    ) -> torch.Tensor:
        there = characters != PAD
        embedded = torch.cat([self.characters(characters), self.pairs(pairs)], dim=-1)
        lengths = there.sum(1, keepdim=True)
        states = self._read(self.dropout(embedded), lengths)
        scores = self.attention(states.tanh()).masked_fill(~there.unsqueeze(-1), float("-inf"))
        pooled = (states * scores.softmax(1)).sum(1)
        occurring = embedded.sum(1) / lengths.sqrt()  # padding embeds to zero
        logits = self.head(self.dropout(torch.cat([pooled, occurring], dim=-1)))
        count = (evidence != PAD).sum(1, keepdim=True).clamp(min=1)
        weight = self.evidence(evidence).sum(1) / count.sqrt()
        return logits + torch.cat([-weight, weight], dim=1)

    def _read(self, embedded: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """States of both directions (B, T, 2H). Each text is turned around within its own length,
        so that no direction reads padding: an answer does not depend on the batch. (A packed
        sequence does the same, with a backward pass that grows with the square of the length.)"""
        positions = torch.arange(embedded.shape[1], device=embedded.device)
        turned = (lengths - 1 - positions).clamp(min=0).unsqueeze(-1)

        def turn(x: torch.Tensor) -> torch.Tensor:
            return x.gather(1, turned.expand(-1, -1, x.shape[2]))

        onwards, _ = self.forwards(embedded)
        back, _ = self.backwards(turn(embedded))
        return torch.cat([onwards, turn(back)], dim=-1)


def save(model: LstmClassifier, folder: Path) -> None:
    """Write the weights in half precision and the vocabulary."""
    halves = {name: value.half().contiguous() for name, value in model.state_dict().items()}
    save_file(halves, folder / "lstm.safetensors")
    record = {
        "shape": asdict(model.shape),
        "characters": model.vocabulary.characters,
        "pairs": model.vocabulary.pairs,
    }
    (folder / "vocabulary.json").write_text(json.dumps(record, ensure_ascii=False), "utf-8")


def load(folder: Path) -> LstmClassifier:
    record = json.loads((folder / "vocabulary.json").read_text("utf-8"))
    vocabulary = Vocabulary(record["characters"], record["pairs"])
    model = LstmClassifier(vocabulary, Shape(**record["shape"]))
    model.load_state_dict({k: v.float() for k, v in load_file(folder / "lstm.safetensors").items()})
    return model.eval()
