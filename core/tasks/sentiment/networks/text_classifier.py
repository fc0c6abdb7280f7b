"""A classifier of texts: an encoder whose states are pooled, and one linear layer on top.

The English starter is one (`families.adapted`), and so is everything that fine-tuning makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence

from core.models import state_dicts
from core.tasks.sentiment.networks.recurrent import Recurrent

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

ADAPTERS = "adapter_config.json"
"""The file that tells a folder of LoRA matrices (peft's)."""


class PooledEncoder(nn.Module):
    """A transformers encoder: token ids (B, T) -> mean of the hidden states of a text's tokens (B, H)."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model
        self.width = int(model.config.hidden_size)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean: torch.Tensor = (hidden * mask).sum(1) / mask.sum(1)
        return mean


class TextClassifier(nn.Module):
    """Texts -> token ids (B, T) -> features (B, H) -> logits (B, labels). `window` is its longest input in
    tokens, start and end marks included; `dropout` the fraction of the features hidden in training."""

    def __init__(
        self,
        encoder: PooledEncoder | Recurrent,
        tokenizer: PreTrainedTokenizerBase,
        labels: Sequence[str],
        window: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder, self.tokenizer = encoder, tokenizer
        self.labels, self.window = list(labels), window
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(encoder.width, len(labels)))

    @property
    def linear(self) -> nn.Linear:
        """The last layer."""
        last = self.head[1]
        assert isinstance(last, nn.Linear)
        return last

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids, cut to the window; a text without any known token gets the unknown one."""
        rows = self.tokenizer(
            list(texts), truncation=True, max_length=self.window, return_token_type_ids=False
        )["input_ids"]
        return [row or [self.tokenizer.unk_token_id] for row in rows]

    def padded(self, rows: Sequence[list[int] | torch.Tensor]) -> dict[str, torch.Tensor]:
        """`input_ids` and `attention_mask`, both (B, T), of rows of token ids."""
        tensors = [torch.as_tensor(row) for row in rows]
        padding = self.tokenizer.pad_token_id
        return {
            "input_ids": pad_sequence(tensors, batch_first=True, padding_value=padding),
            "attention_mask": pad_sequence([torch.ones_like(t) for t in tensors], batch_first=True),
        }

    def inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        """What `forward` takes."""
        return self.padded(self.numbers(texts))

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.encoder(input_ids, attention_mask))
        return logits


def encoder(
    folders: Sequence[Path], model_id: str
) -> tuple[PooledEncoder, PreTrainedTokenizerBase]:
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
    return PooledEncoder(model), AutoTokenizer.from_pretrained(folders[0], local_files_only=True)


def longest(model: TextClassifier, wanted: int) -> int:
    """`wanted` tokens, or as many as the network has positions for (RoBERTa keeps two of them)."""
    config = getattr(getattr(model.encoder, "model", None), "config", None)
    positions = getattr(config, "max_position_embeddings", wanted + 2)
    return min(wanted, positions - 2)
