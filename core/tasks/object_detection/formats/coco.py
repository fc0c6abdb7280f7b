"""COCO's format: JSON files with `images`, `annotations` and `categories`. https://cocodataset.org/#format-data

Nothing of a file is certain before it was read; an entry that cannot be used is left out and told by its id.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_
from core.plain import Json, Row
from core.tasks.object_detection.boxes import MOST_CLASSES
from core.tasks.object_detection.formats.annotations import (
    MOST_BOXES,
    Described,
    Mark,
    Numbers,
    check_total,
)
from core.tasks.object_detection.formats.class_names import clean
from core.tasks.object_detection.formats.division import of_folders, of_name
from core.tasks.object_detection.formats.paths import Ends, parts

Id = int | str


def is_description(said: Json) -> bool:
    return isinstance(said, dict) and all(
        isinstance(said.get(key), list) for key in ("images", "annotations")
    )


@dataclass
class Coco:
    """What the COCO files of an archive say together. `classes`: the numbers of their names."""

    draft: Draft
    images: Ends
    classes: dict[str, int] = field(default_factory=dict)
    described: dict[PurePosixPath, list[Described]] = field(default_factory=dict)
    parts: dict[PurePosixPath, str] = field(default_factory=dict)
    """What the names of the files say about the parts of their images."""
    above: set[str] = field(default_factory=set)
    """Names of categories that others belong to."""
    _total: int = 0

    def read(self, member: str, said: Row) -> None:
        """Take in one description.

        Raises:
            DataSetError: more boxes than are read at all.
        """
        annotations = [one for one in _rows(said, "annotations") if isinstance(one, dict)]
        if annotations and not any("bbox" in one or "segmentation" in one for one in annotations):
            self.draft.trouble(
                "no_box_file",
                N_("{origin} holds {count} annotations, and none has a box; it is not used."),
                origin=member,
                count=len(annotations),
            )
            return
        self._total += len(annotations)
        check_total(self._total)
        named = self._categories(member, _rows(said, "categories"))
        by_id = self._images(member, _rows(said, "images"))
        for number, one in enumerate(_rows(said, "annotations")):
            self._annotation(f"{member}#", number, one, named, by_id)

    def names(self) -> list[str]:
        """The classes by number, without categories above others that no box has; the boxes are renumbered.
        What is left out is told."""
        self._settle_claims()
        used = {m.index for many in self.described.values() for one in many for m in one.marks}
        names = [n for n, i in self.classes.items() if i in used or n not in self.above]
        left = [n for n in self.classes if n not in names]
        if left:
            self.draft.assume(
                "categories",
                N_("{names} only groups other categories and has no box: it is no class."),
                names=", ".join(left[:20]),
            )
        numbers = {self.classes[name]: number for number, name in enumerate(names)}
        for many in self.described.values():
            for mark in (mark for one in many for mark in one.marks):
                mark.index = numbers[mark.index]
        return names

    def _settle_claims(self) -> None:
        """An image that is called by several names has the one that its path ends most like; where that is not
        clear, it has none. What is left out is told."""
        for path, many in self.described.items():
            best = max(one.fit for one in many)
            fitting = [one for one in many if one.fit == best]
            if len({"/".join(parts(one.name)) for one in fitting}) > 1:
                fitting = []
            for one in many:
                if not fitting or one.fit != best:
                    self._no_image(one.source.rstrip("#"), one.name, 0)
            self.described[path] = fitting

    def _categories(self, member: str, rows: Sequence[Json]) -> dict[Id, int]:
        found: dict[Id, int] = {}
        called: set[str] = set()
        for number, one in enumerate(rows):
            row = one if isinstance(one, dict) else {}
            key, name = _id(row.get("id")), row.get("name")
            name = clean(str(name)) if isinstance(name, str | int | float) else ""
            if key is None or not name or key in found or len(self.classes) >= MOST_CLASSES:
                self._wrong("bad_category", f"{member}#categories[{number}]", one)
                continue
            if name in called:
                self.draft.assume(
                    "categories",
                    N_("{origin} has several categories called “{name}”: they are one class."),
                    origin=member,
                    name=name,
                )
            called.add(name)
            found[key] = self.classes.setdefault(name, len(self.classes))
            above = row.get("supercategory")
            if isinstance(above, str) and clean(above) != name:
                self.above.add(clean(above))
        return found

    def _images(self, member: str, rows: Sequence[Json]) -> dict[Id, Described | None]:
        """What is known of each image by its id; None where it cannot be used."""
        found: dict[Id, Described | None] = {}
        paths: dict[Id, str] = {}
        part = of_name(member)
        for number, one in enumerate(rows):
            row = one if isinstance(one, dict) else {}
            key, name = _id(row.get("id")), row.get("file_name")
            if key is None or not isinstance(name, str) or not name:
                self._wrong("bad_image", f"{member}#images[{number}]", one)
                continue
            if key in found:
                if paths[key] != name:
                    self.draft.trouble(
                        "equal_ids",
                        N_(
                            "{origin}: the images {first} and {second} have the same id {id}; both are left out."
                        ),
                        origin=member,
                        first=paths[key],
                        second=name,
                        id=key,
                    )
                    found[key] = None
                continue
            paths[key] = name
            path = self._path(member, name, part)
            if path:
                fit = self.images.fit(name)[1]
                found[key] = Described(path, f"{member}#", _size(row), name=name, fit=fit)
            else:
                found[key] = None
        for known in found.values():
            if known:
                self.described.setdefault(known.path, []).append(known)
                if part:
                    self.parts.setdefault(known.path, part)
        return found

    def _path(self, member: str, name: str, part: str | None) -> PurePosixPath | None:
        """The image of the archive that a `file_name` means; told where there is none, or several."""
        top = PurePosixPath(member).parent
        hits = self.images.find(name)
        if len(hits) > 1:
            beside = [hit for hit in hits if hit.is_relative_to(top)]
            same = [hit for hit in hits if part and of_folders(hit) == part]
            exact = [hit for hit in hits if hit == top / name.replace("\\", "/")]
            hits = next((some for some in (exact, same, beside) if len(some) == 1), hits)
        if len(hits) == 1:
            return hits[0]
        self._no_image(member, name, len(hits))
        return None

    def _no_image(self, member: str, name: str, count: int) -> None:
        template = N_("{origin}: the image {file} is not in the archive; its boxes are left out.")
        if count:
            template = N_(
                "{origin}: {file} may be any of {count} images of the archive; its boxes are left out."
            )
        self.draft.trouble("no_image", template, origin=member, file=name[:200], count=count)

    def _annotation(
        self,
        source: str,
        number: int,
        given: Json,
        named: Mapping[Id, int],
        by_id: Mapping[Id, Described | None],
    ) -> None:
        row = given if isinstance(given, dict) else {}
        place = _id(row.get("id"))
        place = number if place is None else place
        origin = f"{source}{place}"
        image, category = _id(row.get("image_id")), _id(row.get("category_id"))
        if image is None or image not in by_id:
            self._lacks("unknown_image", origin, "image", row.get("image_id"))
            return
        one = by_id[image]
        if one is None:
            return  # told with its image
        one.left_out += 1  # until it is a mark
        if category is None or category not in named:
            self._lacks("unknown_category", origin, "category", row.get("category_id"))
            return
        if row.get("iscrowd") in (1, True, "1"):
            self.draft.trouble(
                "crowd",
                N_("{origin} marks a crowd (iscrowd) and not one thing; it is left out."),
                origin=origin,
            )
            return
        if len(one.marks) >= MOST_BOXES:
            self.draft.trouble(
                "many_boxes",
                N_("{origin}: an image has at most {most} boxes; this one is left out."),
                origin=origin,
                most=MOST_BOXES,
            )
            return
        mark = self._mark(origin, row, named[category], place)
        if mark:
            one.marks.append(mark)
            one.left_out -= 1

    def _mark(self, origin: str, row: Row, index: int, place: Id) -> Mark | None:
        box = numbers(row.get("bbox"))
        if box and min(box[2:]) > 0:
            return Mark(index, box, place)
        around = _around(row.get("segmentation"))
        shown = str(row.get("bbox", "–"))[:60]
        if around and not (box and min(box[2:]) < 0):
            self.draft.trouble(
                "box_of_outline",
                N_("{origin} has no box (bbox: {value}): that around its outline is used."),
                origin=origin,
                value=shown,
            )
            return Mark(index, around, place, outline=True)
        self.draft.trouble(
            "bad_box",
            N_(
                "{origin}: {value} is not a box (left, top, width and height above 0); it is left out."
            ),
            origin=origin,
            value=shown,
        )
        return None

    def _wrong(self, kind: str, origin: str, value: Json) -> None:
        self.draft.trouble(
            kind,
            N_("{origin} cannot be used ({value}); it is left out."),
            origin=origin,
            value=str(value)[:80],
        )

    def _lacks(self, kind: str, origin: str, what: str, value: Json) -> None:
        self.draft.trouble(
            kind,
            N_("{origin} belongs to {what} {id}, which is not listed; it is left out."),
            origin=origin,
            what=what,
            id=str(value)[:40],
        )


def _rows(said: Row, key: str) -> list[Json]:
    value = said.get(key)
    return value if isinstance(value, list) else []


def _id(value: Json) -> Id | None:
    """An id as it is compared: 7, 7.0 and "7" are one."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else value
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _size(row: Row) -> tuple[float, float] | None:
    sides = [row.get("width"), row.get("height")]
    found = [float(one) for one in sides if isinstance(one, int | float) and one > 0]
    return (found[0], found[1]) if len(found) == 2 else None


def numbers(value: Json) -> Numbers | None:
    """Four finite numbers; None where it is something else."""
    if not isinstance(value, list) or len(value) != 4:
        return None
    found = [
        float(one) for one in value if isinstance(one, int | float) and not isinstance(one, bool)
    ]
    if len(found) != 4 or not all(map(math.isfinite, found)):
        return None
    return found[0], found[1], found[2], found[3]


def _around(value: Json) -> Numbers | None:
    """The box around the polygons of a `segmentation`: left, top, right, bottom; None for a mask."""
    if not isinstance(value, list) or not value:
        return None
    polygons = [one for one in value if isinstance(one, list)] or [value]
    if any(len(one) < 6 or len(one) % 2 for one in polygons):
        return None
    found = [float(n) for one in polygons for n in one if isinstance(n, int | float)]
    if len(found) < sum(map(len, polygons)):
        return None
    x, y = found[::2], found[1::2]
    return min(x), min(y), max(x), max(y)
