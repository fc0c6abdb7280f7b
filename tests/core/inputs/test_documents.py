"""Text out of plain, PDF and Word files, and clear refusals for what has none."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.errors import DocumentError
from core.inputs import documents


def pdf(text: str, pages: int = 1, password: str = "", picture: bool = False) -> bytes:
    """A PDF with `text` in Helvetica on every page, written by pypdf."""
    from pypdf import PdfWriter
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for _ in range(pages):
        page = writer.add_blank_page(300, 200)
        if picture:
            continue
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def docx(*paragraphs: str, cells: tuple[str, ...] = ()) -> bytes:
    import docx as word

    document = word.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if cells:
        table = document.add_table(1, len(cells))
        for cell, text in zip(table.rows[0].cells, cells, strict=True):
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(DocumentError) as caught:
        documents.read(data, name)
    return str(caught.value)


def test_a_text_file_is_decoded_whatever_its_encoding():
    assert documents.read("深度学习是一种方法。".encode("gbk"), "a.txt") == "深度学习是一种方法。"


def test_a_pdf_gives_the_text_of_every_page():
    assert documents.read(pdf("Rain falls.", pages=2), "a.pdf").count("Rain falls.") == 2


def test_a_pdf_is_known_by_its_content_not_its_name():
    assert "Rain" in documents.read(pdf("Rain falls."), "a.txt")


def test_a_pdf_with_a_password_is_refused():
    assert "password" in refusal(pdf("Rain", password="secret"), "a.pdf")


def test_a_truncated_pdf_is_refused():
    assert "damaged" in refusal(pdf("Rain")[:200], "a.pdf")


def test_a_text_called_pdf_is_refused():
    assert "damaged" in refusal(b"plain words", "a.pdf")


def test_a_pdf_of_pictures_names_text_recognition():
    assert "OCR" in refusal(pdf("", picture=True), "scan.pdf")


def test_too_many_pages_name_the_limit(monkeypatch):
    from core.settings import settings

    monkeypatch.setenv("PORTAL_PDF_PAGES", "2")
    settings.cache_clear()
    assert "PORTAL_PDF_PAGES" in refusal(pdf("Rain", pages=3), "a.pdf")


def test_a_word_file_gives_paragraphs_and_tables_in_order():
    data = docx("One.", "Two.", cells=("left", "right"))
    assert documents.read(data, "a.docx") == "One.\nTwo.\nleft\tright"


def test_a_zip_that_is_no_word_file_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "damaged" in refusal(out.getvalue(), "a.docx")


def test_a_truncated_word_file_is_refused():
    assert "damaged" in refusal(docx("One.")[:400], "a.docx")


def test_a_word_file_that_unpacks_to_a_bomb_is_refused_before_unpacking():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 70_000_000)
    assert "limit is 64 MB" in refusal(out.getvalue(), "a.docx")


def test_an_empty_word_file_is_refused():
    assert "empty" in refusal(docx(), "a.docx")


def test_an_empty_file_is_refused():
    assert "empty" in refusal(b"", "a.txt")


def test_an_old_word_file_names_the_remedy():
    assert ".docx" in refusal(b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.doc")


def test_a_picture_called_txt_is_refused():
    assert "not a text file" in refusal(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 99, "a.txt")
