"""Catalogues of messages (gettext's PO), as translated programs keep them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import languages, texts
from core.tasks.translation.pairs import Pair, checked

if TYPE_CHECKING:
    from babel.messages.catalog import Message

File = tuple[str, bytes]
"""Name and contents."""

LEFT_OUT = {
    "plural": N_("{count} messages with plural forms are left out."),
    "fuzzy": N_("{count} messages marked as fuzzy are left out."),
    "obsolete": N_("{count} obsolete messages are left out."),
    "untranslated": N_("{count} messages without a translation are left out."),
    "long": N_("{count} messages longer than wanted are left out."),
}
SAYS_NOTHING = ("", "charset", "utf-8", "utf8", "ascii", "us-ascii")
"""Charsets of a header that are UTF-8 or stand in an unfilled template."""
NO_TEXT = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf_7", "undefined")
"""Codecs of Python that no file is written in."""
HEADER_SOURCE = ("x-source-language", "x-poedit-sourcelanguage")
HEADER_TARGET = ("language", "x-language", "x-poedit-language")


def read(
    draft: Draft,
    files: Sequence[File],
    named: tuple[str, str] = ("", ""),
    longest: int | None = None,
) -> Draft:
    """The pairs of one translation's files, in the languages `named` (ISO 639), else those that the header of the first
    file says, else its name. `longest`: messages beyond so many characters are not wanted.

    Raises:
        DataSetError: no PO file, or no pairs in it. DocumentError: no text.
    """
    pairs: list[Pair] = []
    left_out: Counter[str] = Counter()
    for name, data in files:
        messages, obsolete = _messages(draft, _decoded(draft, data, name), name)
        left_out["obsolete"] += obsolete
        header = _header(messages)
        named = (
            named[0] or _said(header, HEADER_SOURCE),
            named[1] or _said(header, HEADER_TARGET) or _of_name(name),
        )
        for one in messages:
            if not one.id:
                continue
            why = _why_not(one, longest)
            if why:
                left_out[why] += 1
            else:
                pairs.append(Pair(f"{name}:{one.lineno}", str(one.id), str(one.string)))
    for why, template in LEFT_OUT.items():
        if left_out[why]:
            draft.trouble(why, template, count=left_out[why])
    return checked(draft, pairs, named, files[0][0])


def _messages(draft: Draft, text: str, name: str) -> tuple[list[Message], int]:
    """The messages in their order, those of one text in different contexts each, and how many are obsolete. A line that
    is none of PO's costs only itself.

    Babel's parser puts them into a catalogue, which would merge them and read dates and plural rules of a header that
    anybody may have written.
    """
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import PoFileParser

    found: list[Message] = []

    class InOrder(Catalog):
        num_plurals = 9

        def __setitem__(self, key: object, message: Message) -> None:
            found.append(message)

    class Tolerant(PoFileParser):
        def _invalid_pofile(self, line: str, lineno: int, msg: str) -> None:
            draft.trouble(
                "po_line",
                N_("{origin}: {why}: “{line}”"),
                origin=f"{name}:{lineno + 1}",
                why=msg,
                line=line[:80],
            )

    catalog = InOrder(charset="utf-8")
    try:
        Tolerant(catalog).parse(re.split(r"\r\n|\n|\r", text))
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise DataSetError(
            N_("{name} is not a readable {kind} file: {why}"), name=name, kind="PO", why=error
        ) from error
    return found, len(catalog.obsolete)


def _why_not(message: Message, longest: int | None) -> str:
    """The reason for which a message is left out; "" for one that is taken."""
    if isinstance(message.id, list | tuple):
        return "plural"
    if message.fuzzy:
        return "fuzzy"
    if not str(message.string).strip():
        return "untranslated"
    return "long" if longest and len(message.id) > longest else ""


def _header(messages: Sequence[Message]) -> dict[str, str]:
    """The fields of the header by their names in lower case."""
    text = next((str(one.string) for one in messages if not one.id), "")
    fields = (line.partition(":") for line in text.split("\n"))
    return {name.strip().lower(): value.strip() for name, _, value in fields}


def _said(header: dict[str, str], fields: Sequence[str]) -> str:
    return next((code for f in fields if (code := languages.of_tag(header.get(f, "")))), "")


def _of_name(name: str) -> str:
    """By the file's name (`cs.po`, `app.pt_BR.po`, `django-uk.po`), else its folder (`cs/LC_MESSAGES/django.po`)."""
    path = PurePosixPath(name)
    return languages.of_word(path.stem) or next(
        (code for part in reversed(path.parts[:-1]) if (code := languages.of_word(part))), ""
    )


def _decoded(draft: Draft, data: bytes, name: str) -> str:
    """The text, by the charset in the header. What is UTF-8 in spite of it is read as UTF-8: no other encoding looks
    like it by chance."""
    said = re.search(rb'"Content-Type:[^"]*?charset=([-\w.:]+)', data, re.IGNORECASE)
    charset = said[1].decode("ascii").lower() if said else ""
    if "encoding" in draft.choices or charset in SAYS_NOTHING:
        return texts.decode(data, name, draft)
    decode = _decoder(charset)
    if decode is None:
        draft.trouble(
            "charset",
            N_("The header of {name} says charset {charset}, which is not known."),
            name=name,
            charset=charset[:80],
        )
        return texts.decode(data, name, draft)
    try:
        if data.isascii():
            return decode(data)
        if not _is_utf8(data):
            text = decode(data)
            draft.assume("charset", N_("{name} is read as {charset}, as its header says."), name=name, charset=charset)  # fmt: skip
            return text
    except UnicodeError:
        pass
    draft.trouble(
        "charset",
        N_("The header of {name} says charset {charset}, which it is not."),
        name=name,
        charset=charset,
    )
    return texts.decode(data, name, draft)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoder(charset: str) -> Callable[[bytes], str] | None:
    import codecs

    try:
        name = codecs.lookup(charset).name.replace("-", "_")
        if name in NO_TEXT:
            return None
        b"a".decode(charset)  # codecs between bytes (hex, zip) are not for texts
    except (LookupError, UnicodeError):
        return None
    return lambda data: data.decode(charset)
