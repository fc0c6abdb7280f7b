"""What is noted while untrusted data is read: what was assumed, what is wrong, and what a person chose instead.

The rule of all readers is "right, or told". Whatever the data does not say for certain (its encoding, which column
holds the labels) is decided with `Reading.choose`, which notes the decision and lets a person overrule it; whatever is
left out, merged or cut is noted with `Reading.trouble`, with the file, line or row and the value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import N_, PortalError, UsageError, sayable

PIXELS = 200
"""Pixels a byte explains: photographs have up to ten, drawings up to a hundred, one colour alone thousands."""
LISTED = 200
"""Problems of one kind that are kept in words; beyond, they are counted."""


@dataclass(frozen=True)
class Note:
    """A message with `{origin}` and more to fill in, as in an error."""

    kind: str
    template: str
    values: dict[str, object]

    def __post_init__(self) -> None:
        said = {name: sayable(value) for name, value in self.values.items()}
        object.__setattr__(self, "values", said)

    def __str__(self) -> str:
        return self.template.format(**self.values)


@dataclass(frozen=True)
class Problem(Note):
    """Something wrong with the data.

    `sample` is the position of the sample it concerns, if any. `fatal` ones leave the sample out in any case; the
    others may be dropped or kept.
    """

    sample: int | None = None
    fatal: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "message": str(self),
            "fatal": self.fatal,
            "sample": self.sample,
        }


@dataclass(frozen=True)
class Assumption(Note):
    """How something was taken that the data does not say for certain.

    `choice` names the entry of `Reading.choices` that takes it otherwise, `taken` is what it is now, `options` are
    what else it can be (none, where any text will do). `guessed`: another option is nearly as likely.
    """

    choice: str = ""
    taken: str = ""
    options: tuple[str, ...] = ()
    guessed: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "message": str(self),
            "choice": self.choice,
            "taken": self.taken,
            "options": list(self.options),
            "guessed": self.guessed,
        }


@dataclass
class Reading:
    """Notes of one reading. `choices` are a person's, by the name that an assumption shows."""

    choices: Mapping[str, str] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """At most LISTED of each kind; `counts` has them all."""
    counts: Counter[str] = field(default_factory=Counter)
    """Problems by kind."""
    concerning: Counter[str] = field(default_factory=Counter)
    """Problems by kind of those that concern a sample."""
    fatal: set[int] = field(default_factory=set)
    """Samples that cannot be used."""
    doubtful: set[int] = field(default_factory=set)
    """Samples with a problem, fatal or not."""
    pixels_left: float = 5e8
    """Pixels that may still be decoded; grows by `PIXELS` for every byte that was given (`give`)."""

    def give(self, size: int) -> None:
        """Allow the work that a file of `size` bytes, as it was packed, may cost."""
        self.pixels_left += PIXELS * size

    def choose(
        self,
        choice: str,
        taken: str,
        template: str,
        *,
        options: Sequence[str] = (),
        guessed: bool = False,
        **values: object,
    ) -> str:
        """What a person chose for `choice`, else `taken`. Noted once for each `choice` and message, which may hold
        `{taken}`.

        Raises:
            UsageError: the person's choice is none of `options`.
        """
        chosen = self.choices.get(choice, "")
        if chosen and options and chosen not in options:
            raise UsageError(
                N_("{choice} cannot be “{value}”. There are: {options}."),
                choice=choice,
                value=chosen,
                options=", ".join(options),
            )
        result = chosen or taken
        self._note(
            Assumption(
                choice,
                template,
                {**values, "taken": result},
                choice,
                result,
                tuple(options),
                guessed and not chosen,
            )
        )
        return result

    def assume(self, kind: str, template: str, **values: object) -> None:
        """Note how something was taken that a person cannot change."""
        self._note(Assumption(kind, template, values))

    def trouble(
        self,
        kind: str,
        template: str,
        *,
        sample: int | None = None,
        fatal: bool = False,
        **values: object,
    ) -> None:
        """Note something wrong; see `Problem`."""
        self._add(Problem(kind, template, values, sample, fatal))

    def unreadable(self, error: PortalError) -> None:
        """Note something that is left out because reading it failed with `error`."""
        self._add(Problem("unreadable", error.template, error.values))

    def why(self, most: int = 3) -> str:
        """The problems in words, the most frequent kind first, one of each of the first `most` kinds."""
        first = {p.kind: p for p in reversed(self.problems)}
        lines = []
        for kind, count in self.counts.most_common(most):
            times = f"{count} × " if count > 1 else ""
            lines.append(f"{times}{first[kind]}")
        return " ".join(lines)

    def _add(self, problem: Problem) -> None:
        self.counts[problem.kind] += 1
        if problem.sample is not None:
            self.concerning[problem.kind] += 1
            self.doubtful.add(problem.sample)
            if problem.fatal:
                self.fatal.add(problem.sample)
        if self.counts[problem.kind] <= LISTED:
            self.problems.append(problem)

    def _note(self, one: Assumption) -> None:
        if one not in self.assumptions:
            self.assumptions.append(one)
