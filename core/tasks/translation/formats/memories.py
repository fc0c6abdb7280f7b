"""Translation memories in XML: TMX (1.1 to 1.4) and XLIFF (1.2 and 2)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from core.data.drafts import Draft
from core.errors import N_, DataSetError
from core.inputs import structured
from core.tasks.translation.formats.units import Unit, pairs
from core.tasks.translation.pairs import checked

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CODES = frozenset(("bpt", "ept", "ph", "it", "ut", "x", "bx", "ex", "sc", "ec", "cp", "sub"))
"""Elements inside a sentence that stand for formatting: what they hold is code, no text."""
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def read(draft: Draft, data: bytes, name: str) -> Draft:
    """The pairs of a TMX or XLIFF file.

    Raises:
        DocumentError: no XML that can be read. DataSetError: neither TMX nor XLIFF, or without pairs.
    """
    root = structured.from_xml(_as_utf8(data, name), name)
    kind = _tag(root)
    if kind not in READERS:
        raise DataSetError(
            N_("{name} is neither TMX nor XLIFF: its first element is “{tag}”."),
            name=name,
            tag=kind[:80],
        )
    declared, units = READERS[kind](draft, root)
    if not units and not draft.problems:
        raise DataSetError(N_("There are no pairs of sentences in {name}."), name=name)
    found, named = pairs(draft, units, declared)
    if units and not found:
        draft.trouble(
            "one_language",
            N_("No unit of {name} has a sentence in two languages."),
            name=name,
        )
    return checked(draft, found, named, name)


def _tmx(draft: Draft, root: Element) -> tuple[str, list[Unit]]:
    header = next((one for one in root if _tag(one) == "header"), None)
    elements = [one for one in root.iter() if _tag(one) == "tu"]
    units = [_unit(draft, one, number) for number, one in enumerate(elements, 1)]
    _tell_codes(draft, elements)
    return (header.get("srclang", "") if header is not None else ""), units


def _unit(draft: Draft, element: Element, number: int) -> Unit:
    origin = f"unit {number}"
    sentences: dict[str, str] = {}
    spelt: dict[str, str] = {}
    for variant in (one for one in element if _tag(one) == "tuv"):
        tag = variant.get(XML_LANG) or variant.get("lang") or ""
        same = spelt.setdefault(tag.lower().replace("_", "-"), tag)
        text = "".join(_text(one) for one in variant if _tag(one) == "seg")
        if not tag:
            draft.trouble(
                "no_language", N_("{origin} has a sentence without a language."), origin=origin
            )
        elif same not in sentences:
            sentences[same] = text
        elif sentences[same] != text:
            draft.trouble(
                "variants",
                N_("{origin} has more than one sentence in {tag}; “{text}” is left out."),
                origin=origin,
                tag=tag,
                text=text[:80],
            )
    return Unit(origin, sentences)


def _xliff(draft: Draft, root: Element) -> tuple[str, list[Unit]]:
    units: list[Unit] = []
    declared = root.get("srcLang", "")
    elements = []
    for file in (one for one in root.iter() if _tag(one) == "file"):
        source = file.get("source-language") or root.get("srcLang") or "?"
        target = file.get("target-language") or root.get("trgLang") or "??"
        declared = declared or source
        for one in (one for one in file.iter() if _tag(one) in ("trans-unit", "segment")):
            elements.append(one)
            texts = {_tag(child): _text(child) for child in one}
            sentences = {source: texts.get("source", ""), target: texts.get("target", "")}
            units.append(Unit(f"unit {len(units) + 1}", sentences))
    _tell_codes(draft, elements)
    return declared, units


READERS = {"tmx": _tmx, "xliff": _xliff}


def _text(element: Element) -> str:
    """The text of a sentence without its formatting codes; what stands between a pair of them stays."""
    parts = [element.text or ""]
    for child in element:
        if _tag(child) not in CODES:
            parts.append(_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _tell_codes(draft: Draft, elements: list[Element]) -> None:
    found = Counter(_tag(one) for unit in elements for one in unit.iter() if _tag(one) in CODES)
    if found:
        draft.trouble(
            "codes",
            N_("{count} formatting codes inside sentences ({tags}) are left out."),
            count=found.total(),
            tags=", ".join(sorted(found)),
        )


def _tag(element: Element) -> str:
    """An element's name without its namespace; "" for a comment."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _as_utf8(data: bytes, name: str) -> bytes:
    """The file in UTF-8 where it says that it is in an encoding that the XML parser does not know (GBK, Shift-JIS).

    Raises:
        DataSetError: it is not in the encoding that it says.
    """
    said = re.match(rb"""\s*<\?xml[^>]*?encoding=["']([\w.:-]+)["'][^>]*\?>""", data[:400])
    encoding = said[1].decode("ascii").lower() if said else "utf-8"
    if said is None or encoding.startswith(("utf-8", "utf8", "utf-16", "us-ascii")):
        return data
    try:
        return data[said.end() :].decode(encoding).encode("utf-8")
    except (LookupError, UnicodeError) as error:
        raise DataSetError(
            N_("{name} says that its encoding is {encoding}, which it is not. Save it as UTF-8."),
            name=name,
            encoding=encoding,
        ) from error
