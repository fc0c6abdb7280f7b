"""`python -m core predict TASK …`: inputs from the command line, one result per line.

The flags are the fields of the application's `Options`; they are parsed in a second step, when the
application is known.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import islice

from core import tasks
from core.cli import flags, printing
from core.errors import PortalError, SkippedError
from core.inputs.reading import Reading
from core.models import catalog
from core.serving.options import Options
from core.serving.predictor import Result
from core.tasks.application import Application
from core.tasks.input_kinds import Labelled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help=", ".join(tasks.names()))
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="…", help="see predict TASK --help"
    )


def predict(args: argparse.Namespace) -> int:
    """Run an application's model on files or texts; `predict TASK --help` lists the options."""
    application = tasks.find(args.task)
    prediction = application.predicting()
    given = _parser(application).parse_intermixed_args(args.rest)
    given.task = application.name
    given.reading = Reading()
    application.input.require(given)
    fields = prediction.options.model_fields
    options = application.parse({k: v for k, v in vars(given).items() if k in fields})
    if not given.model and not prediction.routes:
        given.model = tasks.default_model(application.name)
    entry = catalog.find(given.model) if given.model else None
    options, at_once = prediction.batching(options, entry)
    labelled = application.input.from_arguments(given, options)
    batches = iter(lambda: list(islice(labelled, at_once)), [])
    status = max((_answer(application, given, options, batch) for batch in batches), default=0)
    for note in (*given.reading.assumptions, *given.reading.problems):
        print(note, file=sys.stderr)
    return status


def _answer(
    application: Application,
    given: argparse.Namespace,
    options: Options,
    labelled: list[Labelled[object]],
) -> int:
    """Ask the model and print what it says; 1 if some input failed (to be skipped is no failure), else 0."""
    good = [value for _, value in labelled if not isinstance(value, PortalError)]
    found = (
        tasks.predict(application.name, good, options, model=given.model, device=given.device)
        if good
        else []
    )
    answers = iter(found)
    results = [value if isinstance(value, PortalError) else next(answers) for _, value in labelled]
    for (label, _), result in zip(labelled, results, strict=True):
        _print(application, given, label, result)
    failed = (isinstance(r, PortalError) and not isinstance(r, SkippedError) for r in results)
    return 1 if any(failed) else 0


def _parser(application: Application) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"python -m core predict {application.name}",
        description=application.summary,
        allow_abbrev=False,
    )
    application.input.add_arguments(parser)
    parser.add_argument("--model", help="id of the model (python -m core models)")
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--json", action="store_true", help="one JSON object per input")
    flags.add(parser, application.predicting().options)
    return parser


def _print(
    application: Application, given: argparse.Namespace, label: object, result: Result | PortalError
) -> None:
    key = application.input.label
    row: dict[str, object]
    if isinstance(result, PortalError):
        row = {key: label, "error": result.as_json()}
    else:
        row = application.predicting().row(label, result, given, key)
    if given.json:
        printing.line(row)
    elif isinstance(result, PortalError):
        print(f"{label}: {result}", file=sys.stderr)
    else:
        print(json.dumps(row, ensure_ascii=False, indent=1), flush=True)
