"""The text in an uploaded document: plain text, PDF (pypdf) or Word (python-docx)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.errors import N_, DocumentError
from core.inputs.texts import decode
from core.settings import settings

if TYPE_CHECKING:
    from docx.document import Document
    from pypdf import PdfReader

SUFFIXES = (".txt", ".md", ".pdf", ".docx")
UNPACKED_MB = 64
"""Most megabytes of XML in a Word file: 100 times a thick book's, a thousandth of a zip bomb's."""
OLD_WORD = b"\xd0\xcf\x11\xe0"


def read(data: bytes, name: str) -> str:
    """The text of a file, its kind told by its content and not by its name.

    Pages follow one another without a gap, as sentences run on from one to the next; table cells
    of a Word file are separated by tabs.

    Raises:
        DocumentError: empty, too large, encrypted, damaged, of another kind, or without any text.
    """
    if len(data) > settings().upload_mb * 1_000_000:
        raise DocumentError(
            N_("{name} has {size:.0f} MB; the limit is {limit} MB (PORTAL_UPLOAD_MB)."),
            name=name,
            size=len(data) / 1e6,
            limit=settings().upload_mb,
        )
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if b"%PDF-" in data[:1024] or (data and suffix == ".pdf"):
        return _pdf(data, name)
    if data.startswith(b"PK") or (data and suffix == ".docx"):
        return _docx(data, name)
    if data.startswith(OLD_WORD):
        raise DocumentError(
            N_("{name} is an old Word file. Save it as .docx or as text and try again."), name=name
        )
    if b"\0" in data[:1024] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError(
            N_("{name} is not a text file. Use a txt, md, pdf or docx file."), name=name
        )
    return decode(data, name)


def _pdf(data: bytes, name: str) -> str:
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError

    try:
        reader = PdfReader(io.BytesIO(data))
        _unlock(reader, name)
        _within_limit(len(reader.pages), name)
        text = "\n".join(page.extract_text() for page in reader.pages)
    except DocumentError:
        raise
    except FileNotDecryptedError as error:
        raise _encrypted(name) from error
    except Exception as error:  # a damaged PDF fails in as many ways as there are bytes in it
        raise _damaged(name, error) from error
    if not text.strip():
        raise DocumentError(
            N_(
                "{name} has no text in it, only images of text perhaps. "
                "Run it through text recognition (OCR) first, or paste the text."
            ),
            name=name,
        )
    return text


def _unlock(reader: PdfReader, name: str) -> None:
    """Open a PDF that is encrypted without a password for reading, as many are."""
    from pypdf.errors import DependencyError

    if not reader.is_encrypted:
        return
    try:
        opened = reader.decrypt("")
    except (DependencyError, NotImplementedError) as error:
        raise _encrypted(name) from error
    if not opened:
        raise _encrypted(name)


def _within_limit(pages: int, name: str) -> None:
    if pages > settings().pdf_pages:
        raise DocumentError(
            N_(
                "{name} has {pages} pages; the limit is {limit} (PORTAL_PDF_PAGES). "
                "Save the pages you need as a file of their own."
            ),
            name=name,
            pages=pages,
            limit=settings().pdf_pages,
        )


def _docx(data: bytes, name: str) -> str:
    import docx

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            unpacked = sum(m.file_size for m in members if m.filename.endswith((".xml", ".rels")))
        if unpacked > UNPACKED_MB * 1_000_000:
            raise DocumentError(
                N_("{name} unpacks to {size:.0f} MB of text; the limit is {limit} MB."),
                name=name,
                size=unpacked / 1e6,
                limit=UNPACKED_MB,
            )
        text = "\n".join(_blocks(docx.Document(io.BytesIO(data))))
    except DocumentError:
        raise
    except Exception as error:  # not a zip, not Word inside the zip, or broken XML
        raise _damaged(name, error) from error
    if not text.strip():
        raise DocumentError(N_("{name} is empty. Choose another file."), name=name)
    return text


def _blocks(document: Document) -> Iterator[str]:
    """Paragraphs and table rows in reading order. A merged cell is listed once."""
    from docx.table import Table

    for block in document.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                yield "\t".join(dict.fromkeys(cell.text for cell in row.cells))
        else:
            yield block.text


def _encrypted(name: str) -> DocumentError:
    return DocumentError(
        N_("{name} is protected by a password. Save a copy without one and try again."), name=name
    )


def _damaged(name: str, error: Exception) -> DocumentError:
    return DocumentError(
        N_("{name} cannot be read: it is damaged or of another kind ({why}). Save it anew."),
        name=name,
        why=type(error).__name__,
    )
