"""What fine-tuning makes: a pretrained encoder or a recurrent network, pooled, with one linear layer on top.

A run's folder holds `model.json`, `head.safetensors`, and either LoRA matrices (peft's files), a whole
network (transformers' or `recurrent.safetensors`) with its tokenizer, or nothing more (the head alone).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from core.models import state_dicts
from core.models.catalog import ModelEntry

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
HEAD, RECURRENT, ADAPTERS = "head.safetensors", "recurrent.safetensors", "adapter_config.json"
RARE = 2
"""A token has to be this often in the training texts to be in a vocabulary."""
SPECIAL = ("[PAD]", "[UNK]")


class Pooled(nn.Module):
    """A transformers encoder: token ids (B, T) -> mean of the hidden states of a text's tokens (B, H)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.width = int(model.config.hidden_size)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1)


class Recurrent(nn.Module):
    """LSTM, GRU or plain RNN: token ids (B, T) -> states -> their weighted mean (B, H), the weights a
    softmax over one learnt score per token (attention pooling). Padding is never read."""

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
        self.shape = {
            "cell": cell,
            "tokens": tokens,
            "embedding": embedding,
            "units": units,
            "layers": layers,
            "bidirectional": bidirectional,
        }
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
        return (states * scores.softmax(1).unsqueeze(-1)).sum(1)


class TextClassifier(nn.Module):
    """Texts -> token ids -> features (B, H) -> logits (B, labels). `window` is its longest input, start
    and end marks included."""

    def __init__(
        self,
        encoder: Pooled | Recurrent,
        tokenizer: PreTrainedTokenizerBase,
        labels: Sequence[str],
        window: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder, self.tokenizer = encoder, tokenizer
        self.labels, self.window = list(labels), window
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(encoder.width, len(labels)))

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, cut to the window; a text without any known token gets the unknown one."""
        rows = self.tokenizer(
            list(texts), truncation=True, max_length=self.window, return_token_type_ids=False
        )["input_ids"]
        return [row or [self.tokenizer.unk_token_id] for row in rows]

    def padded(self, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        tensors = [torch.tensor(row) for row in rows]
        padding = self.tokenizer.pad_token_id
        return {
            "input_ids": pad_sequence(tensors, batch_first=True, padding_value=padding),
            "attention_mask": pad_sequence([torch.ones_like(t) for t in tensors], batch_first=True),
        }

    def inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        return self.padded(self.numbers(texts))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(input_ids, attention_mask))


def encoder(folders: Sequence[Path], model_id: str) -> tuple[Pooled, PreTrainedTokenizerBase]:
    """The encoder in the first folder, with the LoRA matrices of those that follow merged into it.

    Raises:
        IntegrityError: they do not fit.
    """
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(folders[0], local_files_only=True)
    if hasattr(model, "pooler"):
        model.pooler = None  # a head of its own that nothing here reads
    for folder in folders[1:]:
        if (folder / ADAPTERS).exists():
            model = state_dicts.merge_lora(model, folder, model_id)
    return Pooled(model), AutoTokenizer.from_pretrained(folders[0], local_files_only=True)


def longest(model: TextClassifier, wanted: int) -> int:
    """`wanted` tokens, or as many as the network has positions for (RoBERTa keeps two of them)."""
    config = getattr(getattr(model.encoder, "model", None), "config", None)
    positions = getattr(config, "max_position_embeddings", wanted + 2)
    return min(wanted, positions - 2)


def recurrent(folder: Path, shape: dict[str, Any], dropout: float = 0.0) -> Recurrent:
    network = Recurrent(**shape, dropout=dropout)
    state_dicts.fill(network, load_file(folder / RECURRENT), folder.name)
    return network


def tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer that `make_tokenizer` wrote."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)


def make_tokenizer(texts: Sequence[str], size: int, folder: Path) -> PreTrainedTokenizerBase:
    """Byte-pair encoding learnt from `texts`: words and parts of words, in Chinese runs of characters."""
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


def load(entry: ModelEntry, folders: Sequence[Path]) -> TextClassifier:
    """The classifier of a fine-tuned entry; `folders` are its base's, if it needs them, and its own.

    Raises:
        IntegrityError: the files do not fit each other.
    """
    config: dict[str, Any] = dict(entry.config)
    own = folders[-1]
    if config.get("shape"):
        parts: Any = recurrent(own, config["shape"]), tokenizer(own)
    else:
        parts = encoder(folders, entry.id)
    model = TextClassifier(*parts, config["labels"], config["window"])
    state_dicts.fill(model.head[1], load_file(own / HEAD), entry.id)
    return model.eval()


def describe(model: TextClassifier, **more: Any) -> str:
    """The text of `model.json`."""
    config: dict[str, Any] = {"kind": "tuned", "labels": model.labels, "window": model.window}
    if isinstance(model.encoder, Recurrent):
        config["shape"] = model.encoder.shape
    return json.dumps({"config": config, **more}, ensure_ascii=False)
