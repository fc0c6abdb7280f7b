"""What the columns of label files mean: boxes, boxes with what tracking adds, pose labels, or outlines.

After the class stand 4 numbers of a box; 5 (a confidence or a track besides); 6 (both: only if the last is a whole
number on every line of the archive, otherwise a triangle); 4 and the keypoints of `kpt_shape`; or, an even number of
them, the corners of an outline.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from core.data.drafts import Draft
from core.errors import N_
from core.tasks.object_detection.formats.annotations import Numbers
from core.tasks.object_detection.formats.label_files import Line

FORMATS = ("boxes", "tracking", "pose", "outlines")
MEANINGS = {
    "boxes": N_(
        "The first four numbers of a line are taken for the box; further columns are left out."
    ),
    "tracking": N_(
        "Lines with six or seven columns are taken for class, box and what tracking adds ({extra}), which is left out."
    ),
    "pose": N_(
        "The lines are taken for pose labels: class, box and {extra}. The keypoints are left out."
    ),
    "outlines": N_(
        "Lines with {columns} columns are taken for a class and the corners of an outline or of an oriented box; "
        "the upright box around them is used."
    ),
}


@dataclass
class Columns:
    """What all lines of an archive have in common. `keypoints`: how many, and numbers of each."""

    keypoints: tuple[int, int] | None = None
    counts: Counter[int] = field(default_factory=Counter)
    """Lines by how many numbers follow the class."""
    first: dict[int, str] = field(default_factory=dict)
    """Where a line with so many numbers stands first."""
    whole: bool = True
    """The sixth number is whole, after one in [0, 1], on every line of six."""
    confident: bool = True
    """The fifth number is in [0, 1] on every line of five."""
    numbered: bool = True
    """The fifth number is whole and not negative on every line of five."""
    visible: bool = True
    """Every third number of the lines beyond a box is a visibility: 0, 1 or 2."""
    posed: set[int] = field(default_factory=set)
    """How many numbers follow the class in pose labels; known once it is decided."""

    def see(self, line: Line, origin: str) -> None:
        numbers = line.numbers
        count = len(numbers)
        self.counts[count] += 1
        self.first.setdefault(count, origin)
        if count == 5:
            self.confident &= 0 <= numbers[4] <= 1
            self.numbered &= numbers[4] >= 0 and numbers[4].is_integer()
        elif count == 6:
            self.whole &= 0 <= numbers[4] <= 1 and numbers[5] >= 0 and numbers[5].is_integer()
        if count > 6:
            rest = numbers[4:]
            self.visible &= len(rest) % 3 == 0 and set(rest[2::3]) <= {0, 1, 2}

    def decide(self, draft: Draft) -> str:
        """One of FORMATS, told where a line has more than a box."""
        beyond = sorted(set(self.counts) - {4})
        if not beyond:
            return "boxes"
        self.posed = self._pose()
        likely = self._likely()
        taken = draft.choices.get("label_format") or likely
        result = draft.choose(
            "label_format",
            likely,
            MEANINGS.get(taken, MEANINGS["boxes"]),
            options=FORMATS,
            guessed=self._is_guess(likely),
            extra=self._extra(taken),
            columns=", ".join(str(n + 1) for n in beyond[:8]),
        )
        if result == "outlines" and self.counts[4]:
            self._mixed(draft)
        return result

    def box(self, numbers: tuple[float, ...], taken: str) -> tuple[Numbers, bool] | None:
        """The box of a line's numbers, and whether it is that around an outline (left, top, right, bottom); None
        where a line of this format has not so many."""
        count = len(numbers)
        fits = {
            "boxes": True,
            "tracking": count <= 6 and (count != 5 or self.confident or self.numbered),
            "pose": count == 4 or count in self.posed,
            "outlines": count == 4,
        }
        if fits[taken]:
            return (numbers[0], numbers[1], numbers[2], numbers[3]), False
        if taken == "outlines" and count >= 6 and count % 2 == 0:
            x, y = numbers[::2], numbers[1::2]
            return (min(x), min(y), max(x), max(y)), True
        return None

    def _pose(self) -> set[int]:
        if self.keypoints:
            return {4 + self.keypoints[0] * self.keypoints[1]}
        return {n for n in self.counts if n > 4 and ((n - 4) % 3 == 0 or n % 2 == 0)}

    def _likely(self) -> str:
        beyond = set(self.counts) - {4}
        if self.keypoints and (beyond & self.posed or not beyond <= {5, 6}):
            return "pose"
        if max(beyond) > 6 and self.visible and not beyond & {5, 6}:
            return "pose"
        if max(beyond) > 6 or (6 in beyond and not self.whole):
            return "outlines"
        return "tracking"

    def _is_guess(self, likely: str) -> bool:
        if likely == "pose":
            return not self.keypoints
        longer = [n for n in self.counts if n >= 10]
        return likely == "outlines" and len(longer) == 1 and self.counts.total() > 1

    def _extra(self, taken: str) -> str:
        if taken == "pose":
            if self.keypoints:
                return "{} × {}".format(*self.keypoints)
            return ", ".join(str(n - 4) for n in sorted(self.posed))
        found = []
        if 6 in self.counts or not self.numbered:
            found.append("confidence")
        if 6 in self.counts or self.numbered:
            found.append("track")
        return ", ".join(found)

    def _mixed(self, draft: Draft) -> None:
        outlines = next(n for n in sorted(self.counts) if n >= 6)
        draft.trouble(
            "mixed_labels",
            N_(
                "{boxes} lines are boxes ({first}) and {outlines} are outlines ({other}): one of them may be wrong. "
                "Both are read."
            ),
            boxes=self.counts[4],
            first=self.first[4],
            outlines=sum(count for n, count in self.counts.items() if n >= 6),
            other=self.first[outlines],
        )
