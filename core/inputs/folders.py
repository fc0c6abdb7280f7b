"""What the folders of an archive of images say: which of them divide the images, and which name the classes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import N_
from core.inputs.reading import Reading

PARTS = {
    "train": "train",
    "training": "train",
    "训练": "train",
    "訓練": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "eval": "validation",
    "验证": "validation",
    "驗證": "validation",
    "test": "test",
    "testing": "test",
    "测试": "test",
    "測試": "test",
}
"""Names of folders that divide a data set; as `part` has it."""
_SUFFIX = re.compile(r"[ _-]*(?:set|data|images|imgs|集)?[ _-]*\d*$")


@dataclass(frozen=True)
class Place:
    """What the folders say of one file: its class (None: nothing) and its part ("": no division)."""

    label: str | None
    part: str = ""


def part_of(folder: str) -> str | None:
    """The part that a folder's name stands for, such as `val`, `test_set` or `train2017`."""
    small = folder.strip().lower()
    return PARTS.get(small) or PARTS.get(_SUFFIX.sub("", small))


def places(reading: Reading, members: Sequence[str]) -> dict[str, Place]:
    """The class and the part of each file, by its path; how that was read is noted where it is not certain.

    A folder around everything says nothing. Folders such as `train` and `val`, above or below the classes, divide.
    Of what is left the outermost folder is the class, unless a person chose another level.
    """
    folders = {name: PurePosixPath(name).parts[:-1] for name in members}
    folders = _inside(folders)
    level = _dividing(folders)
    parts: dict[str, str] = {}
    if level is not None:
        names = Counter(path[level] for path in folders.values() if len(path) > level)
        given = (
            reading.choose(
                "division",
                "folders",
                N_(
                    "The folders {names} divide the images into training, validation and test parts."
                ),
                options=("folders", "none"),
                names=", ".join(sorted(name for name in names if part_of(name))),
            )
            == "folders"
        )
        for name, path in folders.items():
            if len(path) > level and (part := part_of(path[level])):
                parts[name] = part if given else ""
                folders[name] = path[:level] + path[level + 1 :]
            else:
                reading.trouble(
                    "no_part",
                    N_("{origin} lies in none of the folders that divide the images; left out."),
                    origin=name,
                )
        folders = _inside({name: folders[name] for name in parts})
    return _classes(reading, folders, parts)


def _inside(folders: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The paths without the folders around everything. The last folder stays: it may be the only class."""
    found = dict(folders)
    while True:
        below = [path for path in found.values() if path]
        tops = {path[0] for path in below}
        deeper = {path[1] for path in below if len(path) > 1}
        if len(tops) != 1 or not deeper or (len(deeper) < 2 and any(len(p) < 2 for p in below)):
            return found
        found = {name: path[1:] for name, path in found.items()}


def _dividing(folders: Mapping[str, tuple[str, ...]]) -> int | None:
    """The level of the folders that divide: the first, or the second below classes."""
    first = [path[0] for path in folders.values() if len(path) > 1]
    inside = [len(path) > 1 for path in folders.values() if path and part_of(path[0])]
    if _divides(first) and sum(inside) > len(inside) / 2:
        return 0
    second = [path[1] for path in folders.values() if len(path) > 1]
    alike = all(part_of(name) for name in second) and len(second) == len(folders)
    return 1 if alike and _divides(second) else None


def _divides(names: Sequence[str]) -> bool:
    parts = {part_of(name) for name in names} - {None}
    return "train" in parts and len(parts) > 1


def _classes(
    reading: Reading, folders: Mapping[str, tuple[str, ...]], parts: Mapping[str, str]
) -> dict[str, Place]:
    depths = Counter(len(path) for path in folders.values() if path)
    deepest = max(depths, default=0)
    level = 1
    if deepest > 1:
        # the class is what most files can have a name at
        name, path = max(folders.items(), key=lambda pair: len(pair[1]))
        level = int(
            reading.choose(
                "class_level",
                "1",
                N_(
                    "The images lie in up to {depth} folders, one in the other. The class is folder {taken} "
                    "from outside: “{example}” of {origin}."
                ),
                options=[str(i + 1) for i in range(min(deepest, 20))],
                guessed=True,
                depth=deepest,
                example=path[_chosen(reading, deepest) - 1],
                origin="/".join((*path, PurePosixPath(name).name)),
            )
        )
    if len(depths) > 1:
        reading.trouble(
            "mixed_depths",
            N_("Some images lie in {low} folder, others in up to {high}: check their classes."),
            low=min(depths),
            high=deepest,
        )
    found = {}
    for name, path in folders.items():
        label = path[level - 1].strip() if len(path) >= level else ""
        found[name] = Place(label or None, parts.get(name, ""))
    _told_alike(reading, found)
    return found


def _chosen(reading: Reading, deepest: int) -> int:
    """The level that a person chose, for the example; `choose` refuses what is none."""
    given = reading.choices.get("class_level", "")
    return int(given) if given.isdecimal() and 1 <= int(given) <= deepest else 1


def _told_alike(reading: Reading, found: Mapping[str, Place]) -> None:
    """Classes whose names differ in case or signs for blanks alone stay apart, and are told."""
    spelt: dict[str, str] = {}
    for label in sorted({place.label for place in found.values() if place.label}):
        other = spelt.setdefault(re.sub(r"[ _-]+", " ", label.casefold()), label)
        if other != label:
            reading.trouble(
                "similar_classes",
                N_(
                    "The classes “{label}” and “{other}” differ in case or blanks only. Are they one?"
                ),
                label=label,
                other=other,
            )
