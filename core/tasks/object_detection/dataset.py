"""Images with boxes to train on: a zip in YOLO's format or COCO's, or scenes of digits."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from PIL import Image

from core.data import drafts, samples
from core.data.datasets import SampleSet
from core.data.drafts import Draft, Sample
from core.errors import N_, DataSetError, ImageError
from core.inputs import archives, images
from core.inputs.archives import Archive
from core.tasks.object_detection.boxes import Fractions, stored
from core.tasks.object_detection.formats import coco, yolo
from core.tasks.object_detection.formats.annotations import Target

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 1280
"""Images are stored with at most this many pixels along a side."""
PARTS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation"}
PARTS["test"] = "test"
NO_BOX = N_("{origin} shows no box.")
NO_FILE = N_("{origin} has no text file with boxes: it counts as an image without any.")


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A zip archive with COCO's JSON (`images`, `annotations`, `categories`), or images with text
    files of the same name in YOLO's format and, if it is there, a `data.yaml` with the names.

    Raises:
        ArchiveError: not a zip file, unsafe, over the limits, or a description that cannot be read.
    """
    draft = Draft(choices or {})
    with archives.opened(source, name, draft) as archive:
        described = coco.files(archive)
        return _coco(draft, archive, described) if described else _yolo(draft, archive)


def _yolo(draft: Draft, archive: Archive) -> Draft:
    """An image without a text file shows nothing to find: so the format says."""
    classes = yolo.class_names(archive)
    texts = {PurePosixPath(name) for name in archive.names if name.endswith(".txt")}
    for path in _members(archive):
        file = yolo.text_file(texts, path)
        text = archive.read(str(file)).decode("utf-8", "replace") if file else ""
        targets = yolo.targets(draft, classes, str(file), text)
        _add(draft, archive, path, targets, NO_BOX if file else NO_FILE)
    return _checked(draft, classes)


def _coco(draft: Draft, archive: Archive, descriptions: dict[str, coco.Description]) -> Draft:
    classes, described = coco.read(archive, descriptions)
    for path in _members(archive):
        said = coco.nearest(described.get(path.name, []), path)
        if said:
            _add(draft, archive, path, said.targets, NO_BOX)
        else:
            draft.trouble(
                "not_described",
                N_("{origin} is in none of the JSON files; it is left out."),
                origin=str(path),
            )
    return _checked(draft, classes)


def _members(archive: Archive) -> Iterator[PurePosixPath]:
    paths = map(PurePosixPath, archive.names)
    return (path for path in paths if path.suffix.lower() in images.SUFFIXES)


def _part(path: PurePosixPath) -> str | None:
    """The part that a folder such as `train` or `val2017` stands for."""
    folders = (part.lower().rstrip("0123456789") for part in reversed(path.parts[:-1]))
    return next((PARTS[folder] for folder in folders if folder in PARTS), None)


def _add(
    draft: Draft, archive: Archive, path: PurePosixPath, targets: Sequence[Target], without: str
) -> None:
    """Put an image with its good boxes into the draft; `without` is told where it has none."""
    member = str(path)
    try:
        image = images.decode(archive.read(member), member)
    except ImageError as error:
        draft.unreadable(error)
        return
    good = [kept for target in targets if (kept := _inside(draft, target))]
    part = _part(path)
    draft.add(sample(image, good, member, **({"part": part} if part else {})))
    if not good:
        draft.trouble("no_boxes", without, origin=member)


def _inside(draft: Draft, target: Target) -> Fractions | None:
    """The box as far as it is inside the image; None where nothing is."""
    x, y, width, height = target.x, target.y, target.width, target.height
    left, top = max(0.0, x - width / 2), max(0.0, y - height / 2)
    right, bottom = min(1.0, x + width / 2), min(1.0, y + height / 2)
    known = math.isfinite(x + y + width + height)
    if not known or right - left <= 1e-4 or bottom - top <= 1e-4:
        draft.trouble("empty_box", N_("{origin}: a box has no area."), origin=target.origin)
        return None
    if min(x - width / 2, y - height / 2) < -0.01 or max(x + width / 2, y + height / 2) > 1.01:
        draft.trouble(
            "outside",
            N_("{origin}: a box reaches out of the image; it is cut."),
            origin=target.origin,
        )
    centre = (left + right) / 2, (top + bottom) / 2
    return [target.index, *(round(v, 6) for v in (*centre, right - left, bottom - top))]


def sample(image: Image.Image, targets: list[Fractions], origin: str, **row: object) -> Sample:
    """One image with its boxes as it is stored; perceptually equal ones share a group."""
    import imagehash

    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small = max(image.size) <= 256
    image.save(out, "PNG" if small else "JPEG", quality=95)
    boxes = [[int(target[0]), *target[1:]] for target in targets]
    key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
    group = str(imagehash.phash(image))
    return Sample(
        {"boxes": boxes, "group": group, **row},
        origin,
        out.getvalue(),
        ".png" if small else ".jpg",
        key,
    )


def _checked(draft: Draft, classes: Sequence[str]) -> Draft:
    """The draft with its problems; `classes`: their names by number, made up where there are none."""
    drafts.find_duplicates(draft)
    kept = draft.kept(drop=False)
    used = {box[0] for one in kept for box in stored(one.row)}
    numbered = [f"class {i}" for i in range(int(max(used, default=-1)) + 1)]
    draft.facts["classes"] = list(classes) or numbered
    if kept and not used:
        raise DataSetError(N_("None of the images has a box. Are the text files in the archive?"))
    parts = {one.row.get("part") for one in kept}
    if not {"train", "validation"} <= parts:  # no division of its own: ours
        for one in kept:
            one.row.pop("part", None)
    return draft


SCENE = 160
TRAIN_SCENES, VALIDATION_SCENES = 1200, 200


def _digits(folders: Sequence[Path]) -> Draft:
    """Scenes of one to six handwritten digits on uneven ground. Those of the validation part are composed of
    other digits than those of the training part."""
    import numpy as np

    draft = Draft(licence=samples.MNIST.licence.name)
    pixels, digits = samples.digits(folders[0])
    random = np.random.default_rng(0)
    order = random.permutation(len(digits))
    cut = len(digits) * 4 // 5
    plan = (("train", order[:cut], TRAIN_SCENES), ("validation", order[cut:], VALIDATION_SCENES))
    for part, indices, count in plan:
        for number in range(count):
            image, targets = _scene(random, pixels, digits, indices)
            draft.add(sample(image, targets, f"{part} scene {number + 1}", part=part))
    return _checked(draft, list("0123456789"))


def _scene(
    random: np.random.Generator,
    pixels: NDArray[np.uint8],
    digits: NDArray[np.uint8],
    indices: NDArray[np.int64],
) -> tuple[Image.Image, list[Fractions]]:
    """A scene and its boxes. `pixels` (N, 28, 28) and `digits` (N,) are all there are, `indices` those to choose from."""
    import numpy as np

    ground = random.integers(0, 90, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(ground).resize((SCENE, SCENE), Image.Resampling.BICUBIC)
    targets: list[Fractions] = []
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
        image.paste(Image.new("RGB", (side, side), colour), (left, top), ink)
        middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        size = box[2] - box[0], box[3] - box[1]
        targets.append([float(digits[which]), *(round(float(v), 6) for v in (*middle, *size))])
    return image, targets


def _overlap(box: tuple[float, ...], target: Fractions) -> bool:
    _, x, y, width, height = target
    across = min(box[2], x + width / 2) - max(box[0], x - width / 2)
    down = min(box[3], y + height / 2) - max(box[1], y - height / 2)
    return across > 0 and down > 0


SAMPLES = (
    SampleSet(
        "digits",
        N_("Digits: scenes composed of MNIST"),
        N_("1,400 images of one to six handwritten digits in any place and size."),
        _digits,
        (samples.MNIST,),
        base="yolo11n",
        options={"image_size": 160, "epochs": 30, "flip": 0.0, "pretrained": False},
    ),
)
