"""Memory given back to the system. What Python and torch free stays with the process for the next time, unless it is
asked for."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Collection


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
