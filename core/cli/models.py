"""`python -m core models|fetch|verify`: which models there are, and their files."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from core import tasks
from core.cli import printing
from core.data.samples import PHOTOGRAPHS
from core.errors import N_, PortalError, UsageError
from core.models import catalog, finetuned, weights
from core.models.catalog import ModelEntry, Weights
from core.models.weights import State
from core.progress import Progress
from core.settings import settings
from core.tasks import registry


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--task")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--remove", metavar="ID", help="remove one that was fine-tuned here")


def models(args: Namespace) -> int:
    """List the models of one task, or all, with their state; or remove one."""
    if args.remove:
        _remove(args.remove)
        return 0
    if args.task:
        tasks.find(args.task)
    entries = catalog.entries(args.task)
    states = weights.states(entries)
    for entry in entries:
        row = _row(entry, states[entry.id])
        if args.json:
            printing.line(row)
        else:
            known = f"{entry.id:34} {states[entry.id].kind:13} {entry.size_mb:7.1f} MB"
            print(f"{known}  {row['score']:22} {row['licence']}")
    for bad in registry.damaged_models():
        printing.damaged(bad.id, str(bad.why), "models --remove", as_json=args.json)
    return 0


def _remove(model_id: str) -> None:
    """Damaged or not; weights that were fetched are removed on the Models page."""
    if model_id not in {one.id for one in registry.damaged_models()}:
        entry = catalog.find(model_id)
        if not entry.finetuned:
            raise UsageError(N_("{id} was not fine-tuned here."), id=model_id)
    finetuned.remove(model_id)


def _row(entry: ModelEntry, state: State) -> dict[str, object]:
    return {
        "id": entry.id,
        "task": entry.task,
        "family": entry.family,
        "state": state.kind,
        "size": entry.size_mb,
        "licence": " + ".join(licence.name for licence in entry.licences),
        "score": str(entry.measured or entry.published or "not stated"),
        "source": " + ".join(w.source.kind for w in entry.weights),
    }


def add_fetch_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--starters", action="store_true")
    parser.add_argument("ids", nargs="*", metavar="ID")


def fetch(args: Namespace) -> int:
    """Fetch weights by model id, or all starters."""
    wanted = list(tasks.starter_weights()) if args.starters else []
    for model_id in args.ids:
        known = (PHOTOGRAPHS,) if model_id == PHOTOGRAPHS.name else catalog.find(model_id).weights
        wanted += [w for w in known if w not in wanted and not w.bundled]
    if not wanted:
        raise UsageError(N_("Name at least one model, or --starters."))
    missing = [w for w in wanted if not weights.is_ready(w)]
    for w in missing:
        print(f"{w.name}: {w.licence.name} {w.licence.url}\n  {w.licence.notice}".rstrip())
    for w in missing:
        weights.fetch(w, Progress(report=printing.progress(w.name)))
        print(f"{w.name:22} ready", file=sys.stderr)
    print(f"{len(wanted)} ready ({len(missing)} fetched now) in {settings().data}")
    return 0


def verify(args: Namespace) -> int:
    """Compare every file on disk with its SHA-256."""
    known = {w.name: w for entry in catalog.entries() for w in entry.weights}
    known[PHOTOGRAPHS.name] = PHOTOGRAPHS
    there = [w for w in known.values() if not w.bundled and weights.manifest(w)]
    good = [_is_good(w) for w in there]
    return 0 if all(good) else 1


def _is_good(w: Weights) -> bool:
    try:
        weights.verify(w, Progress())
        print(f"good     {w.name}")
        return True
    except PortalError as error:
        print(f"damaged  {w.name}: {error}")
        return False
