"""Class names in the languages of the interface: files `labels_<language>.json` in an application's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path


class ClassNames:
    """Translations of a model's class names: a list in the order of the classes (ImageNet calls two classes "crane"),
    or a mapping from the English name. What is missing stays as the model says it."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages there are files for."""
        found = self.folder.glob("labels_*.json") if self.folder else ()
        return tuple(sorted(path.stem.removeprefix("labels_") for path in found))

    def name(self, label: str, language: str, index: int | None = None) -> str:
        """The class `label` (number `index` among the classes) in `language`."""
        known = self._known(language)
        if isinstance(known, list):
            return known[index] if index is not None and index < len(known) else label
        return known.get(label, label)

    def mapping(self, language: str) -> Mapping[str, str]:
        """{English name: name in `language`}, empty where there is none."""
        known = self._known(language)
        return known if isinstance(known, dict) else {}

    def _known(self, language: str) -> dict[str, str] | list[str]:
        if self.folder is None or language not in self.languages:
            return {}
        return _read(self.folder / f"labels_{language}.json")


@lru_cache(maxsize=16)
def _read(path: Path) -> dict[str, str] | list[str]:
    names: dict[str, str] | list[str] = json.loads(path.read_text("utf-8"))
    return names
