"""Zip files that lie about themselves."""

from __future__ import annotations

from tests.hostile.case import Case, case
from tests.hostile.packing import bomb, nested, packed, raw

NAMES = {
    "absolute": b"/etc/passwd",
    "above": b"../../outside.txt",
    "above inside": b"a/../../outside.txt",
    "backslashes above": b"..\\..\\outside.txt",
    "drive": b"C:\\windows\\a.txt",
    "share": b"\\\\server\\share\\a.txt",
    "nul": b"a\0b.txt",
    "device": b"CON",
    "device with suffix": b"aux.txt",
    "64 k long": b"a" * 65_000,
    "deep": b"a/" * 20_000 + b"b.txt",
    "right to left": "a\u202egpj.exe".encode(),
    "half a surrogate pair": b"\xed\xa0\x80.txt",
    "no utf-8 in spite of the flag": b"\xff\xfe\xfd.txt",
    "new line": b"a\nb.txt",
    "escape codes": b"\x1b[2Jb.txt",
    "empty": b"",
    "dots": b".",
    "blank": b" ",
    "slash": b"a//b/./c.txt",
    "markdown": b"![x](http://elsewhere.example/x.png).txt",
}
READERS = (
    "archive",
    "image_classification",
    "object_detection",
    "face_generation",
    "sentiment",
    "translation",
)
PER_READER = (
    "above",
    "nul",
    "64 k long",
    "no utf-8 in spite of the flag",
    "half a surrogate pair",
    "deep",
)
BROKEN: dict[str, bytes] = {
    "empty file": b"",
    "no zip": b"PK\3\4 and nothing more",
    "an end without a beginning": raw([b"a.txt"])[-22:],
    "cut off": raw([b"a.txt"])[:-10],
    "wrong checksum": raw([b"a.txt"], crc=1),
    "says it is larger": raw([b"a.txt"], size=10**6),
    "says it is 4 GB": raw([b"a.txt"], size=0xFFFFFFFE),
    "says it is smaller": raw([b"a.txt"], b"text" * 100, size=4),
    "encrypted": raw([b"a.txt"], flags=1),
    "unknown method": raw([b"a.txt"], method=99),
    "no deflate stream": raw([b"a.txt"], method=8),
    "no lzma stream": raw([b"a.txt"], method=14),
    "no bzip2 stream": raw([b"a.txt"], method=12),
    "link": raw([b"a.txt"], b"/etc/passwd", attributes=0o120777 << 16),
    "device file": raw([b"a.txt"], attributes=0o020666 << 16),
    "the same name 1,000 times": raw([b"a.txt"] * 1_000),
    "1,000 entries in one place": raw([b"%d.txt" % i for i in range(1_000)], bytes(1_000), same_place=True),
    "zip in zip": nested(30),
    "random behind the header": b"PK\3\4" + bytes(range(256)) * 40,
}  # fmt: skip

CASES: list[Case] = [
    *(case("archive", f"name: {name}", "a.zip", lambda n=n: raw([n])) for name, n in NAMES.items()),
    *(
        case(reader, f"zip with a name: {name}", "a.zip", lambda n=NAMES[name]: raw([n + b".png", n + b".txt"]))
        for reader in READERS[1:]
        for name in PER_READER[:2]
    ),
    *(
        case(reader, f"zip with a name: {name}", "a.zip", lambda n=NAMES[name]: raw([n + b".png", n + b".txt"]), slow=True)
        for reader in READERS[1:]
        for name in PER_READER[2:]
    ),
    *(case("archive", name, "a.zip", content) for name, content in BROKEN.items()),
    *(
        case(reader, f"zip: {name}", "a.zip", BROKEN[name], slow=True)
        for reader in READERS[1:]
        for name in ("cut off", "wrong checksum", "encrypted", "zip in zip")
    ),
    case("archive", "bomb of 500 MB", "a.zip", lambda: bomb("a.txt", 500_000_000), slow=True),
    case("archive", "bomb of 60 MB", "a.zip", lambda: bomb("a.txt", 60_000_000)),
    case("archive", "60,000 files", "a.zip", lambda: raw([b"%d.txt" % i for i in range(60_000)]), slow=True),
    case("archive", "a comment of 64 k", "a.zip", lambda: raw([b"a.txt"])[:-2] + b"\xff\xff" + b"c" * 65_535),
    case("archive", "prepended with a script", "a.zip", b"#!/bin/sh\nrm -rf /\n" + packed({"a.txt": "x"})),
    case("sentiment", "zip of 5,000 folders", "a.zip", lambda: packed({f"c{i}/a.txt": "x" for i in range(5_000)})),
    case("image_classification", "zip of 5,000 empty classes", "a.zip",
         lambda: packed({f"c{i}/a.png": b"" for i in range(5_000)})),
]  # fmt: skip
