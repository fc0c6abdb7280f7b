"""Pictures with boxes to learn from: a zip in YOLO's format or COCO's, or scenes of digits."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from PIL import Image

from core import archives, datasets, images, samples
from core.archives import Archive
from core.datasets import Draft, Item, SampleSet
from core.errors import N_, ArchiveError, DataSetError, ImageError

LONGEST = 1280
"""Pictures are stored with at most this many pixels along a side."""
PARTS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation"}
PARTS["test"] = "test"
Target = list[float]  # class index, then centre x, centre y, width, height as shares of the picture


def read(source: Path | IO[bytes], name: str) -> Draft:
    """A zip archive with COCO's JSON (`images`, `annotations`, `categories`), or pictures with text
    files of the same name in YOLO's format and, if it is there, a `data.yaml` with the names.

    Raises:
        ArchiveError: not a zip file, unsafe, over the limits, or a description that cannot be read.
    """
    with archives.opened(source, name) as archive:
        for member in archive.names:
            if member.endswith(".json"):
                described = _json(archive, member)
                if isinstance(described, dict) and {"images", "annotations"} <= set(described):
                    return _checked(_coco(archive, described))
        return _checked(_yolo(archive))


def _yolo(archive: Archive) -> Draft:
    draft, texts = (
        Draft(),
        {PurePosixPath(n).with_suffix("") for n in archive.names if n.endswith(".txt")},
    )
    draft.facts["classes"] = _names(archive)
    for member in archive.names:
        path = PurePosixPath(member)
        if path.suffix.lower() not in images.SUFFIXES:
            continue
        beside = path.with_suffix("")
        apart = PurePosixPath(*("labels" if part == "images" else part for part in beside.parts))
        label = next((one for one in (apart, beside) if one in texts), None)
        if label is None:
            draft.trouble("no_labels", N_("{origin} has no text file with boxes."), origin=member)
            continue
        lines = archive.read(f"{label}.txt").decode("utf-8", "replace").splitlines()
        targets = [_line(draft, member, line) for line in lines if line.strip()]
        _add(draft, archive, member, [t for t in targets if t], _part(path))
    return draft


def _names(archive: Archive) -> list[str]:
    import yaml

    for member in archive.names:
        if member.endswith((".yaml", ".yml")):
            try:
                named = (yaml.safe_load(archive.read(member)) or {}).get("names", [])
            except (yaml.YAMLError, AttributeError, UnicodeDecodeError) as error:
                raise ArchiveError(
                    N_("{member} in {name} cannot be read: {why}."),
                    member=member,
                    name=archive.name,
                    why=error,
                ) from error
            return [str(n) for n in (named.values() if isinstance(named, dict) else named)]
    return []


def _line(draft: Draft, origin: str, line: str) -> Target | None:
    try:
        index, *box = (float(part) for part in line.split())
        if len(box) != 4 or index != int(index) or index < 0:
            raise ValueError(line)
    except ValueError:
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
    return [index, *box]


def _coco(archive: Archive, described: dict[str, Any]) -> Draft:
    draft = Draft()
    try:
        categories = {c["id"]: str(c["name"]) for c in described["categories"]}
        draft.facts["classes"] = list(dict.fromkeys(categories.values()))
        places = {c: draft.facts["classes"].index(n) for c, n in categories.items()}
        boxes: dict[Any, list[Target]] = {}
        sizes = {i["id"]: (float(i["width"]), float(i["height"])) for i in described["images"]}
        for one in described["annotations"]:
            left, top, width, height = map(float, one["bbox"])
            wide, high = sizes[one["image_id"]]
            middle = (left + width / 2) / wide, (top + height / 2) / high
            target = [places[one["category_id"]], *middle, width / wide, height / high]
            boxes.setdefault(one["image_id"], []).append(target)
        files = {PurePosixPath(str(i["file_name"])).name: i["id"] for i in described["images"]}
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise ArchiveError(
            N_("{member} in {name} cannot be read: {why}."),
            member="JSON",
            name=archive.name,
            why=error,
        ) from error
    for member in archive.names:
        path = PurePosixPath(member)
        if path.suffix.lower() not in images.SUFFIXES:
            continue
        if path.name not in files:
            draft.trouble("no_labels", N_("{origin} has no text file with boxes."), origin=member)
            continue
        _add(draft, archive, member, boxes.get(files[path.name], []), None)
    return draft


def _json(archive: Archive, member: str) -> Any:
    try:
        return json.loads(archive.read(member))
    except ValueError as error:
        raise ArchiveError(
            N_("{member} in {name} cannot be read: {why}."),
            member=member,
            name=archive.name,
            why=error,
        ) from error


def _part(path: PurePosixPath) -> str | None:
    return next((PARTS[part] for part in path.parts if part in PARTS), None)


def _add(
    draft: Draft, archive: Archive, member: str, targets: list[Target], part: str | None
) -> None:
    try:
        picture = images.decode(archive.read(member), member)
    except ImageError as error:
        draft.trouble("unreadable", error.template, **error.values)
        return
    good = [kept for target in targets if (kept := _inside(draft, member, target))]
    draft.add(item(picture, good, member, **({"part": part} if part else {})))
    if not good:
        draft.trouble("no_boxes", N_("{origin} shows no box."), origin=member)


def _inside(draft: Draft, origin: str, target: Target) -> Target | None:
    """The box as far as it is inside the picture; None where nothing is."""
    index, x, y, width, height = target
    left, top = max(0.0, x - width / 2), max(0.0, y - height / 2)
    right, bottom = min(1.0, x + width / 2), min(1.0, y + height / 2)
    if right - left <= 1e-4 or bottom - top <= 1e-4:
        draft.trouble("empty_box", N_("{origin}: a box has no area."), origin=origin)
        return None
    if min(x - width / 2, y - height / 2) < -0.01 or max(x + width / 2, y + height / 2) > 1.01:
        draft.trouble(
            "outside", N_("{origin}: a box reaches out of the picture; it is cut."), origin=origin
        )
    centre = (left + right) / 2, (top + bottom) / 2
    return [index, *(round(v, 6) for v in (*centre, right - left, bottom - top))]


def item(picture: Image.Image, targets: list[Target], origin: str, **row: object) -> Item:
    """One picture with its boxes as it is stored; perceptually equal ones share a group."""
    import imagehash

    picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small = max(picture.size) <= 256
    picture.save(out, "PNG" if small else "JPEG", quality=95)
    boxes = [[int(target[0]), *target[1:]] for target in targets]
    key = hashlib.sha256(repr(picture.size).encode() + picture.tobytes()).hexdigest()
    group = str(imagehash.phash(picture))
    return Item(
        {"boxes": boxes, "group": group, **row},
        origin,
        out.getvalue(),
        ".png" if small else ".jpg",
        key,
    )


def _checked(draft: Draft) -> Draft:
    datasets.find_duplicates(draft)
    kept = draft.kept(drop=False)
    used = {box[0] for one in kept for box in one.row["boxes"]}
    names = draft.facts["classes"]
    draft.facts["classes"] = names or [f"class {i}" for i in range(max(used, default=-1) + 1)]
    if kept and not used:
        raise DataSetError(N_("None of the pictures has a box. Are the text files in the archive?"))
    parts = {one.row.get("part") for one in kept}
    if not {"train", "validation"} <= parts:  # no division of its own: ours
        for one in kept:
            one.row.pop("part", None)
    return draft


SCENE = 160
TRAIN_SCENES, VALIDATION_SCENES = 1200, 200


def _digits(folders: Sequence[Path]) -> Draft:
    """Scenes of one to six handwritten digits on uneven ground. Those to check on are composed of
    other digits than those to learn from."""
    import numpy as np

    draft = Draft(licence=samples.MNIST.licence.name, facts={"classes": list("0123456789")})
    pixels, labels = samples.digits(folders[0])
    random = np.random.default_rng(0)
    order = random.permutation(len(labels))
    cut = len(labels) * 4 // 5
    plan = (("train", order[:cut], TRAIN_SCENES), ("validation", order[cut:], VALIDATION_SCENES))
    for part, indices, count in plan:
        for number in range(count):
            picture, targets = _scene(random, pixels, labels, indices)
            draft.add(item(picture, targets, f"{part} scene {number + 1}", part=part))
    return _checked(draft)


def _scene(random: Any, pixels: Any, labels: Any, indices: Any) -> tuple[Image.Image, list[Target]]:
    import numpy as np

    ground = random.integers(0, 90, (8, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(ground).resize((SCENE, SCENE), Image.Resampling.BICUBIC)
    targets: list[Target] = []
    for _ in range(int(random.integers(1, 7))):
        which = int(random.choice(indices))
        side = int(random.integers(28, 64))
        left, top = (int(v) for v in random.integers(0, SCENE - side, 2))
        ink = Image.fromarray(pixels[which]).resize((side, side), Image.Resampling.BICUBIC)
        inked = np.argwhere(np.asarray(ink) > 60)
        (y1, x1), (y2, x2) = inked.min(0), inked.max(0) + 1
        box = (left + x1) / SCENE, (top + y1) / SCENE, (left + x2) / SCENE, (top + y2) / SCENE
        if any(_overlap(box, target) for target in targets):
            continue
        colour = tuple(int(v) for v in random.integers(150, 256, 3))
        picture.paste(Image.new("RGB", (side, side), colour), (left, top), ink)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        size = box[2] - box[0], box[3] - box[1]
        targets.append([float(labels[which]), *(round(float(v), 6) for v in (*middle, *size))])
    return picture, targets


def _overlap(box: tuple[float, ...], target: Target) -> bool:
    _, x, y, width, height = target
    across = min(box[2], x + width / 2) - max(box[0], x - width / 2)
    down = min(box[3], y + height / 2) - max(box[1], y - height / 2)
    return across > 0 and down > 0


SAMPLES = (
    SampleSet(
        "digits",
        N_("Digits: scenes composed of MNIST"),
        N_("1,400 pictures of one to six handwritten digits in any place and size."),
        _digits,
        (samples.MNIST,),
        base="yolo11n",
        options={"image_size": 160, "epochs": 30, "flip": 0.0, "pretrained": False},
    ),
)
