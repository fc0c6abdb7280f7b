"""What models there are: plain data, so that listing them imports no deep-learning library."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from core.errors import N_, UsageError
from core.models.sources import BundledSource, RunSource, Source


@dataclass(frozen=True)
class Licence:
    """`url` points to the text. `notice` (translatable) is shown wherever the model is used."""

    name: str
    url: str = ""
    notice: str = ""


@dataclass(frozen=True)
class Weights:
    """One folder of files on disk. Several models may share it (Gemma translates and reads).

    `size_mb` is the size on disk, `download_mb` what crosses the network where that differs.
    """

    name: str
    source: Source
    licence: Licence
    size_mb: float
    download_mb: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "download_mb", self.download_mb or self.size_mb)

    @property
    def bundled(self) -> bool:
        return isinstance(self.source, BundledSource)


@dataclass(frozen=True)
class Score:
    """A figure with what it measures and who measured it (`where`: a URL, a paper or a command)."""

    metric: str
    value: float
    where: str

    def __str__(self) -> str:
        return f"{self.value:g} {self.metric}"


MOST_LABELS = 10_000
"""Classes that a model of one's own may have; ImageNet-21k has 21,841, the largest here 1,000."""
LONGEST_LABEL = 200


def is_clean(text: str) -> bool:
    """Whether a text holds neither control characters nor halves of surrogate pairs: what cannot be shown or stored."""
    return not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text)


def _clean(text: str) -> str:
    if not is_clean(text):
        raise ValueError("it holds control characters")
    return text


Label = Annotated[str, StringConstraints(max_length=LONGEST_LABEL), AfterValidator(_clean)]
"""The name of a class in a model of one's own."""
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_clean)]
"""A short text that a model from elsewhere brings along: its title, family or data set."""


class FamilyConfig(BaseModel):
    """What the loader of a family of networks needs besides the files (labels, mean, input size, prompt): each family
    has a record of its own. Of a fine-tuned model it is the `config` of its `model.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True)
class ModelEntry:
    """One model a visitor can pick. Only facts that can be pointed to; otherwise empty."""

    id: str
    task: str
    title: str
    family: str
    weights: tuple[Weights, ...]
    starter: bool = False
    niche: bool = False
    """Whether a packaged model knows a narrow world: never chosen unless somebody asks for it."""
    languages: tuple[str, ...] = ()
    about: str = ""  # translatable: trained on what, good for what
    paper: str = ""
    published: Score | None = None
    measured: Score | None = None
    option_bounds: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    """Options this model narrows (low, high) or does not have (None); see `Options`."""
    config: FamilyConfig = field(default_factory=FamilyConfig)
    made: str = ""
    """When a fine-tuned model was written: one that was trained further is another entry."""

    @property
    def finetuned(self) -> bool:
        """Whether it was fine-tuned here or imported; its own files are the last of its weights."""
        return bool(self.weights) and isinstance(self.weights[-1].source, RunSource)

    @property
    def size_mb(self) -> float:
        return sum(weights.size_mb for weights in self.weights)

    @property
    def licences(self) -> tuple[Licence, ...]:
        return tuple(dict.fromkeys(weights.licence for weights in self.weights))


Shelf = Callable[[], list[ModelEntry]]
_fixed: list[Shelf] = []
_changing: list[Shelf] = []
_bases: dict[str, ModelEntry] = {}


def register_base(entry: ModelEntry) -> None:
    """Add an entry that answers nothing by itself and that fine-tunings of several applications start from:
    it is found by its id and listed nowhere."""
    _bases[entry.id] = entry


def add_shelf(shelf: Shelf, *, fixed: bool = False) -> None:
    """Where entries come from. Those that come with the code are `fixed`; fine-tuned models come and go, and
    are asked for anew on every look."""
    (_fixed if fixed else _changing).append(shelf)


def find(model_id: str) -> ModelEntry:
    """The entry called `model_id`.

    Raises:
        UsageError: there is none; the message lists the ids there are.
    """
    if known := registered(model_id):
        return known
    there = {entry.id: entry for entry in entries()}
    if model_id not in there:
        raise UsageError(
            N_("There is no model “{id}”. There are: {ids}."), id=model_id, ids=", ".join(there)
        )
    return there[model_id]


def registered(model_id: str) -> ModelEntry | None:
    """The entry called `model_id` among those that come with the code."""
    if base := _bases.get(model_id):
        return base
    return next((e for shelf in _fixed for e in shelf() if e.id == model_id), None)


def entries(task: str | None = None) -> list[ModelEntry]:
    """The entries of one application (or all): those that come with the code, then those made here."""
    everything = [entry for shelf in (*_fixed, *_changing) for entry in shelf()]
    return [entry for entry in everything if task in (None, entry.task)]
