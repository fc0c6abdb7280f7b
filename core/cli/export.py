"""`python -m core export|import`: fine-tuned models as zip files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from core.errors import N_, UsageError
from core.inputs.reading import Reading
from core.models import catalog
from core.tasks import exports


def add_export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID")
    parser.add_argument("file", metavar="FILE.zip")


def export(args: Namespace) -> int:
    """Write a fine-tuned model as a zip file that works without this portal."""
    entry, target = catalog.find(args.id), Path(args.file)
    if not entry.finetuned or not target.parent.is_dir():
        raise UsageError(
            N_("Name a model that was fine-tuned here, and a file in a folder that exists.")
        )
    print(exports.archive(entry, target))
    return 0


def add_import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE.zip")


def import_(args: Namespace) -> int:
    """Add a model from a zip file that a portal exported; prints its id, and on the error stream what was left out."""
    reading = Reading()
    entry = exports.read_in(Path(args.file), Path(args.file).name, reading)
    for problem in reading.problems:
        print(problem, file=sys.stderr)
    print(entry.id)
    return 0
