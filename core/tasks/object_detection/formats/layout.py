"""What the four numbers of a box mean: their unit, and which points they are of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from core.data.drafts import Draft
from core.errors import N_
from core.tasks.object_detection.formats.annotations import Described, Mark, Numbers, Size

UNITS = ("fractions", "pixels", "percent")
ORDERS = ("center", "corner", "corners")
"""Centre and size; left, top and size; left, top, right, bottom."""
EVIDENCE = 20_000
"""Boxes that are looked at to tell what the numbers mean."""
BEYOND = 1.5
"""No fraction of an image is larger, however carelessly a box was drawn."""
MEANINGS = {
    "center": N_("The four numbers of a box are taken for center x, center y, width and height."),
    "corner": N_("The four numbers of a box are taken for left, top, width and height."),
    "corners": N_("The four numbers of a box are taken for left, top, right and bottom."),
}


@dataclass(frozen=True)
class Layout:
    units: str
    order: str

    def corners(self, mark: Mark, size: Size) -> Numbers:
        """Left, top, right, bottom of a box as fractions of an image of `size`."""
        order = "corners" if mark.outline else self.order
        left, top, right, bottom = _corners(order, mark.numbers)
        wide, high = {"fractions": (1.0, 1.0), "percent": (100.0, 100.0), "pixels": size}[
            self.units
        ]
        return left / wide, top / high, right / wide, bottom / high


YOLO = Layout("fractions", "center")
COCO = Layout("pixels", "corner")


def _corners(order: str, numbers: Numbers) -> Numbers:
    a, b, c, d = numbers
    if order == "center":
        return a - c / 2, b - d / 2, a + c / 2, b + d / 2
    return (a, b, a + c, b + d) if order == "corner" else (a, b, c, d)


def decide(
    draft: Draft,
    usual: Layout,
    described: Iterable[Described],
    size_of: Callable[[Described], Size | None],
) -> Layout:
    """The layout of an archive: the usual one of its format, unless most boxes cannot be meant so. Told where it is
    another, or may be. `size_of`: pixels of the image; None where it cannot be read."""
    pairs = ((one, mark) for one in described for mark in one.marks)
    seen = list(islice(pairs, EVIDENCE))
    units = _units(draft, usual, seen, size_of)
    boxes = []
    for one, mark in seen:
        if mark.outline:
            continue  # corners in any case
        size = {"fractions": (1.0, 1.0), "percent": (100.0, 100.0)}.get(units) or size_of(one)
        if size:
            boxes.append((mark.numbers, size))
    fits = {order: sum(_inside(order, *box) for box in boxes) for order in ORDERS}
    plain = not boxes or (units == usual.units and fits[usual.order] * 2 >= len(boxes))
    if plain and "box_order" not in draft.choices:
        return Layout(units, usual.order)
    best = max((usual.order, *ORDERS), key=lambda order: fits[order])
    likely = usual.order if units == usual.units and fits[best] < len(boxes) else best
    taken = draft.choices.get("box_order") or likely
    order = draft.choose(
        "box_order",
        likely,
        MEANINGS.get(taken, MEANINGS["center"]),
        options=ORDERS,
        guessed=True,
    )
    return Layout(units, order)


def _units(
    draft: Draft,
    usual: Layout,
    seen: list[tuple[Described, Mark]],
    size_of: Callable[[Described], Size | None],
) -> str:
    large = sum(max(mark.numbers) > BEYOND for _one, mark in seen)
    likely = usual.units
    if usual.units == "fractions" and large * 2 > len(seen):
        likely = "percent" if _are_percent(seen, size_of) else "pixels"
    elif usual.units == "pixels" and seen and not large:
        likely = "fractions"
    if likely == usual.units and "box_units" not in draft.choices:
        return likely
    return draft.choose(
        "box_units",
        likely,
        N_(
            "The numbers of the boxes are taken for {taken}: {large} of {count} boxes have numbers above 1."
        ),
        options=UNITS,
        guessed=True,
        large=large,
        count=len(seen),
    )


def _are_percent(
    seen: list[tuple[Described, Mark]], size_of: Callable[[Described], Size | None]
) -> bool:
    """Whether no number exceeds 100 though all images are far larger."""
    sizes = [size for one, _mark in seen[:100] if (size := size_of(one))]
    least = min((min(size) for size in sizes), default=0)
    return least > 200 and all(max(mark.numbers) <= 100 for _one, mark in seen)


def _inside(order: str, numbers: Numbers, size: Size) -> bool:
    """Whether a box of this order has an area, and reaches at most 1 % out of the image."""
    left, top, right, bottom = _corners(order, numbers)
    across, down = size[0] / 100, size[1] / 100
    return -across <= left < right <= size[0] + across and -down <= top < bottom <= size[1] + down
