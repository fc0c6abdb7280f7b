"""Which files a model's zip may hold. Everything else in it is named and left out."""

from __future__ import annotations

from pathlib import Path

from core.errors import N_, ArchiveError
from core.inputs import structured
from core.plain import Json

CARD, DESCRIPTION = "card.json", "model.json"
LARGEST_MB: dict[str, float] = {
    CARD: 4,
    DESCRIPTION: 8,
    "config.json": 1,
    "generation_config.json": 1,
    "adapter_config.json": 1,
    "tokenizer_config.json": 4,
    "special_tokens_map.json": 1,
    "added_tokens.json": 1,
    "tokenizer.json": 48,
    "vocab.json": 8,
    "vocab.txt": 8,
    "merges.txt": 8,
    "source.spm": 8,
    "target.spm": 8,
    "sentencepiece.bpe.model": 8,
    "tokenizer.model": 8,
}
"""Megabytes. The largest that the catalogue's bases have: Gemma's tokenizer.json of 33, M2M100's vocab.json of 4."""
TENSORS = (
    "model.safetensors",
    "head.safetensors",
    "recurrent.safetensors",
    "adapter_model.safetensors",
)
"""As large as an archive may be."""
EXPECTED = frozenset({"use.py", "LICENCE.txt", "BASE.txt", "model.onnx"})
"""What an export holds for others; it is not read here and needs no word."""
UNLIMITED = "1000000000000000019884624838656"
"""How transformers writes that a tokenizer has no longest text: more digits than `structured` reads."""


def is_known(name: str) -> bool:
    """Whether a file of this name is part of a model."""
    return name in LARGEST_MB or name in TENSORS


def check_size(name: str, size: int) -> None:
    """Refuse a file of `size` bytes that is larger than its kind may be.

    Raises:
        ArchiveError: it is.
    """
    limit = LARGEST_MB.get(name)
    if limit is not None and size > limit * 1e6:
        raise ArchiveError(
            N_("{file} has {size:.0f} MB; a model's has at most {limit:.0f} MB."),
            file=name,
            size=size / 1e6,
            limit=limit,
        )


def parsed(content: bytes, name: str) -> Json:
    """The value in the bytes of a JSON file.

    Raises:
        DocumentError: it is no JSON that can be used.
    """
    return structured.from_json(text(content).replace(UNLIMITED, "0"), name)


def read_object(path: Path) -> dict[str, Json]:
    """The object in a JSON file that is no larger than its kind may be.

    Raises:
        ArchiveError: it is larger, or no object. DocumentError: it is no JSON that can be used.
    """
    check_size(path.name, path.stat().st_size)
    value = parsed(path.read_bytes(), path.name)
    if not isinstance(value, dict):
        raise ArchiveError(N_("{file} holds no JSON object."), file=path.name)
    return value


def text(content: bytes) -> str:
    """UTF-8, with what is none replaced; JSON in another encoding is then found broken."""
    return content.decode("utf-8", "replace")
