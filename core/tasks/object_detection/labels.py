"""What archives say about boxes: YOLO's text files and class names, and COCO's JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from core.data.datasets import Draft
from core.errors import N_, ArchiveError
from core.inputs.archives import Archive


@dataclass(frozen=True)
class Target:
    """A box as it was given: centre and size as shares of the picture. `origin` names the file and
    the line, or the annotation, that says so."""

    index: int
    x: float
    y: float
    width: float
    height: float
    origin: str


@dataclass
class Described:
    """What a COCO file says about one picture. `path` starts at the archive's top."""

    path: PurePosixPath
    targets: list[Target] = field(default_factory=list)


def class_names(archive: Archive) -> list[str]:
    """The names in the first YAML file that has some, a list or numbered; empty without one.

    Raises:
        ArchiveError: a YAML file cannot be read.
    """
    import yaml

    for member in archive.names:
        if member.endswith((".yaml", ".yml")):
            try:
                named = (yaml.safe_load(archive.read(member)) or {}).get("names")
                numbered = named if isinstance(named, dict) else dict(enumerate(named or []))
                given = {int(number): str(name) for number, name in numbered.items()}
            except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
                raise unreadable(archive, member, error) from error
            if given:
                return [given.get(i, f"class {i}") for i in range(max(given) + 1)]
    return []


def text_file(texts: set[PurePosixPath], picture: PurePosixPath) -> PurePosixPath | None:
    """The label file of a picture: beside it, or under `labels` where the picture is under `images`."""
    beside = picture.with_suffix(".txt")
    places = [
        PurePosixPath(*beside.parts[:i], "labels", *beside.parts[i + 1 :])
        for i, part in enumerate(beside.parts)
        if part == "images"
    ]
    return next((place for place in [*reversed(places), beside] if place in texts), None)


def yolo_targets(draft: Draft, member: str, text: str) -> list[Target]:
    """The boxes of a label file's lines; those that are none go to the draft's problems."""
    numbered = ((f"{member}:{n}", line) for n, line in enumerate(text.splitlines(), 1))
    found = [_line(draft, origin, line) for origin, line in numbered if line.strip()]
    return [target for target in found if target]


def _line(draft: Draft, origin: str, line: str) -> Target | None:
    try:
        index, *numbers = (float(part) for part in line.split())
        box = numbers if len(numbers) == 4 else _around(numbers)
        if not box or index != int(index) or index < 0:
            raise ValueError(line)
    except (ValueError, OverflowError):
        draft.trouble(
            "bad_line", N_("{origin}: “{line}” is not a box."), origin=origin, line=line[:60]
        )
        return None
    names = draft.facts["classes"]
    if names and index >= len(names):
        draft.trouble(
            "unknown_class",
            N_("{origin}: there is no class {index}; the last one is {last}."),
            origin=origin,
            index=int(index),
            last=len(names) - 1,
        )
        return None
    return Target(int(index), *box, origin)


def _around(outline: Sequence[float]) -> list[float]:
    """The box around a polygon (x and y in turn), as label files for segmentation have them; empty where
    it is none."""
    if len(outline) < 6 or len(outline) % 2:
        return []
    x, y = outline[::2], outline[1::2]
    left, top, width, height = min(x), min(y), max(x) - min(x), max(y) - min(y)
    return [left + width / 2, top + height / 2, width, height]


def coco_files(archive: Archive) -> dict[str, dict[str, Any]]:
    """The members that are COCO descriptions, as read.

    Raises:
        ArchiveError: a JSON file cannot be read.
    """
    found = {}
    for member in archive.names:
        if member.endswith(".json"):
            try:
                said = json.loads(archive.read(member))
            except ValueError as error:
                raise unreadable(archive, member, error) from error
            if isinstance(said, dict) and {"images", "annotations"} <= set(said):
                found[member] = said
    return found


def coco(
    archive: Archive, files: dict[str, dict[str, Any]]
) -> tuple[list[str], dict[str, list[Described]]]:
    """The classes of all descriptions together, and what they say by the name of the picture's file.

    Raises:
        ArchiveError: something is missing in a description, or no number.
    """
    classes: dict[str, int] = {}
    pictures: dict[str, list[Described]] = {}
    for member, said in files.items():
        try:
            for one in _pictures(member, said, classes):
                pictures.setdefault(one.path.name, []).append(one)
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise unreadable(archive, member, error) from error
    return list(classes), pictures


def _pictures(member: str, said: dict[str, Any], classes: dict[str, int]) -> list[Described]:
    """The pictures of one description; new classes are put behind those that are there."""
    named = {c["id"]: str(c["name"]) for c in said["categories"]}
    for name in named.values():
        classes.setdefault(name, len(classes))
    sizes = {i["id"]: (float(i["width"]), float(i["height"])) for i in said["images"]}
    top = PurePosixPath(member).parent
    found = {i["id"]: Described(top / str(i["file_name"])) for i in said["images"]}
    for number, one in enumerate(said["annotations"]):
        left, up, width, height = map(float, one["bbox"])
        wide, high = sizes[one["image_id"]]
        middle = (left + width / 2) / wide, (up + height / 2) / high
        origin = f"{member}#{one.get('id', number)}"
        index = classes[named[one["category_id"]]]
        target = Target(index, *middle, width / wide, height / high, origin)
        found[one["image_id"]].targets.append(target)
    return list(found.values())


def nearest(described: Sequence[Described], picture: PurePosixPath) -> Described | None:
    """Of those with a picture's name the one whose path ends most like the picture's."""

    def alike(one: Described) -> int:
        pairs = zip(reversed(one.path.parts), reversed(picture.parts), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(described, key=alike, default=None)


def unreadable(archive: Archive, member: str, why: object) -> ArchiveError:
    return ArchiveError(
        N_("{member} in {name} cannot be read: {why}."), member=member, name=archive.name, why=why
    )
