"""Recurrent networks trained from scratch, with a vocabulary of their training texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
RARE = 2
"""A token has to be this often in the training texts to be in a vocabulary."""
SPECIAL = ("[PAD]", "[UNK]")


class Recurrent(nn.Module):
    """LSTM, GRU or plain RNN: token ids (B, T) -> states -> their weighted mean (B, H), the weights a
    softmax over one learned score per token (attention pooling). Padding is never read."""

    def __init__(
        self,
        cell: str,
        tokens: int,
        embedding: int,
        units: int,
        layers: int,
        bidirectional: bool,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, embedding, padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.cells = CELLS[cell](
            embedding,
            units,
            layers,
            batch_first=True,
            bidirectional=bidirectional,
            dropout=dropout if layers > 1 else 0.0,
        )
        self.width = units * (2 if bidirectional else 1)
        self.attention = nn.Linear(self.width, 1)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        lengths = attention_mask.sum(1).cpu()
        packed = pack_padded_sequence(
            self.dropout(self.embedding(input_ids)), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(
            self.cells(packed)[0], batch_first=True, total_length=input_ids.shape[1]
        )
        scores = self.attention(states.tanh()).squeeze(-1)
        scores = scores.masked_fill(attention_mask == 0, float("-inf"))
        mean: torch.Tensor = (states * scores.softmax(1).unsqueeze(-1)).sum(1)
        return mean


def make_tokenizer(texts: Sequence[str], size: int, folder: Path) -> PreTrainedTokenizerBase:
    """Byte-pair encoding trained on `texts`: words and parts of words, in Chinese runs of characters. At most
    `size` tokens; it is written to `folder`."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    pieces = Tokenizer(models.BPE(unk_token="[UNK]"))
    pieces.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=RARE,
        special_tokens=list(SPECIAL),
        limit_alphabet=max(64, size // 2),
        show_progress=False,
    )
    pieces.train_from_iterator(texts, trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]"
    ).save_pretrained(folder)
    return tokenizer(folder)


def tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer that `make_tokenizer` wrote."""
    from transformers import PreTrainedTokenizerFast

    known: PreTrainedTokenizerBase = PreTrainedTokenizerFast.from_pretrained(
        folder, local_files_only=True
    )
    return known
