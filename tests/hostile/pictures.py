"""Image files by hand: headers that promise what does not come."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image


def chunk(kind: bytes, content: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", crc)


def png(
    width: int,
    height: int,
    *chunks: bytes,
    depth: int = 8,
    color: int = 2,
    data: bytes | None = None,
) -> bytes:
    """A PNG that says it is so large; without `data` it has one grey row."""
    head = chunk(b"IHDR", struct.pack(">2L5B", width, height, depth, color, 0, 0, 0))
    body = zlib.compress(bytes(64)) if data is None else data
    return (
        b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def saved(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **more: object) -> bytes:
    """A sound image of one colour."""
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **more)
    return out.getvalue()


def tiff(*directories: tuple[list[tuple[int, int, int, int]], int]) -> bytes:
    """A TIFF of directories at 8, 1008, 2008 …: (tags as (tag, type, count, value), offset of the next)."""
    out = b"II*\0" + struct.pack("<L", 8)
    for i, (tags, following) in enumerate(directories):
        out = out.ljust(8 + 1000 * i, b"\0") + struct.pack("<H", len(tags))
        out += b"".join(struct.pack("<2H2L", *tag) for tag in tags) + struct.pack("<L", following)
    return out.ljust(4000, b"\0")


def shape(width: int, height: int, **more: int) -> list[tuple[int, int, int, int]]:
    """Tags of a plain grey image."""
    named = {
        "compression": 1,
        "photometric": 1,
        "offset": 3000,
        "rows": height,
        "bytes": 100,
    } | more
    return [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, named["compression"]),
            (262, 3, 1, named["photometric"]), (273, 4, 1, named["offset"]), (277, 3, 1, 1),
            (278, 4, 1, named["rows"]), (279, 4, 1, named["bytes"])]  # fmt: skip


def jpeg(width: int, height: int) -> bytes:
    """A small JPEG that claims another size."""
    sound = saved("JPEG")
    at = sound.index(b"\xff\xc0") + 5
    return sound[:at] + struct.pack(">2H", height, width) + sound[at + 4 :]


def gif(frames: int) -> bytes:
    frame = b"\x2c" + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    head = b"GIF89a" + struct.pack("<2H3B", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + frame * frames + b";"


def apng(frames: int) -> bytes:
    control = chunk(b"acTL", struct.pack(">2L", frames, 0))
    steps = b"".join(
        chunk(b"fcTL", struct.pack(">5L2H2B", 2 * i, 1, 1, 0, 0, 1, 100, 0, 0))
        + chunk(b"fdAT", struct.pack(">L", 2 * i + 1) + zlib.compress(b"\0\0\0\0"))
        for i in range(1, frames)
    )
    return png(1, 1, control, steps, data=zlib.compress(b"\0\0\0\0"))
