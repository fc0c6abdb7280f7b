"""The names of the classes of YOLO's label files: from a YAML file or one of the lists that tools write beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_, PortalError
from core.inputs import texts
from core.inputs.archives import Archive
from core.inputs.structured import from_json, from_yaml
from core.plain import Json
from core.tasks.object_detection.boxes import MOST_CLASSES
from core.tasks.object_detection.formats.label_files import BREAK
from core.tasks.object_detection.formats.yaml_files import Description

LISTS = ("classes.txt", "predefined_classes.txt", "labels.txt", "names.txt", "class_names.txt")
"""What tools call a list of names, one a line; besides anything that ends in `.names` or `.labels`."""
NOTES = "notes.json"
"""Label Studio's."""
LONGEST = 100
"""Characters of a name."""
SHOWN = 20
"""Names in a message."""


@dataclass(frozen=True)
class Source:
    """A file and the names in it by number; "" where it names none."""

    member: str
    names: tuple[str, ...]


def is_list(path: PurePosixPath) -> bool:
    name = path.name.lower()
    return name in LISTS or name.endswith((".names", ".labels"))


def sources(
    draft: Draft, archive: Archive, described: Sequence[Description], labels: Iterable[str]
) -> list[Source]:
    """All that name classes, the likeliest first. `labels`: label files of images, whatever they are called."""
    found = [Source(one.member, names(draft, one)) for one in described if one.names]
    taken = set(labels)
    paths = [PurePosixPath(name) for name in archive.names if name not in taken]
    lists = [path for path in paths if is_list(path) or path.name.lower() == NOTES]
    for path in sorted(lists, key=_rank):
        try:
            text = texts.decode(archive.read(str(path)), str(path), draft)
            if path.name.lower() == NOTES:
                given = _noted(draft, str(path), text)
            else:
                given = _checked(draft, str(path), _numbered(draft, str(path), text))
        except PortalError as error:
            draft.unreadable(error)
            continue
        found.append(Source(str(path), given))
    return [one for one in found if one.names]


def _rank(path: PurePosixPath) -> tuple[bool, bool, int, str]:
    suffix = path.suffix.lower()
    name = path.name.lower()
    return suffix not in (".names", ".labels"), name == NOTES, len(path.parts), str(path)


def chosen(draft: Draft, there: Sequence[Source]) -> Source | None:
    """The source that is used; where they disagree, told and a person's to change."""
    if not there:
        return None
    first = there[0]
    others = [one for one in there if one.names != first.names]
    if not others and "names_from" not in draft.choices:
        return first
    taken = draft.choose(
        "names_from",
        first.member,
        N_("Several files name the classes, and not alike; those of {taken} are used."),
        options=[one.member for one in there],
        guessed=True,
    )
    for one in others:
        draft.trouble(
            "names_differ",
            N_("{origin} names the classes {names}; {other} names them {others}."),
            origin=one.member,
            names=shown(one.names),
            other=first.member,
            others=shown(first.names),
        )
    return next(one for one in there if one.member == taken)


def names(draft: Draft, said: Description) -> tuple[str, ...]:
    """The names in a YAML file: a list, numbered, or a single one."""
    value = said.names
    if isinstance(value, str):
        value = _of_text(said, value)
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        value = {key: one[key] for one in value if isinstance(one, dict) for key in one}
    if isinstance(value, list):
        return _checked(draft, said.member, value)
    if isinstance(value, dict):
        return _by_number(draft, said.member, value)
    return ()


def _of_text(said: Description, text: str) -> Json:
    """A single name, or a list that was put into quotation marks, or as many as `nc` says."""
    if text.lower().endswith((".names", ".txt")):
        return []  # a path, as darknet has it: the file speaks for itself
    if text.startswith(("[", "{")):
        try:
            return from_yaml(text, said.member)
        except PortalError:
            return [text]
    split = [part.strip() for part in text.split(",")]
    return list(split) if len(split) == said.count else [text]


def _by_number(draft: Draft, member: str, given: Mapping[str, Json]) -> tuple[str, ...]:
    """Names by number, or numbers by name."""
    numbers = {_number(key): name for key, name in given.items()}
    if None in numbers:
        inverted = {_number(value): key for key, value in given.items()}
        if None in inverted or len(inverted) < len(given):
            draft.trouble(
                "bad_names",
                N_("{origin}: {value} does not number the classes; it is not used."),
                origin=member,
                value=str(dict(list(given.items())[:5]))[:LONGEST],
            )
            return ()
        numbers = {number: name for number, name in inverted.items()}
    most = max((n for n in numbers if n is not None), default=-1)
    if most >= MOST_CLASSES:
        return _too_many(draft, member, most)
    return _checked(draft, member, [numbers.get(i, "") for i in range(most + 1)])


def _number(value: Json) -> int | None:
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,18}", value) else None


def _too_many(draft: Draft, member: str, number: int) -> tuple[str, ...]:
    draft.trouble(
        "many_classes",
        N_("{origin} names a class {number}; the last one can be {last}. Its names are not used."),
        origin=member,
        number=number,
        last=MOST_CLASSES - 1,
    )
    return ()


def _checked(draft: Draft, member: str, given: Sequence[Json]) -> tuple[str, ...]:
    """The names as they are used; what is no name, or too long for one, is told."""
    if len(given) > MOST_CLASSES:
        return _too_many(draft, member, len(given) - 1)
    found = []
    for number, value in enumerate(given):
        name = clean(value) if isinstance(value, str) else ""
        if not name or (isinstance(value, str) and len(value) > LONGEST):
            draft.trouble(
                "bad_name",
                N_("{origin}: “{value}” is no name for class {number}; it is called “{name}”."),
                origin=member,
                value=str(value)[:40],
                number=number,
                name=name or f"class {number}",
            )
        found.append(name)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def clean(name: str) -> str:
    """A name on one line, without control characters, at most LONGEST characters."""
    return " ".join(texts.REMOVED.sub("", name).split())[:LONGEST]


def _numbered(draft: Draft, member: str, text: str) -> list[Json]:
    """The lines of a list, without the numbers of their own, if all have them."""
    lines = [line.strip() for line in BREAK.split(text.lstrip("\ufeff"))]
    while lines and not lines[-1]:
        lines.pop()
    found = [re.fullmatch(r"(\d{1,9})(?:\s*[:,;]\s*|\s+)(\S.*)", line) for line in lines]
    if not lines or not all(m and int(m[1]) == i for i, m in enumerate(found)):
        return list(lines)
    draft.assume(
        "numbered",
        N_("The lines of {name} begin with their numbers; the names follow."),
        name=member,
    )
    return [m[2] for m in found if m]


def _noted(draft: Draft, member: str, text: str) -> tuple[str, ...]:
    """The names of Label Studio's notes: `categories` with `id` and `name`."""
    said = from_json(text, member)
    listed = said.get("categories") if isinstance(said, dict) else None
    found = {
        str(one["id"]): one["name"]
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and isinstance(one.get("name"), str) and "id" in one
    }
    return _by_number(draft, member, found) if found else ()


def shown(given: Sequence[str]) -> str:
    """The first names, for a message."""
    first = ", ".join(name or "–" for name in given[:SHOWN])
    return f"{first}, … ({len(given)})" if len(given) > SHOWN else first
