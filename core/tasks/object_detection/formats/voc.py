"""Pascal VOC's format: an XML file an image, with `object` elements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from core.data.drafts import Draft
from core.errors import N_, PortalError
from core.inputs.archives import Archive
from core.inputs.structured import from_xml
from core.tasks.object_detection.boxes import MOST_CLASSES
from core.tasks.object_detection.formats import foreign
from core.tasks.object_detection.formats.annotations import (
    MOST_BOXES,
    Described,
    Mark,
    check_total,
)
from core.tasks.object_detection.formats.class_names import clean
from core.tasks.object_detection.formats.coco import numbers
from core.tasks.object_detection.formats.paths import Ends

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SIDES = ("xmin", "ymin", "xmax", "ymax")


def read(
    draft: Draft, archive: Archive, images: Ends
) -> tuple[dict[PurePosixPath, list[Described]], list[str]]:
    """What the XML files say by image, and the classes in alphabetical order; ({}, []) where none is Pascal VOC's.

    Raises:
        DataSetError: more boxes than are read at all.
    """
    found: list[tuple[Described, list[str]]] = []
    total = 0
    for member in archive.names:
        if not member.lower().endswith(".xml"):
            continue
        try:
            root = from_xml(archive.read(member), member)
        except PortalError as error:
            draft.unreadable(error)
            continue
        if root.tag != "annotation":
            foreign.tell(draft, member, f"XML <{str(root.tag)[:40]}>")
            continue
        one = _annotation(draft, member, root, images)
        if one:
            found.append(one)
            total += len(one[0].marks)
            check_total(total)
    classes = sorted({name for _one, names in found for name in names})[:MOST_CLASSES]
    by_name = {name: number for number, name in enumerate(classes)}
    described: dict[PurePosixPath, list[Described]] = {}
    for known, names in found:
        kept = []
        for mark, name in zip(known.marks, names, strict=True):
            if name in by_name:
                mark.index = by_name[name]
                kept.append(mark)
        known.marks = kept
        described.setdefault(known.path, []).append(known)
    return described, classes


def _annotation(
    draft: Draft, member: str, root: Element, images: Ends
) -> tuple[Described, list[str]] | None:
    """One file: its boxes, and their classes in the same order."""
    name = root.findtext("filename") or ""
    hits = images.find(name) if name else []
    if len(hits) != 1:
        hits = images.called(PurePosixPath(member).stem)
    if len(hits) != 1:
        draft.trouble(
            "no_image",
            N_("{origin}: the image {file} is not in the archive; its boxes are left out."),
            origin=member,
            file=name[:200],
        )
        return None
    size = [_number(root.findtext(f"size/{side}")) for side in ("width", "height")]
    known = [one for one in size if one]
    one = Described(hits[0], f"{member}:", (known[0], known[1]) if len(known) == 2 else None)
    names = []
    for number, label, box in _objects(root):
        given = numbers(list(box))
        if not label or given is None or number > MOST_BOXES:
            draft.trouble(
                "bad_box",
                N_("{origin}: object {number} has no name or no box ({value}); it is left out."),
                origin=member,
                number=number,
                value=", ".join("–" if side is None else f"{side:g}" for side in box),
            )
            one.left_out += 1
            continue
        one.marks.append(Mark(0, given, number, outline=True))
        names.append(label)
    return one, names


def _objects(root: Element) -> Iterator[tuple[int, str, list[float | None]]]:
    """Number from 1, class and corners of each object."""
    for number, element in enumerate(root.iterfind("object"), 1):
        sides = [_number(element.findtext(f"bndbox/{side}")) for side in SIDES]
        yield number, clean(element.findtext("name") or ""), sides


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
