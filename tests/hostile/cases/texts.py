"""Many texts, and files of translations."""

from __future__ import annotations

import random

from tests.hostile.case import Case, case
from tests.hostile.packing import packed


def near(count: int) -> str:
    """So many texts that differ by a word or two."""
    draw = random.Random(0)
    words = [
        "the",
        "film",
        "was",
        "very",
        "good",
        "and",
        "I",
        "would",
        "see",
        "it",
        "again",
        "with",
        "my",
        "friends",
        "on",
        "any",
        "day",
    ]
    rows = []
    for i in range(count):
        some = list(words)
        some[draw.randrange(len(some))] = f"w{i}"
        rows.append(f"{' '.join(some)},{'ab'[i % 2]}")
    return "text,label\n" + "\n".join(rows)


def po(
    entries: int, head: str = "Content-Type: text/plain; charset=utf-8\\nLanguage: fr\\n"
) -> str:
    body = "".join(f'msgid "word {i}"\nmsgstr "mot {i}"\n\n' for i in range(entries))
    return f'msgid ""\nmsgstr "{head}"\n\n{body}'


def tmx(body: str, source: str = "en") -> str:
    return f'<tmx version="1.4"><header srclang="{source}"/><body>{body}</body></tmx>'


def unit(*variants: tuple[str, str]) -> str:
    inner = "".join(f'<tuv xml:lang="{lang}"><seg>{text}</seg></tuv>' for lang, text in variants)
    return f"<tu>{inner}</tu>"


TWO = unit(("en", "dog"), ("fr", "chien"))
TMX: dict[str, str] = {
    "empty": tmx(""), "no body": "<tmx/>", "unit without variants": tmx("<tu/>" * 100),
    "segment without a text": tmx(unit(("en", ""), ("fr", "")) * 50),
    "1,000 languages": tmx(unit(*((f"x{i}", "a") for i in range(1_000)))),
    "language of 10,000 signs": tmx(unit(("e" * 10_000, "dog"), ("fr", "chien"))),
    "language with markup": tmx(unit(("![x](y)", "dog"), ("{0}", "chien")) * 3),
    "unknown languages": tmx(unit(("cs", "pes"), ("uk", "x")) * 3),
    "entities": tmx(unit(("en", "&evil;"), ("fr", "chien"))),
    "html": "<html><body><p>a</p></body></html>",
    "one unit": tmx(TWO),
}  # fmt: skip
PO: dict[str, bytes | str] = {
    "empty": "", "header alone": po(0), "unknown charset": po(3, "Content-Type: text/plain; charset=evil\\n"),
    "charset that runs code": po(3, "Content-Type: text/plain; charset=unicode_escape\\n"),
    "charset that packs": po(3, "Content-Type: text/plain; charset=zlib_codec\\n"),
    "wrong charset": po(3, "Content-Type: text/plain; charset=utf-16\\n"),
    "plural rule of code": po(3, "Plural-Forms: nplurals=99999999; plural=(n**n**n);\\n"),
    "unknown language": po(3, "Language: ../../etc\\n"), "open string": 'msgid "a\nmsgstr "',
    "no po": "<html>", "binary": bytes(range(256)) * 10, "10,000 plurals":
    po(0) + 'msgid "a"\nmsgid_plural "b"\n' + "".join(f'msgstr[{i}] "c"\n' for i in range(10_000)),
    "a plural of 10¹⁸": po(0) + 'msgid "a"\nmsgid_plural "b"\nmsgstr[999999999999999999] "c"\n',
    "null": po(3) + 'msgid "\\0"\nmsgstr "\\x00"\n',
}  # fmt: skip
ENCODED: dict[str, bytes] = {
    "empty": b"", "one byte": b"\xff", "all bytes": bytes(range(256)), "half a character": "é".encode()[:1],
    "byte-order mark alone": b"\xef\xbb\xbf", "utf-16 mark alone": b"\xff\xfe", "utf-32 mark alone": b"\xff\xfe\0\0",
    "zeros": bytes(100_000), "escape sequences": b"\x1b$B" * 10_000, "overlong": b"\xc0\xaf" * 1_000,
    "surrogates": b"\xed\xa0\x80" * 1_000, "combining marks": ("a" + "\u0301" * 50_000).encode(),
}  # fmt: skip

CASES: list[Case] = [
    *(case("translation", f"tmx of {name}", "a.tmx", text) for name, text in TMX.items()),
    *(case("translation", f"po: {name}", "a.po", text) for name, text in PO.items()),
    *(case("text", name, "a.txt", content) for name, content in ENCODED.items()),
    *(case("aligned", name, "a.txt", content) for name, content in ENCODED.items()),
    case("text", "random of 5 MB", "a.txt", lambda: random.Random(0).randbytes(5_000_000), slow=True),
    case("translation", "po of 30,000 entries", "a.po", lambda: po(30_000), slow=True),
    case("translation", "tmx of 30,000 units", "a.tmx", lambda: tmx(TWO * 30_000), slow=True),
    case("sentiment", "650 kB of equal texts", "a.csv", lambda: "text,label\n" + "the same text,a\n" * 40_000, slow=True),
    case("sentiment", "3,000 equal texts", "a.csv", lambda: "text,label\n" + "the same text,a\n" * 3_000),
    case("sentiment", "60,000 near-equal texts", "a.csv", lambda: near(60_000), slow=True),
    case("sentiment", "1,000 near-equal texts", "a.csv", lambda: near(1_000)),
    case("sentiment", "as many labels as texts", "a.csv",
         lambda: "text,label\n" + "".join(f"t{i},l{i}\n" for i in range(20_000)), slow=True),
    case("sentiment", "a text of 10 MB", "a.csv", lambda: "text,label\n" + "a " * 5_000_000 + ",b\n", slow=True),
    case("translation", "zip of a thousand files", "a.zip", lambda: packed({f"{i}.txt": "a" for i in range(1_000)})),
]  # fmt: skip
