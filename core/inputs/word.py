"""The text of an untrusted Word file: its XML is checked and read by `structured`, the walk over it is ours.

python-docx would leave out content controls, text boxes and tracked insertions without a word.
Source: ECMA-376, part 1, 17 (WordprocessingML).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.errors import N_, DocumentError
from core.inputs import archives, structured
from core.inputs.reading import Reading

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

UNPACKED_MB = 16
"""Most megabytes of the XML that is read; a book of 500 pages has 8."""
NAMESPACES = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
"""The same content again, for programs that do not know the other form."""
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
NOTES = {
    N_("footnotes"): r"footnotes\d*\.xml",
    N_("endnotes"): r"endnotes\d*\.xml",
    N_("headers"): r"header\d*\.xml",
    N_("footers"): r"footer\d*\.xml",
    N_("comments"): r"comments\d*\.xml",
}
"""Parts beside the text that are left out, by their file names."""
WORDS = re.compile(rb"<\w+:t(?: [^>]*)?>[^<]*[^\s<]")
OTHERS = {
    b"application/vnd.oasis.opendocument.text": "OpenDocument (.odt)",
    b"application/epub+zip": "EPUB",
}
"""What a zip file says in its member `mimetype`."""


def read(data: bytes, name: str, reading: Reading) -> str:
    """Paragraphs and table rows in reading order; the cells of a row are separated by tabs. `reading` takes what was
    left out.

    Raises:
        DocumentError: too large, damaged, of another kind, or empty.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            main = _main_part(file, name)
            body = structured.from_xml(_part(file, main, name), f"{name}/{main}")
            left_out = _left_out(file, posixpath.dirname(main), name)
    except (*archives.DAMAGE, KeyError, ValueError, NotImplementedError) as error:
        raise _damaged(name, type(error).__name__) from error
    text = "\n".join(_blocks(body))
    if not text.strip():
        raise DocumentError(N_("{name} is empty. Choose another file."), name=name)
    _note(body, left_out, name, reading)
    return text


def _main_part(file: zipfile.ZipFile, name: str) -> str:
    """Name of the member that holds the text, which the file's relations tell."""
    members = set(file.namelist())
    if "mimetype" in members:
        said = OTHERS.get(_part(file, "mimetype", name).strip(), "")
        if said:
            raise DocumentError(
                N_("{name} is a file of another kind: {kind}. Save it as .docx or as text."),
                name=name,
                kind=said,
            )
    if "_rels/.rels" not in members:
        raise _damaged(name, "no _rels/.rels")
    relations = structured.from_xml(_part(file, "_rels/.rels", name), f"{name}/_rels/.rels")
    targets = [
        r.get("Target", "") for r in relations if r.get("Type", "").endswith("/officeDocument")
    ]
    main = targets[0].lstrip("/") if targets else ""
    if main.startswith(("xl/", "ppt/")):
        raise DocumentError(
            N_("{name} is a file of another kind: {kind}. Save it as .docx or as text."),
            name=name,
            kind="Excel" if main.startswith("xl/") else "PowerPoint",
        )
    if main not in members:
        raise _damaged(name, "no word/document.xml")
    return main


def _part(file: zipfile.ZipFile, member: str, name: str) -> bytes:
    """A member's bytes; its stated size, beyond which zipfile does not read, is checked before."""
    size = file.getinfo(member).file_size
    if size > UNPACKED_MB * 1_000_000:
        raise DocumentError(
            N_("{name} unpacks to {size:.0f} MB of text; the limit is {limit} MB."),
            name=name,
            size=size / 1e6,
            limit=UNPACKED_MB,
        )
    return file.read(member)


def _left_out(file: zipfile.ZipFile, folder: str, name: str) -> list[str]:
    """Which of NOTES there are with words in them."""
    return [
        title
        for title, pattern in NOTES.items()
        if any(
            re.fullmatch(pattern, posixpath.basename(one)) and WORDS.search(_part(file, one, name))
            for one in file.namelist()
            if posixpath.dirname(one) == folder
        )
    ]


def _note(body: Element, left_out: list[str], name: str, reading: Reading) -> None:
    count = sum(_kind(one) == "tbl" for one in body.iter())
    if count:
        reading.assume(
            "tables",
            N_("{count} tables of {name} are read row by row, with tabs between the cells."),
            count=count,
            name=name,
        )
    if any(_kind(one) == "delText" for one in body.iter()):
        reading.assume(
            "tracked changes",
            N_("{name} has tracked changes: insertions are read, deletions are left out."),
            name=name,
        )
    for what in left_out:
        reading.trouble("left out", N_("The {what} of {name} are left out."), what=what, name=name)


def _kind(element: Element) -> str:
    """The local name of an element of WordprocessingML; "" for any other."""
    space, _, local = element.tag.rpartition("}")
    return local if f"{space}}}" in NAMESPACES else ""


def _blocks(parent: Element) -> Iterator[str]:
    """Paragraphs and table rows inside an element. Text boxes follow the paragraph that they are tied to."""
    for child in parent:
        kind = _kind(child)
        if kind == "p":
            boxes: list[Element] = []
            yield "".join(_runs(child, boxes))
            for box in boxes:
                yield from _blocks(box)
        elif kind == "tr":
            yield "\t".join(" ".join(filter(None, _blocks(cell))) for cell in _cells(child))
        elif child.tag != FALLBACK and kind != "del":
            yield from _blocks(child)


def _cells(row: Element) -> Iterator[Element]:
    """The cells of a row, also those inside content controls; not those of tables inside them."""
    for child in row:
        if _kind(child) == "tc":
            yield child
        else:
            yield from _cells(child)


def _runs(parent: Element, boxes: list[Element]) -> Iterator[str]:
    """The text of a paragraph; text boxes in it are put into `boxes`."""
    for child in parent:
        kind = _kind(child)
        if kind == "txbxContent":
            boxes.append(child)
        elif kind == "t":
            yield child.text or ""
        elif kind in SIGNS:
            yield SIGNS[kind]
        elif child.tag != FALLBACK and kind not in ("del", "tabs"):
            yield from _runs(child, boxes)


def _damaged(name: str, why: str) -> DocumentError:
    return DocumentError(
        N_("{name} cannot be read: it is damaged or of another kind ({why}). Save it anew."),
        name=name,
        why=why,
    )
