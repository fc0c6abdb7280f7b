"""Images for a generator to learn from: a zip of faces (or anything), or a sample set."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps

from core.data import drafts, samples
from core.data.datasets import SampleSet
from core.data.drafts import Draft, Sample
from core.errors import N_, ArchiveError, ImageError
from core.inputs import archives, images, likeness
from core.models.catalog import Licence, Weights
from core.models.sources import PackageSource

SIDE = 64
"""Pixels a side of what the generator makes."""
LEAST = 50
"""Fewest images: with fewer a generator only copies them."""
FACES = Weights(
    "sample-lfw",
    PackageSource(
        (
            samples.scikit_image(
                "lfw_subset.npy", "9560ec2f5edfac01973f63a8a99d00053fecd11e21877e18038fbe500f8e872c"
            ),
        )
    ),
    Licence(
        N_("not stated"),
        "http://vis-www.cs.umass.edu/lfw/",
        N_("A part of Labeled Faces in the Wild: news photographs of real, well-known people."),
    ),
    size_mb=1.0,
    download_mb=22.7,
)


def read(source: Path | IO[bytes], name: str, choices: Mapping[str, str] | None = None) -> Draft:
    """A zip archive of images; folders do not matter. The middle square of each is kept.

    Raises:
        ArchiveError: not a zip file, unsafe, or over the limits.
    """
    draft = Draft(choices or {})
    with archives.opened(source, name, draft) as archive:
        for member in images.only(draft, archive.names):
            try:
                image = images.decode(archive.read(member), member, draft, longest=4 * SIDE)
            except (ArchiveError, ImageError) as error:
                draft.unreadable(error)
                continue
            draft.add(sample(image, member))
    return _checked(draft)


def sample(image: Image.Image, origin: str) -> Sample:
    """One image as it is stored: its middle, SIDE × SIDE; perceptually equal ones share a group."""
    small = ImageOps.fit(image.convert("RGB"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "PNG")
    key = hashlib.sha256(small.tobytes()).hexdigest()
    return Sample({"group": likeness.group(small)}, origin, out.getvalue(), ".png", key)


def _checked(draft: Draft) -> Draft:
    drafts.find_duplicates(draft)
    count = len(draft.kept(drop=False))
    if count < LEAST:
        draft.trouble(
            "too_few",
            N_("There are {count} different images; at least {least} are needed."),
            count=count,
            least=LEAST,
        )
    drafts.check_groups(draft)
    return draft


def _faces(folders: Sequence[Path]) -> Draft:
    """The first hundred patches of 25 × 25 grey pixels are the faces, the others are not."""
    import numpy as np

    draft = Draft(licence=FACES.licence.notice)
    patches = np.load(folders[0] / "lfw_subset.npy", allow_pickle=False)[:100]
    for i, patch in enumerate(patches):
        pixels = (255 * (patch - patch.min()) / np.ptp(patch)).astype(np.uint8)
        draft.add(sample(Image.fromarray(pixels), f"face {i + 1}"))
    return _checked(draft)


def _digits(folders: Sequence[Path]) -> Draft:
    draft = Draft(licence=samples.MNIST.licence.name)
    pixels, _ = samples.digits(folders[0])
    for i, digit in enumerate(pixels):
        draft.add(sample(Image.fromarray(digit), f"digit {i + 1}"))
    return _checked(draft)


SAMPLES = (
    SampleSet(
        "faces",
        N_("Faces: 100 small grey photographs"),
        N_("From Labeled Faces in the Wild, as packaged with scikit-image. They show real people."),
        _faces,
        (FACES,),
        base="dcgan-digiface",
    ),
    SampleSet(
        "mnist",
        N_("MNIST: 5,000 handwritten digits"),
        N_("A generator of faces learns to write digits instead."),
        _digits,
        (samples.MNIST,),
        base="dcgan-digiface",
        options={"epochs": 3, "batch_size": 64, "warmup_steps": 30, "patience": 0},
    ),
)
