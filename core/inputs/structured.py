"""Untrusted JSON, YAML and XML: the only place where they are parsed.

Each loader bounds depth, numbers and the count of values before anything is made of them, and raises nothing but a
DocumentError. Lone surrogates in strings become U+FFFD, one for one, so that offsets stay as they were.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, NoReturn

from core.errors import N_, DocumentError
from core.plain import Json

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEPTH = 64
"""Deepest nesting of lists and objects."""
DIGITS = 18
"""Longest whole number: what 64 bits hold."""
NODES = 500_000
"""Most values in a YAML file and elements in an XML file; real ones have a few thousand."""
SURROGATE = re.compile("[\ud800-\udfff]")


def from_json(text: str, name: str) -> Json:
    """The value of a JSON text.

    Raises:
        DocumentError: not JSON, nested deeper than DEPTH, or with a number that is not finite or beyond DIGITS.
    """
    _check_depth(text, name)
    try:
        value = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise _broken(name, "JSON", error) from error
    return _sound(value) if SURROGATE.search(text) or "\\u" in text else value


def from_yaml(text: str, name: str) -> Json:
    """The value of a YAML text; every scalar stays the text it is (`yes`, `007` and `1.0` are not guessed at).

    Raises:
        DocumentError: not YAML, nested deeper than DEPTH, more than NODES values, or with an alias.
    """
    import yaml

    depth = count = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("aliases are not read")
            count += 1
            opens = isinstance(event, yaml.CollectionStartEvent)
            closes = isinstance(event, yaml.CollectionEndEvent)
            depth += opens - closes
            if depth > DEPTH or count > NODES:
                raise ValueError("too deep or too large")
        value = yaml.load(text, Loader=yaml.CBaseLoader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _broken(name, "YAML", error) from error
    return _sound(value)


def from_xml(data: bytes, name: str) -> Element:
    """The root element of an XML file.

    Raises:
        DocumentError: not XML, with entities of its own, nested deeper than DEPTH, or more than NODES elements.
    """
    from io import BytesIO
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    depth = count = 0
    root: Element | None = None
    try:
        for event, element in iterparse(BytesIO(data), events=("start", "end")):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            count += event == "start"
            if depth > DEPTH or count > NODES:
                raise ValueError("too deep or too large")
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise _broken(name, "XML", error) from error
    if root is None:
        raise _broken(name, "XML", ValueError("it is empty"))
    return root


def _check_depth(text: str, name: str) -> None:
    """The depth of brackets outside strings, in one pass."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        first = match.group()[0]
        if first == '"':
            continue
        depth += 1 if first in "[{" else -1
        if depth > DEPTH:
            raise _broken(name, "JSON", ValueError(f"nested deeper than {DEPTH}"))


def _whole(digits: str) -> int:
    if len(digits) > DIGITS + 1:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number that is too large")
    return value


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _sound(value: Json) -> Json:
    """The value with lone surrogates replaced; at most DEPTH calls deep."""
    if isinstance(value, str):
        return SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_sound(one) for one in value]
    if isinstance(value, dict):
        return {str(_sound(key)): _sound(one) for key, one in value.items()}
    return value


def _broken(name: str, kind: str, error: Exception) -> DocumentError:
    return DocumentError(
        N_("{name} is not a readable {kind} file: {why}"),
        name=name,
        kind=kind,
        why=str(error).partition("\n")[0][:200],
    )
