"""The division into training, validation and test parts that an archive has of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_
from core.tasks.object_detection.formats.paths import DEEPEST, Ends, parts

PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "validation")
Division = dict[PurePosixPath, str]


def of_folders(path: PurePosixPath) -> str | None:
    """The part that a folder such as `train` or `val2017` stands for."""
    folders = (part.lower().rstrip("0123456789_- ") for part in reversed(path.parts[:-1]))
    return next((PARTS[folder] for folder in folders if folder in PARTS), None)


def of_name(name: str) -> str | None:
    """The part that a word in a file's name stands for, as in `instances_val2017.json`."""
    words = re.split(r"[^a-z]+", PurePosixPath(name).stem.lower())
    return next((PARTS[word] for word in words if word in PARTS), None)


def of_paths(
    draft: Draft,
    source: str,
    named: Mapping[str, Sequence[str]],
    lists: Mapping[str, Sequence[str]],
    images: Sequence[PurePosixPath],
) -> Division:
    """The parts of images that a description names by folders or by lists of images (`lists`: their lines by the
    list's path in the archive). What two parts claim belongs to none of them."""
    found: dict[PurePosixPath, set[str]] = {}
    ends = Ends(images)
    folders: dict[str, list[PurePosixPath]] = {}
    for path in images:
        folders.setdefault(f"/{'/'.join(parts(str(path.parent)))}/", []).append(path)
    texts = Ends(map(PurePosixPath, lists))
    for part, places in named.items():
        for place in places:
            listed = [line for text in texts.find(place)[:1] for line in lists[str(text)]]
            if listed:
                claimed = _listed(draft, place, listed, ends)
            else:
                claimed = _inside(place, folders) or ends.find(place)
            if not claimed:
                draft.assume(
                    "division",
                    N_("{source} says that {place} is the {part} part; it is not in the archive."),
                    source=source,
                    place=place[:100],
                    part=part,
                )
            for path in claimed:
                found.setdefault(path, set()).add(part)
    twice = Counter(" = ".join(sorted(claims)) for claims in found.values() if len(claims) > 1)
    for claims, count in twice.items():
        draft.assume(
            "division",
            N_("{source} gives the same {count} images to several parts ({parts})."),
            source=source,
            count=count,
            parts=claims,
        )
    return {path: claims.pop() for path, claims in found.items() if len(claims) == 1}


def _listed(draft: Draft, source: str, lines: Sequence[str], ends: Ends) -> list[PurePosixPath]:
    found = []
    for line in lines:
        hits = ends.find(line)
        if len(hits) == 1:
            found.append(hits[0])
        else:
            draft.trouble(
                "not_listed",
                N_("{source} lists {line}, which {count} images of the archive could be."),
                source=source,
                line=line[:100],
                count=len(hits),
            )
    return found


def _inside(place: str, folders: Mapping[str, Sequence[PurePosixPath]]) -> list[PurePosixPath]:
    """The images in the folder, or the folders, that `place` ends like; `folders`: images by `/path/`, folded."""
    names = parts(place)[-DEEPEST:]
    for start in range(len(names)):
        end = "/" + "/".join(names[start:]) + "/"
        found = [path for folder, paths in folders.items() if end in folder for path in paths]
        if found:
            return found
    return []


def settled(draft: Draft, division: Division, source: str) -> Division:
    """The division, if it can be trained on: told as it is kept, or told that it is not."""
    counts = Counter(division.values())
    shown = ", ".join(f"{part} {counts[part]}" for part in ("train", "validation", "test"))
    if {"train", "validation"} <= set(counts):
        draft.assume(
            "division",
            N_("The division of {source} is kept ({shown})."),
            source=source,
            shown=shown,
        )
        return division
    if counts:
        draft.assume(
            "division",
            N_(
                "{source} has no training and validation part ({shown}): the images are divided anew."
            ),
            source=source,
            shown=shown,
        )
    return {}
