"""Images that promise, repeat or hide."""

from __future__ import annotations

import struct
import zlib

from tests.hostile.case import Case, case
from tests.hostile.packing import packed
from tests.hostile.pictures import apng, chunk, gif, jpeg, png, saved, shape, tiff


def text_bomb(kind: bytes) -> bytes:
    """A comment that unpacks to 100 MB."""
    content = zlib.compress(bytes(100_000_000), 9)
    head = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0\0\0", b"iCCP": b"icc\0\0"}[kind]
    return png(4, 4, chunk(kind, head + content), data=zlib.compress(bytes(4 * 13)))


def one_colour(size: int) -> bytes:
    """A PNG of `size` × `size` pixels in a few kilobytes."""
    return saved("PNG", (size, size), "1")


def exif(content: bytes) -> bytes:
    return saved("JPEG", exif=b"Exif\0\0" + content)


LOOP = tiff((shape(4, 4), 1008), (shape(4, 4), 8))
FILES: dict[str, tuple[str, bytes]] = {
    "empty": ("a.png", b""),
    "signature alone": ("a.png", b"\x89PNG\r\n\x1a\n"),
    "png of 2³¹ pixels a side": ("a.png", png(2**31 - 1, 2**31 - 1)),
    "png of 2³² pixels a side": ("a.png", png(2**32 - 1, 2**32 - 1)),
    "png of 65,535 pixels a side": ("a.png", png(65_535, 65_535)),
    "png of no pixels": ("a.png", png(0, 0)),
    "png of 49 megapixels and one row": ("a.png", png(7_000, 7_000)),
    "png that is cut off": ("a.png", saved("PNG", (300, 300))[:-30]),
    "png with a wrong checksum": ("a.png", png(4, 4, chunk(b"tEXt", b"a\0b", crc=1))),
    "png of an unknown depth": ("a.png", png(4, 4, depth=7)),
    "png of an unknown colour": ("a.png", png(4, 4, color=9)),
    "png without its palette": ("a.png", png(4, 4, color=3)),
    "png with a chunk of 4 GB": ("a.png", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"),
    "png with no zlib stream": ("a.png", png(4, 4, data=b"no zlib")),
    "png with a bad profile": ("a.png", png(4, 4, chunk(b"iCCP", b"icc\0\0no zlib"))),
    "jpeg of 65,535 pixels a side": ("a.jpg", jpeg(65_535, 65_535)),
    "jpeg of no pixels": ("a.jpg", jpeg(0, 0)),
    "jpeg that claims more": ("a.jpg", jpeg(6_000, 6_000)),
    "jpeg that is cut off": ("a.jpg", saved("JPEG")[:400]),
    "jpeg signature alone": ("a.jpg", b"\xff\xd8\xff"),
    "jpeg with 10,000 markers": ("a.jpg", b"\xff\xd8" + b"\xff\xfe\0\4ab" * 10_000 + saved("JPEG")[2:]),
    "jpeg with a broken exif": ("a.jpg", exif(b"II*\0\xff\xff\xff\xff")),
    "jpeg with a cyclic exif": ("a.jpg", exif(b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0")),
    "jpeg with an orientation of 99": ("a.jpg", exif(b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x63\0\0\0\0\0\0\0")),
    "gif signature alone": ("a.gif", b"GIF89a"),
    "gif of 65,535 pixels a side": ("a.gif", b"GIF89a" + struct.pack("<2H3B", 65_535, 65_535, 0, 0, 0) + b";"),
    "gif without frames": ("a.gif", gif(0)),
    "bmp of 2³¹ pixels": ("a.bmp", b"BM" + struct.pack("<L2HL", 100, 0, 0, 54)
                          + struct.pack("<L2l2H6L", 40, 2**31 - 1, -(2**31), 1, 24, 0, 0, 0, 0, 0, 0)),
    "bmp of runs": ("a.bmp", b"BM" + struct.pack("<L2HL", 100, 0, 0, 54)
                    + struct.pack("<L2l2H6L", 40, 5_000, 5_000, 1, 8, 1, 0, 0, 0, 0, 0) + b"\xff\0" * 100),
    "webp signature alone": ("a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8X"),
    "tiff with directories in a circle": ("a.tif", LOOP),
    "tiff whose directory is itself": ("a.tif", tiff((shape(4, 4), 8))),
    "tiff of 2³² pixels a side": ("a.tif", tiff((shape(2**32 - 1, 2**32 - 1), 0))),
    "tiff with a billion tiles": ("a.tif", tiff(([*shape(4, 4), (322, 4, 1, 1), (323, 4, 1, 1), (324, 4, 10**9, 8)], 0))),
    "tiff with tiles of no size": ("a.tif", tiff(([*shape(4, 4), (322, 4, 1, 0), (323, 4, 1, 0), (324, 4, 1, 8)], 0))),
    "tiff with strips outside": ("a.tif", tiff((shape(64, 64, offset=2**31), 0))),
    "tiff with an unknown compression": ("a.tif", tiff((shape(4, 4, compression=34_712), 0))),
    "tiff with 60,000 tags": ("a.tif", b"II*\0\x08\0\0\0\x60\xea" + b"\1\1\3\0\1\0\0\0\0\0\0\0" * 60_000),
    "big tiff": ("a.tif", b"II+\0\x08\0\0\0" + b"\xff" * 64),
    "svg": ("a.png", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
    "eps": ("a.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) run\n"),
    "pdf": ("a.png", b"%PDF-1.4\n1 0 obj<<>>endobj"),
    "html": ("a.png", b"<script>alert(1)</script>"),
    "zip": ("a.png", packed({"a.txt": "x"})),
    "icns": ("a.png", b"icns\0\0\0\x20ic07\0\0\0\x18" + b"\xff" * 16),
    "psd": ("a.png", b"8BPS\0\1" + b"\xff" * 40),
    "fli": ("a.png", b"\0\0\0\0\x12\xaf" + b"\xff" * 200),
    "name with markup": ("![x](http://elsewhere.example/)<img>.png", b"no image"),
    "name with half a surrogate pair": ("\ud800.png", b"no image"),
    "name with braces": ("{name}{0}{__class__}.png", b"no image"),
    "name of 100,000 signs": ("a" * 100_000 + ".png", b"no image"),
}  # fmt: skip
LATE: dict[str, tuple[str, bytes]] = {
    "cut off at the end": ("a.png", saved("PNG", (300, 300))[:-30]),
    "of 65,535 pixels a side": ("a.jpg", jpeg(65_535, 65_535)),
    "with directories in a circle": ("a.tif", LOOP),
    "that is none": ("a.png", b"<script>alert(1)</script>"),
}


def of_classes(file: str, content: bytes) -> bytes:
    return packed({f"cats/{file}": content, f"dogs/{file}": content, "dogs/b.png": saved("PNG")})


CASES: list[Case] = [
    *(case("image", name, file, content) for name, (file, content) in FILES.items()),
    case("image", "png with a comment of 100 MB", "a.png", lambda: text_bomb(b"zTXt")),
    case("image", "png with an international comment of 100 MB", "a.png", lambda: text_bomb(b"iTXt"), slow=True),
    case("image", "png with a profile of 100 MB", "a.png", lambda: text_bomb(b"iCCP"), slow=True),
    case("image", "apng of 10,000 frames", "a.png", lambda: apng(10_000)),
    case("image", "gif of 100,000 frames", "a.gif", lambda: gif(100_000)),
    case("image", "png of 49 megapixels in one colour", "a.png", lambda: one_colour(7_000), slow=True),
    case("image", "png of 400 megapixels in one colour", "a.png", lambda: one_colour(20_000), slow=True),
    case("image_classification", "200 one-colour images of 49 megapixels", "a.zip",
         lambda: packed((f"c{i % 2}/{i}.png", one_colour(7_000 + i // 50)) for i in range(200)), slow=True),
    *(case("image_classification", f"image {name}", "a.zip", lambda f=f: of_classes(*f)) for name, f in LATE.items()),
    *(case("face_generation", f"image {name}", "a.zip", lambda f=f: packed({f[0]: f[1]})) for name, f in LATE.items()),
    *(case("object_detection", f"image {name}", "a.zip", lambda f=f: packed({f[0]: f[1], "a.txt": "0 .5 .5 .1 .1"}))
      for name, f in LATE.items()),
    *(case("classes", f"image {name}", f[0], f[1], slow=True) for name, f in LATE.items()),
    case("face_generation", "500 equal images", "a.zip", lambda: packed((f"{i}.png", saved("PNG")) for i in range(500)), slow=True),
    *(case("video", name, "a.mp4", content) for name, content in {
        "empty": b"",
        "no video": b"no video at all",
        "box of 2⁶⁴ bytes": b"\0\0\0\1ftyp" + b"\xff" * 8 + b"isom",
        "boxes in boxes": b"".join(struct.pack(">L4s", 8 * (400 - i), b"moov") for i in range(400)),
        "avi header alone": b"RIFF\xff\xff\xff\xffAVI LIST",
        "playlist of other files": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
    }.items()),
]  # fmt: skip
