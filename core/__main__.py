"""Command line: `python -m core COMMAND`. The same calls as the pages make.

Exit status 0: done · 1: some input failed, or nothing could run · 2: wrong usage.
"""

from __future__ import annotations

import io
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

from core.cli import bench, data, export, finetune, jobs, models, predict, settings
from core.errors import PortalError, UsageError
from core.files import disk_failure
from core.imports import quiet_libraries

Command = tuple[Callable[[Namespace], int], Callable[[ArgumentParser], None] | None]

COMMANDS: dict[str, Command] = {
    "models": (models.models, models.add_arguments),
    "fetch": (models.fetch, models.add_fetch_arguments),
    "verify": (models.verify, None),
    "predict": (predict.predict, predict.add_arguments),
    "data": (data.data, data.add_arguments),
    "finetune": (finetune.finetune, finetune.add_arguments),
    "jobs": (jobs.jobs, jobs.add_arguments),
    "export": (export.export, export.add_export_arguments),
    "import": (export.import_, export.add_import_arguments),
    "settings": (settings.show, None),
    "bench": (bench.bench, bench.add_arguments),
}
"""What each command runs, with the arguments that it takes. Its docstring is its help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; every failure becomes a line on stderr and an exit status here and nowhere else."""
    quiet_libraries()
    _forgive_terminals()
    args = _parser().parse_args(arguments)
    run, _ = COMMANDS[args.command]
    try:
        return run(args)
    except PortalError as error:
        print(f"python -m core: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print("\npython -m core: interrupted; what was fetched is kept.", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has seen enough
        return 1
    except Exception as error:
        if failure := disk_failure(error):  # whichever library met it
            print(f"python -m core: {failure}", file=sys.stderr)
            return 1
        raise


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m core", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (run, add_arguments) in COMMANDS.items():
        sub = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        if add_arguments:
            add_arguments(sub)
    return parser


def _forgive_terminals() -> None:
    """A terminal that cannot show 猫 shows ? instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
