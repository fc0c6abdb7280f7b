"""The cases by group. A group runs in one process."""

from __future__ import annotations

from importlib import import_module

from tests.hostile.case import Case

GROUPS = ("archives", "images", "documents", "structured", "tables", "texts", "boxes", "models")


def group(name: str) -> list[Case]:
    """The cases of a group; their names differ."""
    found: list[Case] = import_module(f"{__name__}.{name}").CASES
    return found


def fast(name: str) -> list[Case]:
    """What `make test` has time for: every fourth of the cases that take a moment."""
    return [one for one in group(name) if not one.slow][::4]


def warm(name: str) -> None:
    """Import the heavy libraries that a group's readers use: the memory limit counts from there."""
    if name == "models":
        import torch  # noqa: F401
        import torchvision  # noqa: F401
        import transformers  # noqa: F401
