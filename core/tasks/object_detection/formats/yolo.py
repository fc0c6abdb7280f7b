"""YOLO's format: a text file an image with a line for each box, and a YAML file with the names of the classes.

A line is the number of the class, then centre x, centre y, width and height as fractions of the image; or, for
segmentation, the corners of an outline. https://docs.ultralytics.com/datasets/detect/
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING

from core.data.drafts import Draft
from core.errors import N_
from core.inputs.archives import Archive
from core.tasks.object_detection.boxes import MOST_CLASSES, Corners
from core.tasks.object_detection.formats.annotations import Target, unreadable

if TYPE_CHECKING:
    from core.tasks.object_detection.predictor import DetectionResult

NAMES = "classes.txt"
"""The names of the classes by number, in an archive of ours."""


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
                if max(given, default=0) >= MOST_CLASSES:
                    raise ValueError(f"class {max(given)}")
            except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
                raise unreadable(archive, member, error) from error
            if given:
                return [given.get(i, f"class {i}") for i in range(max(given) + 1)]
    return []


def text_file(texts: set[PurePosixPath], image: PurePosixPath) -> PurePosixPath | None:
    """The label file of an image: beside it, or under `labels` where the image is under `images`."""
    beside = image.with_suffix(".txt")
    places = [
        PurePosixPath(*beside.parts[:i], "labels", *beside.parts[i + 1 :])
        for i, part in enumerate(beside.parts)
        if part == "images"
    ]
    return next((place for place in [*reversed(places), beside] if place in texts), None)


def targets(draft: Draft, classes: Sequence[str], member: str, text: str) -> list[Target]:
    """The boxes of a label file's lines; those that are no boxes go to the draft's problems. `classes`: their
    names by number; empty where nothing says them."""
    numbered = ((f"{member}:{n}", line) for n, line in enumerate(text.splitlines(), 1))
    found = [_line(draft, classes, origin, line) for origin, line in numbered if line.strip()]
    return [target for target in found if target]


def _line(draft: Draft, classes: Sequence[str], origin: str, line: str) -> Target | None:
    try:
        index, *numbers = (float(part) for part in line.split())
        box = numbers if len(numbers) == 4 else _around(numbers)
        if not box or index != int(index) or not 0 <= index < MOST_CLASSES:
            raise ValueError(line)
    except (ValueError, OverflowError):
        draft.trouble(
            "bad_line", N_("{origin}: “{line}” is not a box."), origin=origin, line=line[:60]
        )
        return None
    if classes and index >= len(classes):
        draft.trouble(
            "unknown_class",
            N_("{origin}: there is no class {index}; the last one is {last}."),
            origin=origin,
            index=int(index),
            last=len(classes) - 1,
        )
        return None
    x, y, width, height = box
    return Target(int(index), x, y, width, height, origin)


def _around(outline: Sequence[float]) -> list[float]:
    """The box around a polygon (x and y in turn), as label files for segmentation have them; empty where
    it is none."""
    if len(outline) < 6 or len(outline) % 2:
        return []
    x, y = outline[::2], outline[1::2]
    left, top, width, height = min(x), min(y), max(x) - min(x), max(y) - min(y)
    return [left + width / 2, top + height / 2, width, height]


def write(results: Mapping[str, DetectionResult], classes: Sequence[str]) -> bytes:
    """A zip archive with a text file for each image, named after it, and `classes.txt`, which the numbers refer to:
    the classes of the model that answered, in its order."""
    numbers: dict[str, int] = {}
    for number, label in enumerate(classes):
        numbers.setdefault(label, number)  # nothing forbids two classes of one name: the first
    data = BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(NAMES, "".join(f"{name}\n" for name in map(_one_line, classes)))
        used = {PurePath(NAMES).stem}
        for name, result in results.items():
            stem = PurePath(name).stem
            while stem in used:
                stem += "_"
            used.add(stem)
            bundle.writestr(f"{stem}.txt", lines(result, numbers))
    return data.getvalue()


def lines(result: DetectionResult, numbers: Mapping[str, int]) -> str:
    """The lines of an image's boxes; `numbers` are those of the classes."""
    return "".join(
        f"{numbers[box.label]} {_fractions(box.xyxy, result.width, result.height)}\n"
        for box in result.boxes
    )


def _fractions(xyxy: Corners, width: int, height: int) -> str:
    x1, y1, x2, y2 = xyxy
    values = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
    return " ".join(f"{value:.6f}" for value in values)


def _one_line(name: str) -> str:
    """A class name as a line of a file: a break in it would shift the numbers of those that follow."""
    return " ".join(name.splitlines())
