"""Command line: `python -m core COMMAND`. The same calls as the pages make.

Exit status 0: done · 1: some input failed, or nothing could run · 2: wrong usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from core import tasks
from core.cli import finetune, predict
from core.data.samples import PHOTOGRAPHS
from core.errors import N_, PortalError, UsageError
from core.imports import quiet_libraries
from core.models import catalog, weights
from core.progress import Progress
from core.settings import settings
from core.tasks import exports


def models(args: argparse.Namespace) -> int:
    """List the models of one task, or all, with their state."""
    if args.task:
        tasks.find(args.task)
    entries = catalog.entries(args.task)
    states = weights.states(entries)
    for entry in entries:
        row = {
            "id": entry.id,
            "task": entry.task,
            "family": entry.family,
            "state": states[entry.id].kind,
            "size": entry.size_mb,
            "licence": " + ".join(licence.name for licence in entry.licences),
            "score": str(entry.measured or entry.published or "not stated"),
            "source": " + ".join(w.source.kind for w in entry.weights),
        }
        if args.json:
            print(json.dumps(row, ensure_ascii=False))
        else:
            print("{id:34} {state:13} {size:7.1f} MB  {score:22} {licence}".format(**row))
    return 0


def fetch(args: argparse.Namespace) -> int:
    """Fetch weights by model id, or all starters."""
    wanted = list(tasks.starter_weights()) if args.starters else []
    for model_id in args.ids:
        known = [PHOTOGRAPHS] if model_id == PHOTOGRAPHS.name else catalog.find(model_id).weights
        wanted += [w for w in known if w not in wanted and not w.bundled]
    if not wanted:
        raise UsageError(N_("Name at least one model, or --starters."))
    missing = [w for w in wanted if not weights.is_ready(w)]
    for w in missing:
        print(f"{w.name}: {w.licence.name} {w.licence.url}\n  {w.licence.notice}".rstrip())
    for w in missing:
        weights.fetch(w, Progress(report=_bar(w.name)))
        print(f"{w.name:22} ready", file=sys.stderr)
    print(f"{len(wanted)} ready ({len(missing)} fetched now) in {settings().data}")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Compare every file on disk with its SHA-256."""
    failed = 0
    known = {w.name: w for e in catalog.entries() for w in e.weights} | {
        PHOTOGRAPHS.name: PHOTOGRAPHS
    }
    for w in known.values():
        if w.bundled or not weights.manifest(w):
            continue
        try:
            weights.verify(w, Progress())
            print(f"good     {w.name}")
        except PortalError as error:
            failed += 1
            print(f"damaged  {w.name}: {error}")
    return 1 if failed else 0


def export(args: argparse.Namespace) -> int:
    """Write a fine-tuned model as a zip file that works without this portal."""
    entry, target = catalog.find(args.id), Path(args.file)
    if not entry.finetuned or not target.parent.is_dir():
        raise UsageError(
            N_("Name a model that was fine-tuned here, and a file in a folder that exists.")
        )
    print(exports.archive(entry, target))
    return 0


def import_(args: argparse.Namespace) -> int:
    """Add a model from a zip file that a portal exported; prints its id."""
    print(exports.read_in(Path(args.file), Path(args.file).name).id)
    return 0


def show_settings(args: argparse.Namespace) -> int:
    """Print every setting with its value and what it means."""
    for name, field in type(settings()).model_fields.items():
        print(f"PORTAL_{name.upper()}={getattr(settings(), name)}  # {field.description}")
    return 0


def bench(args: argparse.Namespace) -> int:
    """Measure our calls against the bare libraries, in one run."""
    if args.what == "finetune":
        from core.cli.bench_finetune import main as finetuning

        return finetuning(args.rounds)
    from core.cli.bench import main

    return main(args.what, args.rounds)


def _bar(name: str) -> Callable[[float, float | None, str], None]:
    """Progress on stderr, stdout stays for results: a moving line, or a line per file in a log."""
    moving = sys.stderr.isatty()
    last = ["", 0.0]

    def report(done: float, total: float | None, note: str) -> None:
        finished = total is not None and done >= total
        if (
            time.monotonic() - last[1] < (0.1 if moving else 10)
            and note == last[0]
            and not finished
        ):
            return
        last[:] = [note, time.monotonic()]
        share = f"{done / total:4.0%} {done / 1e6:6.1f} MB" if total else "  …"
        line = f"{name:22} {share:15} {note[:60]}"
        print(
            f"\r{line:100}" if moving else line,
            end="" if moving else "\n",
            file=sys.stderr,
            flush=True,
        )

    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m core", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        sub.set_defaults(run=run)
        return sub

    sub = command("models", models)
    sub.add_argument("--task")
    sub.add_argument("--json", action="store_true")
    sub = command("fetch", fetch)
    sub.add_argument("--starters", action="store_true")
    sub.add_argument("ids", nargs="*", metavar="ID")
    command("verify", verify)
    predict.add_arguments(command("predict", predict.predict))
    finetune.add_commands(command)
    sub = command("export", export)
    sub.add_argument("id", metavar="ID")
    sub.add_argument("file", metavar="FILE.zip")
    command("import", import_).add_argument("file", metavar="FILE.zip")
    command("settings", show_settings)
    sub = command("bench", bench)
    sub.add_argument("what", choices=["predict", "start", "finetune"])
    sub.add_argument("--rounds", type=int, default=5)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    quiet_libraries()
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # a terminal that cannot show 猫 shows ? instead of failing
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    args: Any = _parser().parse_args(arguments)
    try:
        return args.run(args)
    except UsageError as error:
        print(f"python -m core: {error}", file=sys.stderr)
        return 2
    except PortalError as error:
        print(f"python -m core: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\npython -m core: interrupted; what was fetched is kept.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
