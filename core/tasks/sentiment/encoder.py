"""English sentiment: a MiniLM encoder with low-rank adapters, mean over the tokens, one linear layer.

Only adapters and head are ours (about 1 MB); they are merged into the encoder when it is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from core.tasks.sentiment.data import LABELS

ADAPTED = ("query", "key", "value", "dense")
"""Every linear layer of a BERT block: the attention's four and the two of the feed-forward part."""

WINDOW = 256
"""Longest input in tokens, start and end marks included: what MiniLM was trained on."""


class EncoderClassifier(nn.Module):
    """Token ids -> hidden states (B, T, 384) -> mean over the text's tokens -> logits (B, 3)."""

    def __init__(self, encoder: nn.Module, tokenizer: PreTrainedTokenizerBase) -> None:
        super().__init__()
        self.encoder = encoder
        self.tokenizer = tokenizer
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(encoder.config.hidden_size, len(LABELS))

    def inputs(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        return dict(
            self.tokenizer(
                list(texts),
                padding=True,
                truncation=True,
                max_length=WINDOW,
                return_token_type_ids=False,
                return_tensors="pt",
            )
        )

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        return self.head(self.dropout((hidden * mask).sum(1) / mask.sum(1)))


def base(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """The encoder as it was published, without its unused pooling layer, and its tokenizer."""
    encoder = AutoModel.from_pretrained(folder, local_files_only=True)
    encoder.pooler = None
    return encoder, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def adapted(folder: Path, rank: int, scale: float, dropout: float) -> EncoderClassifier:
    """The encoder frozen, with fresh adapters of `rank` (LoRA, arXiv:2106.09685) to be trained."""
    from peft import LoraConfig, get_peft_model

    encoder, tokenizer = base(folder)
    config = LoraConfig(
        r=rank, lora_alpha=int(scale * rank), lora_dropout=dropout, target_modules=list(ADAPTED)
    )
    return EncoderClassifier(get_peft_model(encoder, config), tokenizer)


def save(model: EncoderClassifier, folder: Path, scale: float) -> None:
    """Write adapters and head, in half precision, as one safetensors file."""
    from peft import get_peft_model_state_dict

    tensors = {f"head.{name}": value for name, value in model.head.state_dict().items()}
    for name, value in get_peft_model_state_dict(model.encoder).items():
        tensors[name.removeprefix("base_model.model.")] = value
    halves = {name: value.detach().half().contiguous() for name, value in tensors.items()}
    save_file(halves, folder / "adapters.safetensors", metadata={"scale": json.dumps(scale)})


def load(base_folder: Path, folder: Path) -> EncoderClassifier:
    """The encoder with our adapters merged in: W + scale · B A, so that they cost nothing to run."""
    from safetensors import safe_open

    path = folder / "adapters.safetensors"
    with safe_open(path, "pt") as file:
        scale = json.loads(file.metadata()["scale"])
    tensors = {name: value.float() for name, value in load_file(path).items()}
    encoder, tokenizer = base(base_folder)
    model = EncoderClassifier(encoder, tokenizer)
    model.head.load_state_dict({name: tensors.pop(f"head.{name}") for name in ("weight", "bias")})
    with torch.no_grad():
        for name in [name for name in tensors if name.endswith(".lora_A.weight")]:
            layer = name.removesuffix(".lora_A.weight")
            update = tensors[f"{layer}.lora_B.weight"] @ tensors[name]
            encoder.get_submodule(layer).weight += scale * update
    return model.eval()
