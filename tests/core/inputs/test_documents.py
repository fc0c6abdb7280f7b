"""Text out of plain, PDF and Word files, and clear refusals for what has none."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DocumentError
from core.inputs import documents, paragraphs
from core.inputs.reading import Reading


def pdf(
    text: str = "",
    pages: int = 1,
    password: str = "",
    picture: bool = False,
    contents: tuple[str, ...] = (),
) -> bytes:
    """A PDF with `text` in Helvetica on every page, or with these `contents`, written by pypdf."""
    from pypdf import PdfWriter
    from pypdf.generic import (
        ArrayObject,
        DecodedStreamObject,
        DictionaryObject,
        NameObject,
        NumberObject,
    )

    ligatures = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Encoding"),
            NameObject("/Differences"): ArrayObject(
                [NumberObject(1), *map(NameObject, ("/fi", "/fl", "/ff", "/ffi", "/twosuperior"))]
            ),
        }
    )
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
            NameObject("/Encoding"): ligatures,
        }
    )
    usual = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET"
    for operators in contents or pages * (usual,):
        page = writer.add_blank_page(300, 200)
        if picture:
            continue
        fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        content = DecodedStreamObject()
        content.set_data(operators.encode("latin-1"))
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


def told(data: bytes, name: str) -> tuple[str, list[str]]:
    """The text, and all that is said about how it was read."""
    reading = Reading()
    text = documents.read(data, name, reading)
    return text, [str(one) for one in (*reading.assumptions, *reading.problems)]


def lines(*texts: str, x: int = 20, y: int = 180) -> str:
    """Operators that write lines below one another."""
    return f"BT /F1 8 Tf 10 TL {x} {y} Td " + " ".join(f"({t}) Tj T*" for t in texts) + " ET "


LEFT = ("The mill was built in 1811", "by the baker Tom Reed. It", "burned down in 1840.")
RIGHT = ("The school was opened in", "1902 by the mayor Ida Holm.", "It has ninety pupils.")
ROWS = {
    "a text object each": "".join(
        lines(left, y=180 - 10 * i) + lines(right, x=160, y=180 - 10 * i)
        for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True))
    ),
    "moved in one line": "BT /F1 8 Tf 20 180 Td "
    + " ".join(
        f"({left}) Tj 140 0 Td ({right}) Tj -140 -10 Td"
        for left, right in zip(LEFT, RIGHT, strict=True)
    )
    + " ET",
    "a matrix each": "".join(
        f"q 1 0 0 1 {x} {180 - 10 * i} cm BT /F1 8 Tf ({text}) Tj ET Q "
        for i, row in enumerate(zip(LEFT, RIGHT, strict=True))
        for x, text in zip((20, 160), row, strict=True)
    ),
}
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="a" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(body: str, head: str = "", **parts: str) -> bytes:
    """A Word file with this XML inside the body."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr(
            "word/document.xml", f"{head}<w:document {W}><w:body>{body}</w:body></w:document>"
        )
        for name, xml in parts.items():
            archive.writestr(f"word/{name}.xml", xml)
    return out.getvalue()


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


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
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", b" " * 60_000_000)
    assert "limit is 16 MB" in refusal(out.getvalue(), "a.docx")


def test_an_empty_word_file_is_refused():
    assert "empty" in refusal(docx(), "a.docx")


def test_an_empty_file_is_refused():
    assert "empty" in refusal(b"", "a.txt")


def test_an_old_word_file_names_the_remedy():
    assert ".docx" in refusal(b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.doc")


def test_a_picture_called_txt_is_refused():
    assert "not a text file" in refusal(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 99, "a.txt")


def test_ligatures_become_letters_and_superscripts_stay():
    text, notes = told(pdf(r"The \001rst o\004ce, \002oods, o\003er, m\005"), "a.pdf")
    assert text == "The first office, floods, offer, m²"
    assert "(4): ﬁ → fi" in notes[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("a photo-", "grapher."), "a photographer."),
        (
            ("the vil-", "lage, a part", "of Grimm-", "hausen now"),
            "the village, a part of Grimmhausen now",
        ),
        (("the Anglo-", "Saxon king"), "the Anglo-Saxon king"),
        (("from 1914-", "1918 on"), "from 1914-1918 on"),
        (("a mother-in-", "law"), "a mother-in-law"),
        (("a well-known man is well-", "known"), "a well-known man is well-known"),
        (("one - two -", "three"), "one - two - three"),
    ],
)
def test_words_broken_at_a_line_end_are_joined_and_true_hyphens_kept(written, meant):
    text, _ = told(pdf(contents=(lines(*written),)), "a.pdf")
    assert text == meant


def test_what_was_joined_is_told_with_its_number():
    _, notes = told(pdf(contents=(lines("a photo-", "grapher in a vil-", "lage"),)), "a.pdf")
    assert "joined (2): photo- grapher → photographer" in notes[0]


def test_a_word_broken_between_two_pages_is_joined():
    pages = (lines("He was a photo-"), lines("grapher in Varn."))
    assert "photographer" in told(pdf(contents=pages), "a.pdf")[0]


def test_a_short_line_ends_its_paragraph():
    text, _ = told(
        pdf(contents=(lines("Title", "The mill was built in the year 1811", "and burned."),)),
        "a.pdf",
    )
    assert text == "Title\nThe mill was built in the year 1811 and burned."


@given(st.lists(st.text("ab -\u00ad\n\ufb01²字", max_size=30), min_size=1, max_size=4))
@hypothesis.settings(max_examples=50, deadline=None)
def test_joining_loses_no_letter(pages):
    def letters(text: str) -> str:
        return "".join(c for c in text.replace("\ufb01", "fi") if c not in "- \n\u00ad")

    assert letters(paragraphs.rejoined(pages, Reading())) == letters("".join(pages))


@pytest.mark.parametrize("how", ROWS)
def test_columns_that_are_written_row_by_row_are_read_one_after_another_and_told(how):
    text, notes = told(pdf(contents=(lines("x"), ROWS[how])), "a.pdf")
    assert " ".join(text.split()) == " ".join(("x", *LEFT, *RIGHT))
    assert any("columns" in note and note.endswith(": 2.") for note in notes)


def test_columns_that_are_written_in_order_stay_as_they_are():
    text, notes = told(pdf(contents=(lines(*LEFT) + lines(*RIGHT, x=160),)), "a.pdf")
    assert " ".join(text.split()) == " ".join((*LEFT, *RIGHT))
    assert not any("columns" in note for note in notes)


def test_a_table_is_not_taken_for_columns():
    rows = [("Tom Reed", "1811"), ("Ida Holm", "1902"), ("Oda Klein", "1840"), ("Jan Vos", "1700")]
    content = "".join(
        lines(a, y=180 - 10 * i) + lines(b, x=160, y=180 - 10 * i) for i, (a, b) in enumerate(rows)
    )
    text, _ = told(pdf(contents=(content,)), "a.pdf")
    assert text.split() == [word for row in rows for word in " ".join(row).split()]


def test_pages_without_text_are_told_with_their_numbers():
    _, notes = told(pdf(contents=(lines("Rain falls."), "", lines("Snow."), "")), "a.pdf")
    assert any("2, 4" in note for note in notes)


def test_a_pdf_that_unpacks_to_a_bomb_is_refused():
    import zlib

    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject, StreamObject

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Rain"))))
    bomb = StreamObject()
    bomb._data = zlib.compress(b"BT (a) Tj ET " * 8_000_000)
    bomb[NameObject("/Filter")] = NameObject("/FlateDecode")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(bomb)
    out = io.BytesIO()
    writer.write(out)
    assert "a.pdf" in refusal(out.getvalue(), "a.pdf")


def test_a_page_of_endless_operators_is_refused():
    assert "a.pdf" in refusal(pdf(contents=("BT (a) Tj ET " * 60_000,)), "a.pdf")


def test_a_word_without_end_costs_no_more_than_its_length():
    begin = time.process_time()
    paragraphs.rejoined(["a" * 60_000 + "-\nb", "-\n" * 30_000, "a-" * 30_000], Reading())
    assert time.process_time() - begin < 2


def test_text_far_away_costs_no_memory():
    far = "BT /F1 12 Tf 1 0 0 1 900000000 180 Tm (far) Tj ET " + lines("a", "b", "c")
    assert "far" in documents.read(pdf(contents=(far,)), "a.pdf")


def test_more_text_than_the_limit_is_refused_with_the_page(monkeypatch):
    from core.settings import settings

    monkeypatch.setenv("PORTAL_TEXT_CHARS", "30")
    settings.cache_clear()
    assert "page 2" in refusal(pdf("Rain falls down.", pages=9), "a.pdf")


@given(at=st.integers(0, 2000), new=st.binary(min_size=1, max_size=8))
@hypothesis.settings(max_examples=50, deadline=None)
def test_damage_anywhere_in_a_pdf_gives_text_or_a_clear_refusal(at, new):
    data = bytearray(pdf("Rain falls."))
    at %= len(data)
    data[at : at + len(new)] = new
    with suppress(DocumentError):
        assert documents.read(bytes(data), "a.pdf")


def test_a_file_that_is_called_otherwise_is_read_by_its_content_and_told():
    assert "is a PDF file by its content" in told(pdf("Rain"), "a.txt")[1][0]
    assert "is a Word file by its content" in told(docx("One."), "a.txt")[1][0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{\\rtf1 hello}", "RTF"),
        (word("").replace(b"word/document.xml", b"word/document.xm_"), "damaged"),
    ],
)
def test_other_kinds_are_refused_by_name(data, said):
    assert said in refusal(data, "a.docx" if data.startswith(b"PK") else "a.rtf")


@pytest.mark.parametrize(
    ("member", "content", "said"),
    [
        ("mimetype", "application/vnd.oasis.opendocument.text", ".odt"),
        ("_rels/.rels", RELATIONS.replace("word/document", "xl/workbook"), "Excel"),
        ("_rels/.rels", RELATIONS.replace("word/document", "ppt/presentation"), "PowerPoint"),
    ],
)
def test_other_office_files_are_refused_by_name(member, content, said):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, content)
    assert said in refusal(out.getvalue(), "a.docx")


def test_entities_in_a_word_file_are_refused():
    head = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert "XML" in refusal(word(paragraph("&b;"), head), "a.docx")


def test_a_word_file_nested_without_end_is_refused():
    assert "XML" in refusal(word("<w:sdt>" * 500 + "</w:sdt>" * 500), "a.docx")


def test_an_endless_span_of_a_cell_costs_nothing():
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr>' + paragraph("a") + "</w:tc>"
    assert documents.read(word(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"), "a.docx") == "a"


def test_equal_cells_stay_side_by_side():
    assert documents.read(docx(cells=("yes", "no", "yes")), "a.docx").strip() == "yes\tno\tyes"


def test_content_controls_insertions_and_text_boxes_are_read_and_deletions_told():
    body = (
        f"<w:sdt><w:sdtContent>{paragraph('One.')}</w:sdtContent></w:sdt>"
        "<w:p><w:ins><w:r><w:t>Two.</w:t></w:r></w:ins><w:del><w:r><w:delText>Old.</w:delText></w:r></w:del>"
        f"<w:r><w:pict><w:txbxContent>{paragraph('Three.')}</w:txbxContent></w:pict></w:r></w:p>"
    )
    text, notes = told(word(body), "a.docx")
    assert text == "One.\nTwo.\nThree."
    assert any("deletions are left out" in note for note in notes)


def test_tables_are_told():
    assert any("1 tables" in note for note in told(docx("One.", cells=("a", "b")), "a.docx")[1])


def test_footnotes_and_headers_that_are_left_out_are_told():
    part = f"<w:x {W}>{paragraph('Aside.')}</w:x>"
    empty = f"<w:x {W}>{paragraph('')}</w:x>"
    notes = told(word(paragraph("One."), footnotes=part, header1=part, footer1=empty), "a.docx")[1]
    assert sorted(notes) == [
        "The footnotes of a.docx are left out.",
        "The headers of a.docx are left out.",
    ]
