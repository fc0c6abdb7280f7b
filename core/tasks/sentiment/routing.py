"""Which model answers a text: one that knows its language and is on this computer."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import N_, TextError
from core.inputs import languages, texts
from core.models import weights
from core.models.catalog import ModelEntry
from core.tasks.sentiment.catalog import ENGLISH_STARTER, ENTRIES
from core.tasks.sentiment.families.hub import HubConfig

UNKNOWN = N_("a language that the portal cannot name")


def route(text: str, options: object, ready: Sequence[ModelEntry]) -> str:
    """The id of the model for `text` among those that are `ready`, best first. A text without letters (an
    emoji) goes where English goes.

    Raises:
        TextError: no model here knows its language; says which language that is.
        NotReadyError: English weights are still to be fetched; names the command.
    """
    texts.clean(text)
    language = languages.detect(text) or ("" if any(c.isalpha() for c in text) else "en")
    for knows in (_speaks, _tries):
        for entry in ready:
            if knows(entry, language):
                return entry.id
    if language == "en":
        weights.require(ENGLISH_STARTER)
    other = next(e for e in ENTRIES if _tries(e, language))
    raise TextError(
        N_(
            "This looks like {language}, which no model on this computer knows. Fetch “{model}” on "
            "the Models page, or choose a model yourself."
        ),
        language=languages.NAMES.get(language, UNKNOWN),
        model=other.title,
    )


def _speaks(entry: ModelEntry, language: str) -> bool:
    return language in entry.languages


def _tries(entry: ModelEntry, language: str) -> bool:
    return isinstance(entry.config, HubConfig) and entry.config.any_language
