"""PDF and Word files."""

from __future__ import annotations

import zlib

from tests.hostile.case import Case, case
from tests.hostile.packing import bomb, nested, packed, raw

DOCUMENT = "word/document.xml"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{}"/>'
    "</Relationships>"
)
SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body: str, head: str = "", target: str = DOCUMENT) -> bytes:
    """A Word file around `body`."""
    return packed(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELATIONS.format(target),
            DOCUMENT: f"{head}<w:document {SPACE}><w:body>{body}</w:body></w:document>",
        }
    )


def paragraphs(count: int, text: str = "") -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" * count


def pdf(*objects: str | bytes, root: int = 1) -> bytes:
    """Objects 1, 2, … without a table of their places."""
    out = b"%PDF-1.7\n"
    for i, one in enumerate(objects, 1):
        content = one.encode() if isinstance(one, str) else one
        out += b"%d 0 obj\n%s\nendobj\n" % (i, content)
    return out + b"trailer\n<< /Root %d 0 R /Size %d >>\nstartxref\n0\n%%%%EOF" % (
        root,
        len(objects) + 1,
    )


def stream(content: bytes, extra: str = "/Filter /FlateDecode") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), extra.encode(), content)


CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
ONE = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox [0 0 9 9] >>"


def page(content: bytes, extra: str = "/Filter /FlateDecode") -> bytes:
    return pdf(CATALOG, ONE, PAGE, stream(content, extra))


def shown(times: int) -> bytes:
    """Text that is shown so often."""
    return zlib.compress(b"BT /F 1 Tf (word) Tj ET\n" * times)


PDF: dict[str, bytes] = {
    "header alone": b"%PDF-1.7",
    "no objects": b"%PDF-1.7\n" + b"x" * 2_000,
    "page tree in a circle": pdf(CATALOG, "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "page tree of two in a circle": pdf(CATALOG, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                                        "<< /Type /Pages /Kids [2 0 R] /Parent 2 0 R /Count 1 >>"),
    "a billion pages": pdf(CATALOG, "<< /Type /Pages /Kids [3 0 R] /Count 1000000000 >>", PAGE),
    "no root": pdf("<< >>", root=9),
    "root that is a number": pdf("7"),
    "arrays 50,000 deep": pdf(CATALOG, "[" * 50_000),
    "dictionaries 20,000 deep": pdf(CATALOG, "<< /a " * 20_000),
    "contents that are their own": pdf(CATALOG, ONE, PAGE.replace("4 0 R", "3 0 R")),
    "a length of 2⁶³": pdf(CATALOG, ONE, PAGE, b"<< /Length 9223372036854775807 >>\nstream\nx\nendstream"),
    "no zlib stream": page(b"no zlib"),
    "unknown filter": page(b"x", "/Filter /Evil"),
    "100 filters": page(b"x", "/Filter [" + "/ASCIIHexDecode " * 100 + "]"),
    "predictor of 2³¹ columns": page(zlib.compress(bytes(100)),
                                     "/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 2147483647 >>"),
    "encrypted by nothing known": b"%PDF-1.7\ntrailer\n<< /Encrypt << /Filter /Evil >> /Root 1 0 R >>\n%%EOF",
    "javascript": pdf("<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert(1)) >> >>",
                      ONE, PAGE, stream(shown(1))),
    "cross-reference to itself": b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Prev 9 >>\nstartxref\n9\n%%EOF",
}  # fmt: skip
WORD: dict[str, bytes] = {
    "no zip": b"PK\3\4nothing",
    "empty zip": packed({}),
    "without its document": packed({"[Content_Types].xml": TYPES}),
    "relation to outside": docx("", target="../../../etc/passwd"),
    "relation to an address": docx("", target="http://127.0.0.1:9/a.xml"),
    "entity": docx("<w:p>&b;</w:p>", '<!DOCTYPE a [<!ENTITY b "x">]>'),
    "a billion laughs": docx("<w:p>&a9;</w:p>", "<!DOCTYPE a [<!ENTITY a0 'ha'>" + "".join(
        f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 10)) + "]>"),
    "file as entity": docx("<w:p>&b;</w:p>", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'),
    "elements 20,000 deep": docx("<w:p>" * 20_000 + "</w:p>" * 20_000),
    "no xml": docx("<<<"),
    "zip in zip": nested(20),
    "encrypted": raw([b"word/document.xml"], flags=1),
    "wrong checksum": raw([b"[Content_Types].xml"], crc=1),
    "old word": b"\xd0\xcf\x11\xe0" + bytes(1_000),
}  # fmt: skip
CASES: list[Case] = [
    *(case("document", f"pdf: {name}", "a.pdf", content) for name, content in PDF.items()),
    *(case("document", f"docx: {name}", "a.docx", content) for name, content in WORD.items()),
    case("document", "docx: bomb", "a.docx", lambda: bomb(DOCUMENT, 300_000_000), slow=True),
    case("document", "docx: 60 MB of paragraphs", "a.docx", lambda: docx(paragraphs(1_500_000)), slow=True),
    case("document", "docx: 60 MB of xml under another suffix", "a.docx",
         lambda: packed({"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS.format("word/document.bin"),
                         "word/document.bin": paragraphs(1_500_000)}), slow=True),
    case("document", "docx: 50,000 paragraphs", "a.docx", lambda: docx(paragraphs(50_000, "word")), slow=True),
    case("document", "pdf: a stream of 500 MB", "a.pdf", lambda: page(zlib.compress(bytes(500_000_000))), slow=True),
    case("document", "pdf: a stream of 20 MB", "a.pdf", lambda: page(zlib.compress(b" " * 20_000_000))),
    case("document", "pdf: a million words", "a.pdf", lambda: page(shown(1_000_000)), slow=True),
    case("document", "pdf: 5,000 pages", "a.pdf",
         lambda: pdf(CATALOG, f"<< /Type /Pages /Kids [{'3 0 R ' * 5_000}] /Count 5000 >>", PAGE)),
    case("document", "text with NULs", "a.txt", bytes(1_000)),
    case("document", "empty", "a.txt", b""),
    case("document", "no known suffix", "a", b"\x89PNG"),
]  # fmt: skip
