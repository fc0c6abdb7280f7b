"""Images with boxes to train on: a zip in YOLO's format, COCO's or Pascal VOC's."""

from __future__ import annotations

import hashlib
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from PIL import Image

from core.data import drafts
from core.data.drafts import Draft, Sample
from core.errors import N_, ArchiveError, ImageError
from core.inputs import archives, images, likeness
from core.inputs.archives import Archive
from core.tasks.object_detection import sources, turning
from core.tasks.object_detection.boxes import Fractions, stored
from core.tasks.object_detection.formats import layout
from core.tasks.object_detection.formats.annotations import Described, Mark, Numbers
from core.tasks.object_detection.formats.layout import BEYOND, Layout
from core.tasks.object_detection.sources import Source
from core.tasks.object_detection.turning import Header, Headers

LONGEST = 1280
"""Images are stored with at most this many pixels along a side."""
LEAST = 1e-4
"""Of a side of the image: what is smaller has no area."""
CUT = 1e-4
"""Of a side of the image: how far rounding takes a box out of it."""


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A zip archive with images and COCO's JSON, Pascal VOC's XML, or text files in YOLO's format.

    Raises:
        ArchiveError: not a zip file, unsafe, or over the limits. DataSetError: more boxes than are read at all.
        UsageError: a choice that there is not.
    """
    draft = Draft(choices or {})
    with archives.opened(source, name, draft) as archive:
        found = sources.read(draft, archive)
        _Assembly(draft, archive, found).add_all()
    return checked(draft, found.classes)


@dataclass
class _Assembly:
    """Puts images and what is said about them together."""

    draft: Draft
    archive: Archive
    source: Source
    without: list[str] = field(default_factory=list)
    """Images that nothing is said about, and that count as showing nothing."""
    resized: list[str] = field(default_factory=list)
    emptied: list[int] = field(default_factory=list)
    """Samples of which every box was left out."""

    def add_all(self) -> None:
        headers = Headers(self.archive)
        known = [one for some in self.source.described.values() for one in some]
        taken = layout.decide(self.draft, self.source.layout, known, headers.certain_size)
        coordinates = turning.coordinates(self.draft, taken, known, headers)
        for path in self.source.images:
            some = self.source.described.get(path, [])
            if some or self.source.complete:
                self._add(path, some, taken, coordinates)
            else:
                self.draft.trouble(
                    "not_described",
                    N_("{origin} is in none of the annotation files; it is left out."),
                    origin=str(path),
                )
        self._told()

    def _add(
        self, path: PurePosixPath, some: Sequence[Described], taken: Layout, coordinates: str
    ) -> None:
        """Put an image with its good boxes into the draft."""
        member, number = str(path), len(self.draft.samples)
        try:
            data = self.archive.read(member)
            found = turning.header(data)
            image = images.decode(data, member, self.draft, longest=LONGEST if found else None)
        except (ImageError, ArchiveError) as error:
            self.draft.unreadable(error)
            return
        found = found or Header((image.width, image.height), 1)
        boxes: list[list[Fractions]] = []
        for one in some:
            placed, kept = turning.placed(taken, one, found, coordinates)
            pairs = zip(one.marks, placed, strict=True)
            boxes.append([b for mark, at in pairs if (b := self._inside(one, mark, at, taken))])
            if not kept:
                self._differs(number, member, one, found)
            elif one.size and one.size not in (found.stored, found.upright):
                self.resized.append(member)
        good = list({tuple(box): box for many in boxes for box in many}.values())
        part = self.source.parts.get(path)
        self.draft.add(sample(image, good, member, **({"part": part} if part else {})))
        doubled = sum(len(many) - len(set(map(tuple, many))) for many in boxes)
        if doubled:
            self.draft.trouble(
                "equal_boxes",
                N_("{origin}: {count} boxes are given more than once; each is used once."),
                origin=member,
                count=doubled,
            )
        if any(sorted(many) != sorted(boxes[0]) for many in boxes):
            self.draft.trouble(
                "described_twice",
                N_("{origin} is described {count} times, and not alike; the boxes are joined."),
                origin=member,
                count=len(boxes),
            )
        if not some:
            self.without.append(member)
        elif not good and any(one.marks or one.left_out for one in some):
            self.emptied.append(number)
        elif not good:
            self.draft.trouble("no_boxes", N_("{origin} shows no box."), origin=member)

    def _inside(self, one: Described, mark: Mark, at: Numbers, taken: Layout) -> Fractions | None:
        """The box as far as it is inside the image; None where nothing is."""
        if taken.units == "fractions" and max(map(abs, mark.numbers)) > BEYOND:
            template = N_("{origin}: {values} are no fractions of the image; the box is left out.")
            self._bad_box("no_fractions", template, one, mark)
            return None
        left, top, right, bottom = (min(max(side, 0.0), 1.0) for side in at)
        known = all(map(math.isfinite, at))
        if not known or right - left <= LEAST or bottom - top <= LEAST:
            template = N_(
                "{origin}: the box {values} has no area inside the image; it is left out."
            )
            self._bad_box("empty_box", template, one, mark)
            return None
        if min(at) < -CUT or max(at) > 1 + CUT:
            template = N_("{origin}: the box {values} reaches out of the image; it is cut.")
            self._bad_box("outside", template, one, mark)
        centre = (left + right) / 2, (top + bottom) / 2
        return [mark.index, *(round(v, 6) for v in (*centre, right - left, bottom - top))]

    def _bad_box(self, kind: str, template: str, one: Described, mark: Mark) -> None:
        values = ", ".join(f"{number:.6g}" for number in mark.numbers)
        self.draft.trouble(kind, template, origin=one.origin(mark), values=values)

    def _differs(self, number: int, member: str, one: Described, found: Header) -> None:
        self.draft.trouble(
            "size_differs",
            N_(
                "{origin} has {real} pixels, its annotations say {said}, which are other proportions: its boxes may be "
                "wrong."
            ),
            sample=number,
            origin=member,
            real="{:g} × {:g}".format(*found.upright),
            said="{:g} × {:g}".format(*(one.size or found.upright)),
        )

    def _told(self) -> None:
        """What concerns many images alike, once."""
        if self.resized:
            self.draft.assume(
                "resized",
                N_(
                    "{count} images have another size than their annotations say, such as {origin}; the boxes are scaled."
                ),
                count=len(self.resized),
                origin=self.resized[0],
            )
        some = any(stored(one.row) for one in self.draft.samples)
        for number in self.emptied if some else ():  # otherwise the causes say it all
            self.draft.trouble(
                "none_left",
                N_("{origin}: none of its boxes can be used. Keep it only if it shows nothing."),
                sample=number,
                origin=self.draft.samples[number].origin,
            )
        if self.without:
            self.draft.trouble(
                "no_labels",
                N_(
                    "{count} images have no label file and count as images without a box, such as {origin}."
                ),
                count=len(self.without),
                origin=", ".join(self.without[:3]),
            )
        if not self.source.images:
            self.draft.trouble(
                "no_images", N_("There is no image in {origin}."), origin=self.archive.name
            )


def sample(image: Image.Image, targets: list[Fractions], origin: str, **row: object) -> Sample:
    """One image with its boxes as it is stored; perceptually equal ones share a group."""
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small = max(image.size) <= 256
    image.save(out, "PNG" if small else "JPEG", quality=95)
    boxes = [[int(target[0]), *target[1:]] for target in targets]
    key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
    group = likeness.group(image)
    return Sample(
        {"boxes": boxes, "group": group, **row},
        origin,
        out.getvalue(),
        ".png" if small else ".jpg",
        key,
        answer=sorted(boxes),
    )


def checked(draft: Draft, classes: Sequence[str]) -> Draft:
    """The draft with its problems and the names of its classes; without samples where none has a box."""
    _contradictions(draft)
    drafts.find_duplicates(draft)
    draft.facts["classes"] = list(classes)
    kept = draft.kept(drop=False)
    used = Counter(box[0] for one in kept for box in stored(one.row))
    if not used:
        draft.samples.clear()
        draft.fatal.clear()
        draft.doubtful.clear()
        return draft
    by_class = ", ".join(f"{classes[int(i)]} {count}" for i, count in used.most_common(20))
    draft.assume(
        "boxes",
        N_("There are {count} boxes in {images} images ({classes})."),
        count=used.total(),
        images=len(kept),
        classes=by_class,
    )
    return draft


def _contradictions(draft: Draft) -> None:
    """Note every one of equal images with different boxes, so that none is kept before a person decides; what agrees
    is left to the check for duplicates."""
    by_key: dict[str, list[int]] = {}
    for number, one in enumerate(draft.samples):
        by_key.setdefault(one.key, []).append(number)
    for same in by_key.values():
        if all(draft.samples[i].answer == draft.samples[same[0]].answer for i in same):
            continue
        for place, i in enumerate(same):
            one, other = draft.samples[i], draft.samples[same[0] if place else same[1]]
            draft.trouble(
                "conflict",
                N_(
                    "{origin} ({count} boxes) is the same image as {other} ({others}), with other boxes: keep one of them."
                ),
                sample=i,
                origin=one.origin,
                count=len(stored(one.row)),
                other=other.origin,
                others=len(stored(other.row)),
            )
            one.key = ""  # it is told: no duplicate besides
