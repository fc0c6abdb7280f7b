"""The header of a safetensors file: names, types and shapes, before a byte is allocated for them.

The format (https://github.com/huggingface/safetensors): eight bytes with the header's length, the header as JSON, then
the tensors one after another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import N_, ArchiveError, PortalError
from core.inputs import structured
from core.models.untrusted import refusals
from core.models.untrusted.files import text

HEADER_BYTES = 8_000_000
MOST_TENSORS = 20_000
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8,
        "U8": 8, "BOOL": 8}  # fmt: skip
"""The types that a network of ours is stored in."""


@dataclass(frozen=True)
class Tensor:
    dtype: str
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        return math.prod(self.shape)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dtype: str = Field(max_length=20)
    shape: list[int] = Field(max_length=8)
    data_offsets: tuple[int, int]


def header(path: Path) -> dict[str, Tensor]:
    """What a file says it holds.

    Raises:
        ArchiveError: it is damaged, or its tensors do not fill it to the byte.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= min(HEADER_BYTES, size - 8):
            raise _damaged(path, N_("its header has no length that fits"))
        found = structured.from_json(text(stream.read(length)), path.name)
    if not isinstance(found, dict) or len(found) > MOST_TENSORS:
        raise _damaged(path, N_("its header is no list of tensors"))
    found.pop("__metadata__", None)
    try:
        entries = {name: _Entry.model_validate(value) for name, value in found.items()}
    except ValidationError as error:
        raise refusals.invalid(path.name, error) from error
    _check_places(path, list(entries.values()), size - 8 - length)
    return {name: Tensor(e.dtype, tuple(e.shape)) for name, e in entries.items()}


def _check_places(path: Path, entries: list[_Entry], room: int) -> None:
    """Each tensor begins where the one before ends, and is as long as its type and shape say."""
    at = 0
    for one in sorted(entries, key=lambda entry: entry.data_offsets):
        if one.dtype not in BITS:
            raise refusals.unknown(path.name, "dtype", one.dtype)
        begin, end = one.data_offsets
        wanted = math.prod(one.shape) * BITS[one.dtype] // 8
        if begin != at or end - begin != wanted or min(one.shape, default=0) < 0:
            raise _damaged(path, N_("the tensors are not where its header says"))
        at = end
    if at != room:
        raise _damaged(path, N_("it is longer or shorter than its header says"))


def _damaged(path: Path, why: str) -> ArchiveError:
    return ArchiveError(
        N_("{file} is no safetensors file that can be read: {why}."),
        file=path.name,
        why=PortalError(why),
    )
