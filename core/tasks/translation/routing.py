"""Which language is a text in, and which model takes it into the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import N_, NotReadyError, TextError, UsageError
from core.inputs import languages
from core.models.catalog import ModelEntry
from core.tasks.translation.catalog import ENTRIES
from core.tasks.translation.families.config import config_of

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationOptions


def source_of(text: str, options: TranslationOptions) -> str:
    """The language to translate from, detected if need be.

    Raises:
        TextError: it cannot be detected, or the text is in the target language already.
        UsageError: source and target are the same.
    """
    if options.source == options.target:
        raise UsageError(
            N_("Source and target are both {language}. Choose two languages."),
            language=languages.NAMES[options.target],
        )
    if options.source != "auto":
        return options.source
    found = languages.detect(text)
    if found is None:
        raise TextError(N_("The language of the text could not be detected. Choose it."))
    if found == options.target:
        raise TextError(
            N_("The text seems to be in {language} already. Choose another target, or the source."),
            language=languages.NAMES[found],
        )
    return found


def route(text: str, options: TranslationOptions, ready: Sequence[ModelEntry]) -> str:
    """The id of the best ready model for a text: its own pair, then many languages, then examples.

    Raises:
        TextError, UsageError: see `source_of`.
        NotReadyError: the models that do are not on this computer.
    """
    source = source_of(text, options)
    for entry in ready:
        if config_of(entry).translates(source, options.target):
            return entry.id
    able = [e for e in ENTRIES if config_of(e).translates(source, options.target)]
    raise NotReadyError(
        N_(
            "No model from {source} to {target} is on this computer yet. Fetch one of {ids} on the "
            "Models page or with: python -m core fetch {first}"
        ),
        source=languages.NAMES[source],
        target=languages.NAMES[options.target],
        ids=", ".join(e.id for e in able),
        first=able[-1].id,
    )


def require_pair(entry: ModelEntry, source: str, target: str) -> None:
    """Refuse a way that a model does not know, naming those it does.

    Raises:
        UsageError: see above.
    """
    config = config_of(entry)
    if config.translates(source, target):
        return
    raise UsageError(
        N_("{id} cannot go from {source} to {target}. It can go from {sources} to {targets}."),
        id=entry.id,
        source=languages.NAMES[source],
        target=languages.NAMES[target],
        sources=", ".join(sorted(config.pairs)),
        targets=", ".join(sorted({t for targets in config.pairs.values() for t in targets})),
    )
