"""The text in an uploaded document: plain text, PDF or Word, told apart by content."""

from __future__ import annotations

from core.errors import N_, DocumentError
from core.inputs import pdf, texts, word
from core.inputs.reading import Reading
from core.inputs.uploads import check_size

SUFFIXES = (".txt", ".md", ".pdf", ".docx")
OLD_WORD = b"\xd0\xcf\x11\xe0"
TEXT = (".txt", ".md", "")


def read(data: bytes, name: str, reading: Reading | None = None) -> str:
    """The text of a file, its kind told by its content and not by its name; `reading` takes what was assumed, joined
    and left out.

    Pages follow one another without a gap, as sentences run on from one to the next; table cells
    of a Word file are separated by tabs.

    Raises:
        DocumentError: empty, too large, encrypted, damaged, of another kind, or without any text.
    """
    reading = reading if reading is not None else Reading()
    check_size(data, name)
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if b"%PDF-" in data[:1024] or (data and suffix == ".pdf"):
        _note_kind(suffix, ".pdf", "PDF", name, reading)
        return pdf.read(data, name, reading)
    if data.startswith(b"PK") or (data and suffix == ".docx"):
        _note_kind(suffix, ".docx", "Word", name, reading)
        return word.read(data, name, reading)
    if data.startswith(OLD_WORD):
        raise DocumentError(
            N_("{name} is an old Word file. Save it as .docx or as text and try again."), name=name
        )
    if data.startswith(b"{\\rtf"):
        raise DocumentError(
            N_("{name} is a file of another kind: {kind}. Save it as .docx or as text."),
            name=name,
            kind="RTF",
        )
    if b"\0" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(
            N_("{name} is not a text file. Use a txt, md, pdf or docx file."), name=name
        )
    return texts.decode(data, name, reading)


def _note_kind(suffix: str, usual: str, kind: str, name: str, reading: Reading) -> None:
    if suffix != usual:
        reading.assume(
            "kind",
            N_("{name} is a {format} file by its content and is read as one."),
            name=name,
            format=kind,
        )
