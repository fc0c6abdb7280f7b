"""What models there are: plain data, so that listing them imports no deep-learning library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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

    @property
    def ours(self) -> bool:
        """Whether it was fine-tuned here or imported: it lies in a folder of its own."""
        return isinstance(self.source, RunSource)


@dataclass(frozen=True)
class Score:
    """A figure with what it measures and who measured it (`where`: a URL, a paper or a command)."""

    metric: str
    value: float
    where: str

    def __str__(self) -> str:
        return f"{self.value:g} {self.metric}"


@dataclass(frozen=True)
class ModelEntry:
    """One model a visitor can pick. Only facts that can be pointed to; otherwise empty."""

    id: str
    task: str
    title: str
    family: str
    weights: tuple[Weights, ...]
    starter: bool = False
    niche: bool = False  # knows a narrow world: never chosen unless somebody asks for it
    languages: tuple[str, ...] = ()
    about: str = ""  # translatable: trained on what, good for what
    paper: str = ""
    published: Score | None = None
    measured: Score | None = None
    option_bounds: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    """Options this model narrows (low, high) or does not have (None); see `Options`."""
    config: Mapping[str, object] = field(default_factory=dict)
    """What the task's loader needs besides the files: labels, mean, input size, prompt."""

    @property
    def size_mb(self) -> float:
        return sum(weights.size_mb for weights in self.weights)

    @property
    def licences(self) -> tuple[Licence, ...]:
        return tuple(dict.fromkeys(weights.licence for weights in self.weights))


_entries: dict[str, ModelEntry] = {}
_bases: dict[str, ModelEntry] = {}
_shelves: list[Callable[[], list[ModelEntry]]] = []


def register(*entries: ModelEntry) -> None:
    """Add entries to the catalogue; an id is taken once.

    Raises:
        ValueError: another entry has the same id.
    """
    for entry in entries:
        if _entries.get(entry.id, entry) != entry:
            raise ValueError(f"two models are called {entry.id}")
        _entries[entry.id] = entry


def register_base(entry: ModelEntry) -> None:
    """Add an entry that answers nothing by itself and that fine-tunings of several tasks start from:
    it is found by its id and listed nowhere."""
    _bases[entry.id] = entry


def add_shelf(shelf: Callable[[], list[ModelEntry]]) -> None:
    """Entries that come and go (fine-tuned models) are asked for anew on every look."""
    _shelves.append(shelf)


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
    """The entry called `model_id` without asking the shelves."""
    return _entries.get(model_id) or _bases.get(model_id)


def entries(task: str | None = None) -> list[ModelEntry]:
    """The entries of one task (or all): in the order in which they were registered, then the shelves'."""
    everything = [*_entries.values(), *(entry for shelf in _shelves for entry in shelf())]
    return [entry for entry in everything if task in (None, entry.task)]
