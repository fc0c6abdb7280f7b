"""Memory: how much an answer holds, and how what is free goes back to the system, which Python and torch keep for the
next time unless they are asked."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Collection, Mapping


def give_back(devices: Collection[str] = ()) -> None:
    """Collect what nobody refers to, and return free memory to the system and to the drivers of `devices`."""
    gc.collect()
    if any(name.startswith("cuda") for name in devices):
        import torch

        torch.cuda.empty_cache()
    trim()


def trim() -> None:
    """Return what the C library has free to the system; only glibc keeps much and can be told to."""
    if sys.platform == "linux" and (release := getattr(ctypes.CDLL(None), "malloc_trim", None)):
        release(0)


def size_of(value: object) -> int:
    """About how many bytes a result holds: images, arrays, bytes and texts in lists, dicts and objects."""
    if isinstance(value, str | bytes | int | float | None):
        return sys.getsizeof(value)
    if hasattr(value, "tobitmap"):  # a Pillow image: four bytes a pixel
        return 4 * int(getattr(value, "width", 0)) * int(getattr(value, "height", 0))
    if hasattr(value, "nbytes"):
        return int(value.nbytes)
    if isinstance(value, Mapping):
        return sum(size_of(one) for pair in value.items() for one in pair)
    if isinstance(value, Collection):
        return sum(map(size_of, value))
    return sys.getsizeof(value) + sum(map(size_of, getattr(value, "__dict__", {}).values()))
