"""What a decoder learns: to continue what it is given with what is wanted. Only the latter costs."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from core.serving.generation import Network

IGNORED = -100
"""Label of a position that is not learnt from (torch's default)."""


def batch(samples: Sequence[tuple[list[int], list[int]]], pad: int) -> dict[str, torch.Tensor]:
    """`input_ids`, `attention_mask` and `labels`, each (N, longest sample), of (tokens given, tokens wanted after them)."""
    rows = [torch.tensor(given + wanted) for given, wanted in samples]
    labels = [torch.tensor([IGNORED] * len(given) + wanted) for given, wanted in samples]
    return {
        "input_ids": pad_sequence(rows, True, pad),
        "attention_mask": pad_sequence([torch.ones_like(row) for row in rows], True),
        "labels": pad_sequence(labels, True, IGNORED),
    }


def loss(
    model: Network,
    input_ids: torch.Tensor,
    attention_mask: torch.Tensor,
    labels: torch.Tensor,
    smoothing: float = 0.0,
) -> torch.Tensor:
    """Cross-entropy in nats of a causal language model, summed over the wanted tokens of the batch."""
    hidden = model.base_model(
        input_ids=input_ids, attention_mask=attention_mask, use_cache=False
    ).last_hidden_state[:, :-1]
    learnt = labels[:, 1:] != IGNORED
    # a quarter of a million logits a token: only where they are needed
    logits = model.get_output_embeddings()(hidden[learnt])
    return functional.cross_entropy(
        logits.float(), labels[:, 1:][learnt], label_smoothing=smoothing, reduction="sum"
    )


def typical_length(labels: torch.Tensor) -> float:
    """Wanted tokens of a sample, on average. A sum of losses divided by so many per sample counts every
    token alike, in however many pieces a batch is computed."""
    return (labels != IGNORED).sum().item() / len(labels)
