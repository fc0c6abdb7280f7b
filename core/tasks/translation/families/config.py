"""What the record of every family of translators holds: the directions that a model knows."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field

from core.inputs.languages import NAMES
from core.models.catalog import FamilyConfig, ModelEntry


def _known(code: str) -> str:
    if code not in NAMES:
        raise ValueError("not a language of the portal")
    return code


Code = Annotated[str, AfterValidator(_known)]
"""ISO 639-1, one of `NAMES`."""
Targets = Annotated[tuple[Code, ...], Field(min_length=1, max_length=len(NAMES))]


class TranslatorConfig(FamilyConfig):
    """`kind` names the family in `model.json`; `pairs` are, for each source language, the languages it is
    translated into."""

    kind: str
    pairs: dict[Code, Targets] = Field(min_length=1)

    def translates(self, source: str, target: str) -> bool:
        """Whether the model knows the way from one language to the other."""
        return target in self.pairs.get(source, ())

    def narrowed(self, source: str, target: str) -> Self:
        """The record of a model that was fine-tuned from this one on a single direction."""
        return self.model_copy(update={"pairs": {source: (target,)}})


def config_of(entry: ModelEntry) -> TranslatorConfig:
    """The record of a translator in the catalogue."""
    assert isinstance(entry.config, TranslatorConfig)
    return entry.config
