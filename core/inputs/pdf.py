"""The text of an untrusted PDF (pypdf), as one would read it: in the order of its columns, with ligatures taken apart,
words joined that are broken at line ends, and lines joined to paragraphs. All of it is told."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from core.errors import N_, DocumentError
from core.inputs import page_columns, paragraphs
from core.inputs.reading import Reading
from core.settings import settings

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

STREAM_BYTES = 16_000_000
"""Most bytes that one stream unpacks to: a page of text has some thousand."""
OPERATORS = 200_000
"""Most operators and operands on one page; a dense page has some thousand."""
SECONDS = 15.0
"""Longest time for all pages; 300 dense pages take a third of it."""
LISTED = 20


def read(data: bytes, name: str, reading: Reading) -> str:
    """The text of all pages, one after another without a gap; `reading` takes what was joined, reordered and left out.

    Raises:
        DocumentError: encrypted, damaged, without any text, or over PORTAL_PDF_PAGES or PORTAL_TEXT_CHARS.
    """
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError

    try:
        with _limits():
            reader = PdfReader(io.BytesIO(data))
            _unlock(reader, name)
            _within_limit(len(reader.pages), name)
            pages = _pages(reader, name, reading)
    except DocumentError:
        raise
    except FileNotDecryptedError as error:
        raise _encrypted(name) from error
    except Exception as error:  # a damaged PDF fails in as many ways as there are bytes in it
        raise DocumentError(
            N_("{name} cannot be read: it is damaged or of another kind ({why}). Save it anew."),
            name=name,
            why=type(error).__name__,
        ) from error
    empty = [number for number, text in enumerate(pages, 1) if not text.strip()]
    if len(empty) == len(pages):
        raise DocumentError(
            N_(
                "{name} has no text in it, only images of text perhaps. "
                "Run it through text recognition (OCR) first, or paste the text."
            ),
            name=name,
        )
    if empty:
        reading.trouble(
            "empty pages",
            N_(
                "These pages of {name} have no text, only images perhaps; they are left out: {pages}."
            ),
            name=name,
            pages=_listed(empty),
        )
    return paragraphs.rejoined([text for text in pages if text.strip()], reading)


def _limits() -> AbstractContextManager[object]:
    """What a hostile file may cost: unpacked bytes, operators of a page, nested forms."""
    from pypdf import apply_configuration

    return apply_configuration(
        maximum_declared_stream_length=STREAM_BYTES,
        array_based_stream_maximum_output_length=STREAM_BYTES,
        lzw_maximum_output_length=STREAM_BYTES,
        run_length_maximum_output_length=STREAM_BYTES,
        zlib_maximum_output_length=STREAM_BYTES,
        stream_decoding_work_maximum_length=4 * STREAM_BYTES,
        stream_parsing_work_maximum_count=OPERATORS,
        xform_maximum_invocations_per_extraction=200,
        page_tree_maximum_entries=10 * settings().pdf_pages,
        disable_legacy_handling=True,
    )


def _pages(reader: PdfReader, name: str, reading: Reading) -> list[str]:
    """The text of each page."""
    texts: list[str] = []
    in_columns: list[int] = []
    length, end = 0, time.monotonic() + SECONDS
    for number, page in enumerate(reader.pages, 1):
        if time.monotonic() > end:
            raise DocumentError(
                N_(
                    "{name} takes too long to read: after {seconds:.0f} s it is at page {page} of {pages}. "
                    "Save the pages you need as a file of their own."
                ),
                name=name,
                seconds=SECONDS,
                page=number,
                pages=len(reader.pages),
            )
        text = page.extract_text()
        ordered = _ordered(page, text)
        if ordered is not None:
            in_columns.append(number)
        texts.append(text if ordered is None else ordered)
        length += len(text)
        if length > settings().text_chars:
            raise DocumentError(
                N_(
                    "{name} has more than {limit} characters of text (PORTAL_TEXT_CHARS): they are reached on page "
                    "{page}. Save the pages you need as a file of their own."
                ),
                name=name,
                limit=settings().text_chars,
                page=number,
            )
    if in_columns:
        reading.assume(
            "columns",
            N_("These pages seem to be set in columns, which are read one after another: {pages}."),
            pages=_listed(in_columns),
        )
    return texts


def _ordered(page: PageObject, text: str) -> str | None:
    """The text of a page by its columns, where the order in which the file writes it is another one."""
    if text.count("\n") + 1 < page_columns.ROWS:
        return None
    try:
        layout = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)
    except Exception:  # fonts that this mode cannot do without; the text itself has been read
        return None
    ordered = page_columns.in_reading_order(layout)
    if ordered is None or "".join(ordered.split()) == "".join(text.split()):
        return None
    return ordered


def _listed(numbers: Sequence[int]) -> str:
    more = f", … (+{len(numbers) - LISTED})" if len(numbers) > LISTED else ""
    return ", ".join(map(str, numbers[:LISTED])) + more


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


def _encrypted(name: str) -> DocumentError:
    return DocumentError(
        N_("{name} is protected by a password. Save a copy without one and try again."), name=name
    )
