"""COCO's format: JSON files with `images`, `annotations` and `categories`. https://cocodataset.org/#format-data"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from core.inputs.archives import Archive
from core.tasks.object_detection.formats.annotations import Target, unreadable


@dataclass
class Described:
    """What a COCO file says about one image. `path` starts at the archive's top."""

    path: PurePosixPath
    targets: list[Target] = field(default_factory=list)


def files(archive: Archive) -> dict[str, dict[str, Any]]:
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


def read(
    archive: Archive, descriptions: dict[str, dict[str, Any]]
) -> tuple[list[str], dict[str, list[Described]]]:
    """The classes of all descriptions together, and what they say by the name of the image's file.

    Raises:
        ArchiveError: something is missing in a description, or no number.
    """
    classes: dict[str, int] = {}
    images: dict[str, list[Described]] = {}
    for member, said in descriptions.items():
        try:
            for one in _images(member, said, classes):
                images.setdefault(one.path.name, []).append(one)
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise unreadable(archive, member, error) from error
    return list(classes), images


def _images(member: str, said: dict[str, Any], classes: dict[str, int]) -> list[Described]:
    """The images of one description; new classes are put behind those that are there."""
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


def nearest(described: Sequence[Described], image: PurePosixPath) -> Described | None:
    """Of those with an image's name the one whose path ends most like the image's."""

    def alike(one: Described) -> int:
        pairs = zip(reversed(one.path.parts), reversed(image.parts), strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))

    return max(described, key=alike, default=None)
