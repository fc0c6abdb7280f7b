"""Sentencepiece models: their vocabulary and the table by which they replace characters before anything else.

The table ("precompiled character map") is a double-array trie and the replacements it points to, each ended by a zero
byte (https://github.com/google/sentencepiece, src/normalizer.cc). One with a replacement of a megabyte makes a sentence
of a thousand signs a gigabyte long.
"""

from __future__ import annotations

from pathlib import Path

from core.errors import N_, PortalError
from core.models.untrusted import files, refusals

MOST_PIECES = 1_000_000
LONGEST_PIECE = 500
"""Characters of an entry of a vocabulary."""
LONGEST_REPLACEMENT = 64
"""Bytes that one match may become: Unicode's longest compatibility form has 33."""
UNIT = 4
"""Bytes of a node of the trie."""


def check(path: Path) -> None:
    """Check a sentencepiece model.

    Raises:
        ArchiveError: it is none, or replaces characters by long texts.
    """
    from google.protobuf.message import DecodeError
    from sentencepiece import sentencepiece_model_pb2

    files.check_size(path.name, path.stat().st_size)
    model = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined] # made at run time
    try:
        model.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise refusals.unfit(path.name, PortalError(N_("it is no sentencepiece model"))) from error
    longest = max((len(piece.piece) for piece in model.pieces), default=0)
    if not model.pieces or longest > LONGEST_PIECE:
        raise refusals.beyond(path.name, "pieces", longest, LONGEST_PIECE)
    for spec in (model.normalizer_spec, model.denormalizer_spec):
        check_character_map(path.name, spec.precompiled_charsmap)


def check_character_map(file: str, table: bytes) -> None:
    """Check that every node of the trie leads to another one or to a replacement, and that these are short.

    Raises:
        ArchiveError: one does not, or a replacement is longer than LONGEST_REPLACEMENT bytes.
    """
    import numpy as np

    if not table:
        return
    size = int.from_bytes(table[:UNIT], "little")
    if size % UNIT or not UNIT <= size <= len(table) - UNIT:
        raise refusals.unfit(file, PortalError(N_("its table of characters is damaged")))
    texts = table[UNIT + size :]
    longest = max(map(len, texts.split(b"\0")), default=0)
    if longest > LONGEST_REPLACEMENT:
        raise refusals.beyond(file, "replacement", f"{longest} bytes", LONGEST_REPLACEMENT)
    units = np.frombuffer(table, "<u4", size // UNIT, UNIT).astype(np.int64)
    # darts-clone: bits 10 to 30 are the distance to the children, shifted by 8 more where bit 9 is set; bit 8 says
    # that a replacement stands there. The nodes' own values (bit 31) have no children
    nodes = np.flatnonzero(units < 2**31)
    children = nodes ^ ((units[nodes] >> 10) << ((units[nodes] & 512) >> 6))
    ends = children[(units[nodes] & 256) != 0]
    if (children | 255).max(initial=0) >= len(units) or (
        (units[ends] & (2**31 - 1)).max(initial=0) >= max(1, len(texts))
    ):
        raise refusals.unfit(file, PortalError(N_("its table of characters is damaged")))
