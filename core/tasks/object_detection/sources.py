"""What an archive of images holds: which format its annotations have, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.data.drafts import Draft
from core.errors import N_, DataSetError, PortalError
from core.inputs import images, texts
from core.inputs.archives import Archive
from core.inputs.structured import from_json
from core.plain import Json
from core.tasks.object_detection import classes
from core.tasks.object_detection.formats import class_names, division, foreign, voc, yolo
from core.tasks.object_detection.formats.annotations import Described
from core.tasks.object_detection.formats.coco import Coco, is_description
from core.tasks.object_detection.formats.division import Division
from core.tasks.object_detection.formats.label_files import BREAK, belongs_to_none, pair
from core.tasks.object_detection.formats.layout import COCO, YOLO, Layout
from core.tasks.object_detection.formats.paths import Ends
from core.tasks.object_detection.formats.yaml_files import Description, descriptions

MOST_VALUES = 10_000_000
"""Commas in a JSON file: what is parsed takes about 100 bytes for each."""

READ = (".txt", ".json", ".yaml", ".yml", ".names", ".labels", ".data")
"""What is looked into, images aside."""


@dataclass
class Source:
    """What an archive says of its images. `complete`: an image that nothing is said about shows nothing; otherwise it
    is left out."""

    images: list[PurePosixPath]
    described: Mapping[PurePosixPath, Sequence[Described]]
    classes: list[str]
    layout: Layout
    complete: bool
    parts: Division = field(default_factory=dict)


def read(draft: Draft, archive: Archive) -> Source:
    """The annotations of an archive.

    Raises:
        DataSetError: more boxes than are read at all. UsageError: a choice that there is not.
    """
    paths = [PurePosixPath(name) for name in archive.names]
    shown = [path for path in paths if path.suffix.lower() in images.SUFFIXES]
    ends = Ends(shown)
    labels = pair(shown, [path for path in paths if path.suffix.lower() == ".txt"])
    found = _coco(draft, archive, shown, ends)
    if found is None and not labels:
        described, names = voc.read(draft, archive, ends)
        if described:
            names = classes.settled(draft, "Pascal VOC", names, {})
            found = Source(shown, described, names, Layout("pixels", "corners"), complete=False)
    rest = [path for path in paths if path.suffix.lower() not in (*images.SUFFIXES, ".xml")]
    if found is not None and labels:
        taken = draft.choose(
            "annotations",
            "COCO",
            N_("There are COCO's JSON and {count} label files of YOLO; those of {taken} are read."),
            options=("COCO", "YOLO"),
            count=len(labels),
        )
        found = None if taken == "YOLO" else found
    if found is None:
        return _yolo(draft, archive, shown, labels)
    foreign.not_read(draft, [p for p in rest if p.suffix.lower() not in READ])
    by_folder = {p: part for p in shown if (part := division.of_folders(p))}
    found.parts = division.settled(draft, found.parts | by_folder, N_("the archive"))
    return found


def _coco(draft: Draft, archive: Archive, shown: list[PurePosixPath], ends: Ends) -> Source | None:
    """What the COCO files say; None where there is none. Other JSON files are told."""
    coco = Coco(draft, ends)
    found = False
    for member in archive.names:
        if not member.lower().endswith(".json"):
            continue
        try:
            said = _json(draft, archive, member)
        except PortalError as error:
            draft.unreadable(error)
            continue
        if isinstance(said, dict) and is_description(said):
            coco.read(member, said)
            found = True
        elif PurePosixPath(member).name.lower() != class_names.NOTES:
            foreign.name(draft, member, said)
    if not found:
        return None
    names = classes.settled(draft, "COCO", coco.names(), {})
    return Source(shown, coco.described, names, COCO, complete=False, parts=coco.parts)


def _json(draft: Draft, archive: Archive, member: str) -> Json:
    data = archive.read(member)
    if data.count(b",") > MOST_VALUES:
        raise DataSetError(
            N_("{name} holds more than {most} values. Give it in parts."),
            name=member,
            most=MOST_VALUES,
        )
    return from_json(texts.decode(data, member, draft), member)


def _yolo(
    draft: Draft,
    archive: Archive,
    shown: list[PurePosixPath],
    labels: dict[PurePosixPath, PurePosixPath],
) -> Source:
    said = descriptions(draft, archive)
    darknet = _darknet(draft, archive)
    lists: dict[str, list[str]] = {}
    named = Ends(PurePosixPath(place) for one in [*said, *darknet] for place in _places(one))
    described, names = yolo.read(draft, archive, labels, said)
    paths = [PurePosixPath(name) for name in archive.names]
    texts_ = [path for path in paths if path.suffix.lower() == ".txt"]
    for path in belongs_to_none(texts_, labels):
        if division.of_name(path.name) or named.find(str(path)):
            lists[str(path)] = _lines(draft, archive, path)
        elif not class_names.is_list(path):
            draft.trouble(
                "no_image",
                N_("{origin} belongs to no image of the archive; it is not read."),
                origin=str(path),
            )
    rest = [p for p in paths if p.suffix.lower() not in (*images.SUFFIXES, *READ)]
    foreign.not_read(draft, rest)
    parts = _parts(draft, shown, [*said, *darknet], lists)
    grouped = {path: [one] for path, one in described.items()}
    return Source(shown, grouped, names, YOLO, complete=True, parts=parts)


def _places(one: Description) -> list[str]:
    return [place for places in one.parts.values() for place in places]


def _parts(
    draft: Draft,
    shown: list[PurePosixPath],
    described: Sequence[Description],
    lists: Mapping[str, Sequence[str]],
) -> Division:
    """The division that the descriptions name, or lists such as `train.txt`, or else the folders."""
    for one in described:
        if one.parts:
            found = division.of_paths(draft, one.member, one.parts, lists, shown)
            if found:
                return division.settled(draft, found, one.member)
    by_list: dict[str, list[str]] = {}
    for name in lists:
        by_list.setdefault(division.of_name(name) or "", []).append(name)
    by_list.pop("", None)
    if by_list:
        source = ", ".join(name for names in by_list.values() for name in names)
        found = division.of_paths(draft, source, by_list, lists, shown)
        if found:
            return division.settled(draft, found, source)
    folders = {p: part for p in shown if (part := division.of_folders(p))}
    return division.settled(draft, folders, N_("the archive's folders"))


def _darknet(draft: Draft, archive: Archive) -> list[Description]:
    """What `obj.data` and its like say: `train = data/train.txt`."""
    found = []
    for member in archive.names:
        if member.lower().endswith(".data"):
            pairs = (
                line.partition("=")[::2] for line in _lines(draft, archive, PurePosixPath(member))
            )
            said = {key.strip().lower(): value.strip() for key, value in pairs}
            parts = {division.PARTS[k]: [v] for k, v in said.items() if k in division.PARTS and v}
            if parts:
                found.append(Description(member, parts=parts))
    return found


def _lines(draft: Draft, archive: Archive, path: PurePosixPath) -> list[str]:
    try:
        text = texts.decode(archive.read(str(path)), str(path), draft)
    except PortalError as error:
        draft.unreadable(error)
        return []
    return [line.strip() for line in BREAK.split(text) if line.strip()]
