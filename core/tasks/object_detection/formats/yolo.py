"""YOLO's format: a text file an image with a line for each box, and a list with the names of the classes.

`label_files` and `columns` say what may stand on a line. https://docs.ultralytics.com/datasets/detect/
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath, PurePosixPath
from typing import TYPE_CHECKING

from core.data.drafts import Draft
from core.errors import N_
from core.inputs.archives import Archive
from core.tasks.object_detection import classes
from core.tasks.object_detection.boxes import MOST_CLASSES, Corners
from core.tasks.object_detection.formats import class_names
from core.tasks.object_detection.formats.annotations import Described, Mark
from core.tasks.object_detection.formats.columns import Columns
from core.tasks.object_detection.formats.label_files import LabelFiles, Line
from core.tasks.object_detection.formats.yaml_files import Description

if TYPE_CHECKING:
    from core.tasks.object_detection.predictor import DetectionResult

NAMES = "classes.txt"
"""The names of the classes by number, in an archive of ours."""
Labels = Mapping[PurePosixPath, PurePosixPath]


@dataclass
class _Seen:
    """What all label files have in common: columns, and where each class stands first, by number or by word."""

    columns: Columns
    numbers: dict[int, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def read(
    draft: Draft, archive: Archive, labels: Labels, described: Sequence[Description]
) -> tuple[dict[PurePosixPath, Described], list[str]]:
    """What the label files say of each image that has one (`labels`), and the names of the classes.

    Raises:
        DataSetError: the label files are beyond the limits.
    """
    files = LabelFiles(draft, archive)
    keypoints = next((one.keypoints for one in described if one.keypoints), None)
    seen = _look(draft, files, labels, Columns(keypoints))
    given, numbers = _classes(draft, archive, labels, described, seen)
    taken = seen.columns.decide(draft)
    found = {}
    for image, label in labels.items():
        one = found[image] = Described(image, f"{label}:")
        for line, _number, text in files.lines(str(label), first=False):
            usable = line is not None and line.index != -1
            mark = (
                _mark(draft, seen.columns, taken, numbers, str(label), line, text)
                if line and usable
                else None
            )
            one.marks += [mark] if mark else []
            one.left_out += mark is None
        one.left_out += str(label) in files.refused
    return found, given


def _look(draft: Draft, files: LabelFiles, labels: Labels, columns: Columns) -> _Seen:
    """The first look at all lines: what they have in common; what is none is told."""
    seen = _Seen(columns)
    for label in labels.values():
        for line, number, text in files.lines(str(label), first=True):
            origin = f"{label}:{number}"
            if line is None:
                draft.trouble(
                    "bad_line",
                    N_("{origin}: “{line}” is not a class and a box; it is left out."),
                    origin=origin,
                    line=text.strip()[:60],
                )
            elif line.index == -1:
                draft.trouble(
                    "bad_class",
                    N_(
                        "{origin}: “{value}” is no number of a class (0 to {last}); the box is left out."
                    ),
                    origin=origin,
                    value=line.word[:40],
                    last=MOST_CLASSES - 1,
                )
            else:
                columns.see(line, origin)
                if line.index is not None:
                    seen.numbers.setdefault(line.index, origin)
                elif len(seen.words) < MOST_CLASSES:
                    seen.words.setdefault(class_names.clean(line.word), origin)
    return seen


def _classes(
    draft: Draft,
    archive: Archive,
    labels: Labels,
    described: Sequence[Description],
    seen: _Seen,
) -> tuple[list[str], dict[str, int]]:
    """The names of the classes, and the number of each word that label files call them by."""
    there = class_names.sources(draft, archive, described, map(str, labels.values()))
    source = class_names.chosen(draft, there)
    given = list(source.names) if source else []
    count = next((one.count for one in described if one.count is not None), None)
    if count is not None and (count > MOST_CLASSES or (given and count != len(given))):
        draft.trouble(
            "count_differs",
            N_("There are {count} classes by nc and {named} names; nc is not used."),
            count=count,
            named=len(given),
        )
        count = None
    if not given and seen.words and not seen.numbers:
        given = sorted(seen.words)
    names = classes.settled(
        draft, source.member if source else "", given, seen.numbers, least=count or 0
    )
    numbers = {name.casefold(): number for number, name in reversed(list(enumerate(names)))}
    return names, numbers | {name: number for number, name in enumerate(names)}


def _mark(
    draft: Draft,
    columns: Columns,
    taken: str,
    numbers: Mapping[str, int],
    label: str,
    line: Line,
    text: str,
) -> Mark | None:
    box = columns.box(line.numbers, taken)
    if box is None:
        draft.trouble(
            "bad_columns",
            N_("{origin}: {count} columns are none of the format “{format}” (“{line}”); left out."),
            origin=f"{label}:{line.number}",
            count=len(line.numbers) + 1,
            format=taken,
            line=text.strip()[:60],
        )
        return None
    index = line.index
    if index is None:
        word = class_names.clean(line.word)
        index = numbers.get(word, numbers.get(word.casefold()))
    if index is None:
        draft.trouble(
            "unknown_class",
            N_("{origin}: no class is called “{name}”; the box is left out."),
            origin=f"{label}:{line.number}",
            name=line.word[:60],
        )
        return None
    return Mark(index, box[0], line.number, outline=box[1])


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
