"""COCO's format: JSON files with `images`, `annotations` and `categories`. https://cocodataset.org/#format-data"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import PurePosixPath
from typing import NotRequired, TypedDict, TypeGuard

from core.inputs.archives import Archive
from core.tasks.object_detection.formats.annotations import Target, unreadable


class Category(TypedDict):
    id: int
    name: str


class Photograph(TypedDict):
    """`width` and `height` in pixels."""

    id: int
    file_name: str
    width: float
    height: float


class Annotation(TypedDict):
    """`bbox`: left, top, width, height in pixels."""

    id: NotRequired[int]
    image_id: int
    category_id: int
    bbox: list[float]


class Description(TypedDict):
    """What is read of a COCO file, as the format has it; nothing of it is certain before it was read."""

    categories: list[Category]
    images: list[Photograph]
    annotations: list[Annotation]


@dataclass
class Described:
    """What a COCO file says about one image. `path` starts at the archive's top."""

    path: PurePosixPath
    targets: list[Target] = field(default_factory=list)


def files(archive: Archive) -> dict[str, Description]:
    """The members that are COCO descriptions, as read.

    Raises:
        ArchiveError: a JSON file cannot be read.
    """
    found: dict[str, Description] = {}
    for member in archive.names:
        if member.endswith(".json"):
            try:
                said = json.loads(archive.read(member))
            except ValueError as error:
                raise unreadable(archive, member, error) from error
            if _is_description(said):
                found[member] = said
    return found


def _is_description(said: object) -> TypeGuard[Description]:
    return isinstance(said, dict) and {"images", "annotations"} <= set(said)


def read(
    archive: Archive, descriptions: dict[str, Description]
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


def _images(member: str, said: Description, classes: dict[str, int]) -> list[Described]:
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
