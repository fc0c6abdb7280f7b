"""Images to learn classes from: a zip with a folder per class, images by class, or a sample set."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

from PIL import Image

from core.data import drafts, samples
from core.data.datasets import SampleSet
from core.data.drafts import Draft, Sample
from core.errors import N_, ArchiveError, ImageError
from core.inputs import archives, folders, images, likeness

LONGEST = 640
"""Images are stored with at most this many pixels along a side: more than any model here sees."""
LEAST = 4
"""Fewest images of a class."""


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A zip archive with a folder per class, in folders such as `train` and `val` if it has a division of its own.

    Raises:
        ArchiveError: not a zip file, unsafe, or over the limits. UsageError: a choice that there is not.
    """
    draft = Draft(choices or {})
    with archives.opened(source, name, draft) as archive:
        pictures = images.only(draft, archive.names)
        for member, place in folders.places(draft, pictures).items():
            if place.label is None:
                draft.trouble(
                    "no_class", N_("{origin} lies in no folder: no class."), origin=member
                )
                continue
            try:
                _add(draft, place.label, member, archive.read(member), place.part)
            except ArchiveError as error:
                draft.unreadable(error)
    return _checked(draft)


def read_classes(classes: Mapping[str, Iterable[tuple[str, bytes]]]) -> Draft:
    """Images given by class, each as (file name, contents)."""
    draft = Draft()
    for label, files in classes.items():
        for origin, content in files:
            draft.give(len(content))
            _add(draft, label.strip(), origin, content)
    return _checked(draft)


def _add(draft: Draft, label: str, origin: str, content: bytes, part: str = "") -> None:
    try:
        image = images.decode(content, origin, draft, longest=LONGEST)
    except ImageError as error:
        draft.unreadable(error)
        return
    draft.add(sample(image, label, origin, **({"part": part} if part else {})))


def sample(image: Image.Image, label: str, origin: str, **row: object) -> Sample:
    """One labelled image as it is stored; perceptually equal ones share a group."""
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small = max(image.size) <= 128
    image.save(out, "PNG" if small else "JPEG", quality=95)
    return Sample(
        {"label": label, "group": likeness.group(image), **row},
        origin,
        out.getvalue(),
        ".png" if small else ".jpg",
        key=hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest(),
    )


def _checked(draft: Draft) -> Draft:
    drafts.check_classes(draft, LEAST)
    drafts.check_division(draft)
    return draft


def _textures(fetched: Sequence[Path]) -> Draft:
    """Crops of 96 × 96 from three photographs; the validation crops are from the right third, and no
    training crop reaches into it."""
    draft = Draft(licence=samples.TEXTURES.licence.name)
    size, step, border = 96, 32, 340
    for name in ("brick", "grass", "gravel"):
        with Image.open(fetched[0] / f"{name}.png") as photo:
            grey = photo.convert("RGB")
        for top in range(0, grey.height - size + 1, step):
            for left in range(0, grey.width - size + 1, step):
                if left < border < left + size:
                    continue
                crop = grey.crop((left, top, left + size, top + size))
                part = "train" if left + size <= border else "validation"
                draft.add(sample(crop, name, f"{name} {left},{top}", part=part))
    return _checked(draft)


def _mnist(fetched: Sequence[Path]) -> Draft:
    draft = Draft(licence=samples.MNIST.licence.name)
    pixels, labels = samples.digits(fetched[0])
    for i, (digit, label) in enumerate(zip(pixels, labels.tolist(), strict=True)):
        image = Image.fromarray(digit).convert("RGB")
        draft.add(sample(image, str(label), f"row {i + 1}"))
    return _checked(draft)


SAMPLES = (
    SampleSet(
        "textures",
        N_("Textures: brick, grass, gravel"),
        N_("Crops of three photographs; those to check on are from other regions of them."),
        _textures,
        (samples.TEXTURES,),
        base="efficientnet-lite0",
        options={"trainable": "head", "epochs": 10, "image_size": 96},
    ),
    SampleSet(
        "mnist",
        N_("MNIST: 5,000 handwritten digits"),
        N_("The classic of the field, 28 × 28 grey pixels; trains a network from scratch."),
        _mnist,
        (samples.MNIST,),
        base="resnet18",
        options={
            "trainable": "all",
            "pretrained": False,
            "image_size": 32,
            "epochs": 8,
            "flip": False,
        },
    ),
)
