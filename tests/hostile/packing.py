"""Zip files by hand, with the faults that `zipfile` would not write."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence


def packed(
    members: Mapping[str, bytes | str] | Sequence[tuple[str, bytes | str]], *, dense: bool = True
) -> bytes:
    """An ordinary zip file."""
    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if dense else zipfile.ZIP_STORED
    pairs = members.items() if isinstance(members, Mapping) else members
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in pairs:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def raw(
    names: Sequence[bytes],
    content: bytes = b"text",
    *,
    size: int | None = None,
    crc: int | None = None,
    flags: int = 0x800,
    method: int = 0,
    attributes: int = 0,
    same_place: bool = False,
) -> bytes:
    """A stored zip file of entries with the same content; `size` and `crc` are what it claims."""
    crc = zlib.crc32(content) if crc is None else crc
    size = len(content) if size is None else size
    body, central = bytearray(), bytearray()
    for name in names:
        at = 0 if same_place else len(body)
        if not same_place or not body:
            body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, crc,
                                len(content), size, len(name), 0) + name + content  # fmt: skip
        central += struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x314, 20, flags, method, 0, 33, crc,
                               len(content), size, len(name), 0, 0, 0, 0, attributes, at) + name  # fmt: skip
    count = min(len(names), 0xFFFF)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), len(body), 0)
    return bytes(body + central) + end


def bomb(name: str, size: int) -> bytes:
    """`size` zeros under `name`, packed to a thousandth."""
    return packed({name: bytes(size)})


def nested(depth: int) -> bytes:
    """Zip in zip in zip."""
    content = packed({"a.txt": "text"})
    for _ in range(depth):
        content = packed({"a.zip": content})
    return content
