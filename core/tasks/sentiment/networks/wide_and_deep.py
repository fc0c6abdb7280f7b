"""The Chinese starter: bidirectional LSTMs over sub-words, attention pooling, weights of n-grams.

Chinese writes no spaces; the sub-words (a unigram model, arXiv:1804.10959) are learnt.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from torch import nn

from core.inputs.texts import normal

PAD, UNKNOWN = 0, 1
WINDOW = 256
"""Longest input in characters."""


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; those of the vocabulary and the n-grams come from the training texts."""

    embedding: int = 48
    hidden: int = 96
    readers: int = 2


def subwords(texts: Iterable[str], size: int) -> SentencePieceProcessor:
    """Learn at most `size` sub-words of up to four characters; 0 pads, 1 is any other."""
    model = io.BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=map(normal, texts),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,
        max_sentencepiece_length=4,
        normalization_rule_name="identity",  # `normal` did it
        add_dummy_prefix=False,
        pad_id=PAD,
        unk_id=UNKNOWN,
        bos_id=-1,
        eos_id=-1,
        num_threads=1,  # more would add in another order: not the same pieces each time
        minloglevel=2,
    )
    return SentencePieceProcessor(model_proto=model.getvalue())


def grams(text: str, tokenizer: SentencePieceProcessor) -> set[int]:
    """Checksums of what occurs: runs of one to three characters, sub-words, pairs of sub-words.

    A checksum takes less room than the n-gram itself.
    """
    tokens = tokenizer.encode(text, out_type=str)
    found = {text[i : i + n] for n in (1, 2, 3) for i in range(len(text) - n + 1)}
    found.update(tokens, map("\t".join, pairwise(tokens)))
    return {zlib.crc32(gram.encode()) for gram in found}


class Reader(nn.Module):
    """Sub-words (B, T) -> LSTM states (B, T, 2H) -> weighted mean -> logits (B, 2).

    The weights of the mean are learnt: a softmax over one score per position (attention pooling).
    The sum of the embeddings goes to the logits too: which words occur says much by itself, and a
    small data set teaches that sooner than their order.
    """

    def __init__(self, tokens: int, shape: Shape) -> None:
        super().__init__()
        e, h = shape.embedding, shape.hidden
        self.embedding = nn.Embedding(tokens, e, padding_idx=PAD)
        self.dropout = nn.Dropout(0.5)
        self.forwards = nn.LSTM(e, h, batch_first=True)
        self.backwards = nn.LSTM(e, h, batch_first=True)
        self.attention = nn.Linear(2 * h, 1)
        self.head = nn.Linear(2 * h + e, 2)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        there = tokens != PAD
        embedded = self.embedding(tokens)
        lengths = there.sum(1, keepdim=True)
        states = self._read(self.dropout(embedded), lengths)
        scores = self.attention(states.tanh()).masked_fill(~there.unsqueeze(-1), float("-inf"))
        pooled = (states * scores.softmax(1)).sum(1)
        occurring = embedded.sum(1) / lengths.sqrt()  # padding embeds to zero
        logits: torch.Tensor = self.head(self.dropout(torch.cat([pooled, occurring], dim=-1)))
        return logits

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


class LstmClassifier(nn.Module):
    """The mean logits of some readers, plus one weight for each known n-gram that occurs.

    Wide and deep (arXiv:1606.07792), each trained by itself. `keys` are the n-grams' checksums.
    """

    def __init__(
        self, tokenizer: SentencePieceProcessor, shape: Shape, keys: Sequence[int] = ()
    ) -> None:
        super().__init__()
        self.tokenizer, self.shape = tokenizer, shape
        tokens = tokenizer.vocab_size()
        self.readers = nn.ModuleList(Reader(tokens, shape) for _ in range(shape.readers))
        self.places = {key: i + 1 for i, key in enumerate(keys)}
        self.register_buffer("keys", torch.tensor(keys, dtype=torch.uint32))
        self.evidence = nn.Embedding(len(keys) + 1, 1, padding_idx=PAD)
        nn.init.zeros_(self.evidence.weight)
        self.evidence.weight.requires_grad_(False)

    def inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        cut = [normal(text)[:WINDOW] for text in texts]
        found = [
            sorted(self.places[key] for key in grams(text, self.tokenizer) if key in self.places)
            for text in cut
        ]
        read = [ids or [UNKNOWN] for ids in self.tokenizer.encode(cut)]
        return {"tokens": _padded(read), "evidence": _padded(found)}

    def forward(self, tokens: torch.Tensor, evidence: torch.Tensor) -> torch.Tensor:
        logits = torch.stack([reader(tokens) for reader in self.readers]).mean(0)
        count = (evidence != PAD).sum(1, keepdim=True).clamp(min=1)
        weight = self.evidence(evidence).sum(1) / count.sqrt()
        return logits + torch.cat([-weight, weight], dim=1)


def _padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    table = torch.full((len(rows), max(map(len, rows))), PAD)
    for i, row in enumerate(rows):
        table[i, : len(row)] = torch.tensor(row)
    return table


def save(model: LstmClassifier, folder: Path) -> None:
    """Write the weights in half precision, the checksums, the sub-words and the sizes."""
    tensors = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(tensors, folder / "lstm.safetensors")
    (folder / "subwords.model").write_bytes(model.tokenizer.serialized_model_proto())
    (folder / "shape.json").write_text(json.dumps(asdict(model.shape)) + "\n", "utf-8")


def load(folder: Path) -> LstmClassifier:
    tokenizer = SentencePieceProcessor(model_proto=(folder / "subwords.model").read_bytes())
    shape = Shape(**json.loads((folder / "shape.json").read_text("utf-8")))
    tensors = load_file(folder / "lstm.safetensors")
    model = LstmClassifier(tokenizer, shape, tensors["keys"].tolist())
    model.load_state_dict(tensors)  # in single precision again
    return model.eval()
