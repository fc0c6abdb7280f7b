"""Libraries are imported inside functions, so several threads may import the same one at once.

Python lets a thread import `a.b` while another one is still in the middle of `a`, and the first to need
what the other has not defined yet fails; transformers puts another module in its place when it is
done. Both end in an ImportError that a second try does not meet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")
LIBRARIES = ("torch", "torchvision", "timm", "transformers", "diffusers", "ultralytics")
"""Those that take long to import."""


def tried_twice(call: Callable[[], T]) -> T:
    """What `call` returns, once no other thread is in the middle of a library; called again where an
    import inside it failed all the same."""
    _wait_for_others()
    try:
        return call()
    except ImportError:
        _wait_for_others()
        return call()


def resolve(dotted: str) -> object:
    """What stands behind `package.module:name`."""
    module, _, name = dotted.partition(":")
    found: object = getattr(import_module(module), name)
    return found


def _wait_for_others() -> None:
    """Importing a library from its top waits for the thread that does so already."""
    for name in LIBRARIES:
        spec = getattr(sys.modules.get(name), "__spec__", None)
        if getattr(spec, "_initializing", False):  # importlib's own mark
            import_module(name)
