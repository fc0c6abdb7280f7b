"""Translates texts: language -> sentences -> model, in batches -> the text put back together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pydantic import BaseModel

from core.device import Device
from core.errors import PortalError
from core.inputs.tables import Table
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.generation import Network
from core.serving.predictor import Predictor, Result, Stopwatch
from core.tasks.translation import layout, routing
from core.tasks.translation.layout import Piece

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationOptions


class Engine(Protocol):
    """A network of one family that translates sentences; see `families`."""

    @property
    def model(self) -> Network: ...

    @property
    def tokenizer(self) -> Network: ...

    @property
    def nbytes(self) -> int: ...

    def translate(
        self,
        sentences: Sequence[str],
        source: str,
        target: str,
        options: TranslationOptions,
        progress: Progress,
    ) -> list[list[str]]: ...


class SentencePair(BaseModel):
    """One sentence and its translation, with the other versions that were asked for."""

    source: str
    output: str
    alternatives: list[str]


class TranslationResult(Result):
    """`source` and `target` are ISO 639-1 codes; `alternatives` other versions of the whole text."""

    output: str
    source: str
    target: str
    alternatives: list[str]
    sentences: list[SentencePair]


@dataclass
class _Work:
    """One text on its way: its pieces, and for each the versions of its translation."""

    source: str
    pieces: list[Piece]
    tail: str
    versions: list[list[str]] = field(default_factory=list)


class Translator(Predictor):
    """A model with one way (Marian) or many between languages."""

    def __init__(self, entry: ModelEntry, device: Device, engine: Engine) -> None:
        super().__init__(entry, device)
        self.engine = engine

    @property
    def nbytes(self) -> int:
        return self.engine.nbytes

    def predict(
        self, inputs: Sequence[str], options: TranslationOptions, progress: Progress
    ) -> list[Result | PortalError]:
        watch = Stopwatch()
        with watch.phase("preprocess"):
            works = [self._attempt(text, options) for text in inputs]
        good = [work for work in works if isinstance(work, _Work)]
        with watch.phase("forward"):
            for source in dict.fromkeys(work.source for work in good):
                self._translate([w for w in good if w.source == source], options, progress)
        with watch.phase("postprocess"):
            answers = [w if isinstance(w, PortalError) else _answer(w, options) for w in works]
        timing = watch.timing(len(inputs))
        made = {"model": self.entry.id, "device": self.device.name, "timing": timing}
        return [
            a if isinstance(a, PortalError) else TranslationResult(**a, **made) for a in answers
        ]

    def _attempt(self, text: str, options: TranslationOptions) -> _Work | PortalError:
        try:
            source = routing.source_of(text, options)
            routing.require_pair(self.entry, source, options.target)
        except PortalError as error:
            return error
        return _Work(source, *layout.take_apart(text, source))

    def _translate(
        self, works: list[_Work], options: TranslationOptions, progress: Progress
    ) -> None:
        """Fill `versions` of texts in one language; their sentences go through the model together."""
        pieces = [piece for work in works for piece in work.pieces]
        wanted = list(dict.fromkeys(p.text for p in pieces if p.translatable))
        found = self.engine.translate(wanted, works[0].source, options.target, options, progress)
        known = dict(zip(wanted, found, strict=True))
        for work in works:
            work.versions = [known.get(piece.text, [piece.text]) for piece in work.pieces]


def _answer(work: _Work, options: TranslationOptions) -> dict[str, object]:
    texts = [
        layout.put_together(
            work.pieces,
            work.tail,
            [v[min(number, len(v) - 1)] for v in work.versions],
            options.target,
        )
        for number in range(options.alternatives)
    ]
    pairs = [
        SentencePair(
            source=piece.text, output=versions[0], alternatives=_others(versions[0], versions)
        )
        for piece, versions in zip(work.pieces, work.versions, strict=True)
    ]
    return {
        "output": texts[0],
        "source": work.source,
        "target": options.target,
        "alternatives": _others(texts[0], texts),
        "sentences": pairs,
    }


def _others(first: str, texts: list[str]) -> list[str]:
    """Those that differ from the first and from each other: samples may come out the same."""
    return [text for text in dict.fromkeys(texts) if text != first]


def table(results: Sequence[TranslationResult]) -> Table:
    """A row per sentence: the sentence, its translation, other versions. The header names the languages by their
    codes, or says "source" and "target" where the results differ in them."""
    source = _common({result.source for result in results}, "source")
    target = _common({result.target for result in results}, "target")
    pairs = [pair for result in results for pair in result.sentences]
    versions = max((len(pair.alternatives) for pair in pairs), default=0)
    extra = (f"{target} {number}" for number in range(2, versions + 2))
    rows = ((pair.source, pair.output, *pair.alternatives) for pair in pairs)
    return Table((source, target, *extra), tuple(rows))


def _common(codes: set[str], otherwise: str) -> str:
    return codes.pop() if len(codes) == 1 else otherwise
