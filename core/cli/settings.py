"""`python -m core settings`: every limit and where it comes from."""

from __future__ import annotations

from argparse import Namespace

from core.settings import settings


def show(args: Namespace) -> int:
    """Print every setting with its value and what it means."""
    for name, field in type(settings()).model_fields.items():
        print(f"PORTAL_{name.upper()}={getattr(settings(), name)}  # {field.description}")
    return 0
