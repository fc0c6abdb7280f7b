"""What describes a network to a library, held against the tensors that are there: a network is never built larger than
its file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import N_, PortalError
from core.models.untrusted import files, refusals
from core.models.untrusted.tensors import Tensor
from core.plain import Json

TYPES = Literal[
    "bert", "distilbert", "roberta", "xlm-roberta", "marian", "m2m_100", "gemma3_text", "gemma3"
]
CODE = ("auto_map", "custom_pipelines", "custom_generate", "quantization_config", "chat_template")
"""Entries that make transformers run code or another library: none of our models has them."""
MOST_ENTRIES = 100_000
LONGEST = 2_000
"""Characters of a string in a configuration."""
LARGEST = 10**9
"""Numbers beyond it have no meaning in a configuration."""
SPARE = 8_000_000
"""Parameters that a network may have beyond its file: a pooler that is made up and thrown away."""

Layers = Annotated[int, Field(ge=1, le=128)]
Width = Annotated[int, Field(ge=1, le=16_384)]
Inner = Annotated[int, Field(ge=1, le=65_536)]
Positions = Annotated[int, Field(ge=1, le=1_000_000)]
Vocabulary = Annotated[int, Field(ge=1, le=1_000_000)]


class _Config(BaseModel):
    """The sizes in transformers' config.json, under the names of each of its families."""

    model_config = ConfigDict(extra="ignore")

    model_type: TYPES
    vocab_size: Vocabulary = 1
    max_position_embeddings: Positions = 1
    hidden_size: Width | None = None
    dim: Width | None = None
    d_model: Width | None = None
    num_hidden_layers: Layers | None = None
    n_layers: Layers | None = None
    encoder_layers: Layers = 1
    decoder_layers: Layers = 1
    intermediate_size: Inner | None = None
    hidden_dim: Inner | None = None
    encoder_ffn_dim: Inner = 1
    num_attention_heads: Width = 1
    n_heads: Width = 1
    encoder_attention_heads: Width = 1
    decoder_attention_heads: Width = 1
    num_key_value_heads: Width = 1
    head_dim: Width = 1
    type_vocab_size: Width | Literal[0] = 1

    def parameters(self) -> int:
        """About how many there are, rather too few: embeddings, and the large matrices of each layer."""
        width = self.hidden_size or self.dim or self.d_model or 1
        seq2seq = self.encoder_layers + self.decoder_layers if self.d_model else 1
        layers = self.num_hidden_layers or self.n_layers or 1
        inner = self.intermediate_size or self.hidden_dim or self.encoder_ffn_dim
        rows = self.vocab_size
        if self.model_type in ("bert", "distilbert", "roberta", "xlm-roberta"):
            rows += self.max_position_embeddings
        return width * (rows + max(layers, seq2seq) * (2 * width + 2 * inner))


def check(path: Path, tensors: Mapping[str, Tensor]) -> int:
    """Check transformers' config.json beside the `tensors` of its model; the size of its vocabulary.

    Raises:
        ArchiveError, DocumentError: it names another kind of network, code, or more than the tensors hold.
    """
    known = files.read_object(path)
    check_values(path.name, known)
    try:
        config = _Config.model_validate(known)
    except ValidationError as error:
        raise refusals.invalid(path.name, error) from error
    there = sum(tensor.count for tensor in tensors.values())
    if config.parameters() > 1.5 * there + SPARE:
        raise refusals.unfit(
            path.name,
            PortalError(
                N_("it describes {wanted:.0f} million parameters and the file has {there:.0f}"),
                wanted=config.parameters() / 1e6,
                there=there / 1e6,
            ),
        )
    return config.vocab_size


def check_values(file: str, known: Mapping[str, Json]) -> None:
    """Refuse code, long strings, long lists and absurd numbers, however deep.

    Raises:
        ArchiveError: one is there.
    """
    for count, (name, value) in enumerate(_values(dict(known))):
        if name in CODE and value:
            raise refusals.unknown(file, name, value)
        if isinstance(value, str) and len(value) > LONGEST:
            raise refusals.beyond(file, name or "–", f"{len(value)} characters", LONGEST)
        if isinstance(value, int | float) and abs(value) > LARGEST and not _is_unlimited(name):
            raise refusals.beyond(file, name or "–", value, LARGEST)
        if count > MOST_ENTRIES:
            raise refusals.beyond(file, "values", f"> {MOST_ENTRIES}", MOST_ENTRIES)


def _is_unlimited(name: str) -> bool:
    return name == "model_max_length"


def _values(value: Json, name: str = "") -> Iterator[tuple[str, Json]]:
    """Every value with the key it stands under; `structured` has bounded the depth."""
    yield name, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _values(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _values(one, name)


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no number")
    return value


class _Adapter(BaseModel):
    """What is used of peft's adapter_config.json."""

    model_config = ConfigDict(extra="ignore")

    r: int = Field(ge=1, le=1024)
    lora_alpha: Annotated[float, BeforeValidator(_finite)] = Field(ge=0, le=1e6)
    target_modules: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1, max_length=1_000
    )


def check_adapter(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Check peft's adapter_config.json beside its matrices: the rank is that of each of them.

    Raises:
        ArchiveError, DocumentError: a value is out of bounds, or another than the file's.
    """
    known = files.read_object(path)
    check_values(path.name, known)
    try:
        config = _Adapter.model_validate(known)
    except ValidationError as error:
        raise refusals.invalid(path.name, error) from error
    for name, tensor in tensors.items():
        rank = tensor.shape[0] if ".lora_A." in name and tensor.shape else config.r
        if rank != config.r:
            raise refusals.unfit(
                path.name,
                PortalError(
                    N_("it says rank {r}, and {name} has {rank}"), r=config.r, name=name, rank=rank
                ),
            )
