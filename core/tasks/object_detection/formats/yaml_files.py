"""What the YAML files of an archive say: names of classes, shape of keypoints, where the parts are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_, DocumentError, PortalError
from core.inputs import texts
from core.inputs.archives import Archive
from core.inputs.structured import from_yaml
from core.plain import Json
from core.tasks.object_detection.formats.division import PARTS

USUAL = ("data", "dataset")
"""How the description is called, where there are several YAML files."""
MOST_PLACES = 20
"""Folders and lists that a part may be made of."""
WINDOWS = re.compile(r'"((?:[A-Za-z]:|\.{0,2}\\)[^"\n]*)"')
"""A path in double quotes, in which YAML takes backslashes for escapes."""


@dataclass(frozen=True)
class Description:
    """`names` as it stands there, `count` of classes, `keypoints`: how many, and numbers of each."""

    member: str
    names: Json = None
    count: int | None = None
    keypoints: tuple[int, int] | None = None
    parts: dict[str, list[str]] = field(default_factory=dict)


def descriptions(draft: Draft, archive: Archive) -> list[Description]:
    """Those of the YAML files that say something of the data, the likeliest description first."""
    found = []
    for member in archive.names:
        if member.lower().endswith((".yaml", ".yml")):
            try:
                said = _parsed(draft, texts.decode(archive.read(member), member, draft), member)
            except PortalError as error:
                draft.unreadable(error)
                continue
            one = _description(draft, member, said) if isinstance(said, dict) else None
            if one and (one.names or one.count or one.keypoints or one.parts):
                found.append(one)
    return sorted(found, key=_rank)


def _rank(one: Description) -> tuple[bool, bool, int, str]:
    path = PurePosixPath(one.member)
    return not one.names, path.stem.lower() not in USUAL, len(path.parts), one.member


def _parsed(draft: Draft, text: str, member: str) -> Json:
    """The value; tabs and paths of Windows in double quotes, which YAML forbids, are read as they are meant."""
    try:
        return from_yaml(text, member)
    except DocumentError:
        mended = WINDOWS.sub(lambda m: "'" + m[1].replace("'", "''") + "'", text)
        value = from_yaml(mended.replace("\t", "  "), member)
    draft.assume(
        "mended",
        N_(
            "{name} is no correct YAML (a tab, or backslashes in double quotes); it is read as meant."
        ),
        name=member,
    )
    return value


def _description(draft: Draft, member: str, said: dict[str, Json]) -> Description:
    parts: dict[str, list[str]] = {}
    for key in ("train", "val", "valid", "validation", "test"):
        given = said.get(key)
        places = [one for one in (given if isinstance(given, list) else [given]) if one]
        if len(places) > MOST_PLACES:
            draft.trouble(
                "many_places",
                N_("{name}: {key} has {count} entries; the first {most} are read."),
                name=member,
                key=key,
                count=len(places),
                most=MOST_PLACES,
            )
        usable = [one for one in places[:MOST_PLACES] if isinstance(one, str)]
        parts.setdefault(PARTS[key], []).extend(usable)
    return Description(
        member,
        said.get("names"),
        _count(said.get("nc")),
        _shape(draft, member, said.get("kpt_shape")),
        {part: places for part, places in parts.items() if places},
    )


def _count(value: Json) -> int | None:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) else None


def _shape(draft: Draft, member: str, value: Json) -> tuple[int, int] | None:
    if value is None:
        return None
    shape = [_count(one) for one in value] if isinstance(value, list) else []
    match shape:
        case [int(points), int(numbers)] if 0 < points <= 1000 and numbers in (2, 3):
            return points, numbers
    draft.trouble(
        "bad_shape",
        N_("{name}: kpt_shape {value} is not a number of keypoints and 2 or 3; it is not used."),
        name=member,
        value=str(value)[:60],
    )
    return None
