"""`python -m core settings`: every limit and where it comes from."""

from __future__ import annotations

from argparse import Namespace

from core import files
from core.settings import settings


def show(args: Namespace) -> int:
    """Print every setting with its value and what it means."""
    for name, field in type(settings()).model_fields.items():
        print(f"PORTAL_{name.upper()}={getattr(settings(), name)}  # {field.description}")
    state = files.probe(settings().data)
    print(f"# The data folder: {state.trouble or 'writable'}, {state.free_mb:.0f} MB free")
    return 0
