"""The classes of a draft: named by its files or by a person, and what becomes of those without a name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.data.drafts import Draft
from core.errors import N_
from core.tasks.object_detection.boxes import MOST_CLASSES
from core.tasks.object_detection.formats.class_names import clean, shown


def settled(
    draft: Draft, source: str, names: Sequence[str], used: Mapping[int, str], least: int = 0
) -> list[str]:
    """The name of every class by its number. `names` are those in the file `source` ("" without one), `used` says of
    every number in use where it stands first; there are `least` classes in any case."""
    typed = _by_person(draft)
    given = typed or list(names)
    if typed:
        template = N_("You named the classes: {shown}.")
    elif source:
        template = N_("{source} names the classes: {shown}.")
    elif given:
        template = N_("The label files name the classes themselves: {shown}.")
    else:
        template = N_(
            "No file names the classes: {shown}. Give their names in the order of their numbers, separated by commas."
        )
    count = max(len(given), max(used, default=-1) + 1, least)
    numbered = [(given[i] if i < len(given) else "") or f"class {i}" for i in range(count)]
    draft.choose(
        "classes",
        ", ".join(given),
        template,
        guessed=not (source or given),
        source=source,
        shown=shown(numbered) or "–",
    )
    if given:
        for number, origin in sorted(used.items()):
            if number >= len(given) or not given[number]:
                draft.trouble(
                    "unnamed_class",
                    N_(
                        "{origin}: class {number} has no name (there are {count} names); it is called “{name}”."
                    ),
                    origin=origin,
                    number=number,
                    count=len(given),
                    name=numbered[number],
                )
    return _distinct(draft, numbered)


def _by_person(draft: Draft) -> list[str]:
    """The names that a person typed, separated by line ends or else commas."""
    typed = draft.choices.get("classes", "").strip()
    names = re.split(r"\r\n?|\n" if "\n" in typed else "[,，;；]", typed) if typed else []
    return [clean(name) for name in names[:MOST_CLASSES]]


def _distinct(draft: Draft, names: Sequence[str]) -> list[str]:
    """The names, with the number of its class behind one that another class has too."""
    taken: dict[str, int] = {}
    folded: dict[str, int] = {}
    found = []
    for number, name in enumerate(names):
        other = folded.setdefault(name.casefold(), number)
        called = name if name not in taken else f"{name} ({number})"
        if other != number:
            draft.trouble(
                "alike_names",
                N_(
                    "Class {other} is called “{first}” and class {number} “{name}”: they stay two classes, the second "
                    "is called “{called}”. Give one name to the data if they are one."
                ),
                other=other,
                first=names[other],
                number=number,
                name=name,
                called=called,
            )
        taken.setdefault(called, number)
        found.append(called)
    return found
