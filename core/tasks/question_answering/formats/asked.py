"""A question as its file has it, and the values that files spell in many ways."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.data.drafts import Draft
from core.errors import N_

BEYOND = 10**18
"""Numbers beyond are no offsets."""
YES = ("true", "1", "1.0", "yes", "y")


@dataclass(frozen=True)
class Said:
    """An answer and the offset at which it is said to stand; None where the file does not say."""

    text: str
    offset: int | None = None


@dataclass(frozen=True)
class Asked:
    """A question with its passage as given; `answers` are empty where the passage has none."""

    origin: str
    passage: str
    question: str
    answers: list[Said] = field(default_factory=list)
    id: str = ""


def none_of(draft: Draft, answers: Sequence[Said], origin: str) -> list[Said]:
    """The answers of a question that is marked as impossible: none. What stands there in spite of that is told."""
    if answers:
        draft.trouble(
            "impossible",
            N_(
                "{origin} is marked as impossible and has the answer “{answer}”; it counts as none."
            ),
            origin=origin,
            answer=answers[0].text[:80],
        )
    return []


def offset(draft: Draft, value: object, origin: str) -> int | None:
    """The whole number that an offset is, whoever wrote it: 78, "78", 78.0, " 78.0 ". None for none: null, "", −1, NaN.
    What else it may be is told."""
    if value is None or value == "":
        return None
    number: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = value
    elif isinstance(value, str) and len(value) < 40:
        number = _number(value)
    if number is not None and (math.isnan(number) or number == -1):
        return None
    if number is not None and 0 <= number < BEYOND and number == int(number):
        return int(number)
    draft.trouble(
        "offset",
        N_("{origin}: “{value}” is no offset; the answer is looked up in the passage."),
        origin=origin,
        value=str(value)[:40],
    )
    return None


def _number(text: str) -> float | None:
    text = text.strip()
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        return None


def is_yes(value: object) -> bool:
    """Whether a flag is set: true, 1, "True", "1.0"."""
    return str(value).strip().lower() in YES
