"""How the heavy libraries are imported: quietly, inside functions, and from several threads at once.

Python lets a thread import `a.b` while another one is still in the middle of `a`, and the first to need
what the other has not defined yet fails; transformers puts another module in its place when it is
done. Both end in an ImportError that a second try does not meet.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
LIBRARIES = ("torch", "torchvision", "timm", "transformers", "diffusers", "ultralytics")
"""Those that take long to import."""
ADVICE = ("peft", "torchdata", "accelerate", *LIBRARIES)
"""Libraries whose warnings to each other say nothing to whoever runs the portal."""
QUIET = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",  # "Loading weights" of transformers and diffusers obeys it too
    "TRANSFORMERS_VERBOSITY": "error",
    "DIFFUSERS_VERBOSITY": "error",
}


def quiet_libraries() -> None:
    """Keep progress bars, advice and deprecations of the libraries off stderr, in this process and in those
    that it starts. To be called before any of `LIBRARIES` is imported: they read the environment once.

    What a person has set in the environment wins. A deprecation in a call of our own is still shown, as far
    as the library says who called: it is ours to mend.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    libraries = "|".join(ADVICE)
    for category in (FutureWarning, DeprecationWarning):
        warnings.filterwarnings("ignore", category=category, module=rf"({libraries})(\.|$)")
    # torchdata calls what torch has deprecated, and torch says so as a plain warning
    warnings.filterwarnings("ignore", message="'set_vital' is deprecated", category=UserWarning)


def tried_twice(call: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    """What `call(*given)` returns, once no other thread is in the middle of a library; called again where
    an import inside it failed all the same."""
    _wait_for_others()
    try:
        return call(*given, **named)
    except ImportError:
        _wait_for_others()
        return call(*given, **named)


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
