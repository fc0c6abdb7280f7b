"""`python -m core finetune TASK …`: fine-tuning from the command line.

It starts the same worker as the pages do and prints its events, with `--json` one object a line. Ctrl-C
leaves the job running: look again with `jobs show`.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path

from core import tasks
from core.cli import data, flags, printing
from core.cli.jobs import print_job
from core.data import datasets, splits
from core.data.datasets import DataSet
from core.jobs import queue, store
from core.jobs.store import ENDED, Job
from core.tasks.application import Application
from core.training.events import Ended, Epoch, Event, Features, Step, to_json

POLL_S = 0.3


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help=", ".join(tasks.names()))
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="…", help="see finetune TASK --help"
    )


def finetune(args: Namespace) -> int:
    """Fine-tune a model; `finetune TASK --help` lists the options."""
    application = tasks.find(args.task)
    given = _parser(application).parse_args(args.rest)
    fields = application.trained().options.model_fields
    options = {name: value for name, value in vars(given).items() if name in fields}
    found, base = _data_and_base(application, given, options)
    own = splits.division_of(found) if found else None
    if own and not given.json:
        print(own)  # the fractions give way to it, as the job's options show
    job = queue.submit(
        application.name,
        found.id if found else None,
        base=base,
        name=given.name,
        options=options,
        tracked=[application.input.track_argument(text) for text in given.track],
        device_name=given.device,
        processes=given.processes,
    )
    if given.detach:
        print_job(job, given.json)
        if job.state == "queued" and (held_up := queue.dispatch()):
            print(held_up, file=sys.stderr)
        return 0
    return follow(job.id, given.json)


def _parser(application: Application) -> ArgumentParser:
    parser = ArgumentParser(
        f"python -m core finetune {application.name}",
        description=application.summary,
        allow_abbrev=False,
    )
    parser.add_argument("--data", metavar="ID|PATH|sample:NAME")
    parser.add_argument("--base", metavar="ID", help="base model (default: the task's)")
    parser.add_argument("--name", default="", help="of the new model")
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--processes", type=int, default=1, help="processes of one run")
    parser.add_argument(
        "--track", action="append", default=[], help="an example to be answered after every epoch"
    )
    parser.add_argument(  # the first version's name
        "--probe", dest="track", action="append", default=[], help=argparse.SUPPRESS
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per event")
    parser.add_argument("--detach", action="store_true", help="start it and return")
    flags.add(parser, application.trained().options)
    return parser


def command(
    task: str,
    data_id: str | None,
    base: str | None,
    options: Mapping[str, object],
    *,
    name: str = "",
    tracked: Sequence[str] = (),
) -> str:
    """The line for a shell that starts the same fine-tuning."""
    words = ["python", "-m", "core", "finetune", task]
    words += ["--data", data_id] if data_id else []
    words += ["--base", base] if base else []
    words += ["--name", name] if name else []
    words += [word for example in tracked for word in ("--track", example)]
    usual = tasks.defaults_with(tasks.find(task), data_id)
    return shlex.join(words + flags.flags(options, usual))


def _data_and_base(
    application: Application, given: Namespace, options: dict[str, object]
) -> tuple[DataSet | None, str | None]:
    """The data set, added if it is a file or a sample; a sample's own options fill what is not given.
    Without `--data` there is none, which `queue.submit` refuses where the application needs one."""
    if given.data is None:
        usual = tasks.default_base(application)
        return None, given.base or (usual.id if usual else None)
    if given.data.startswith(data.SAMPLE) or Path(given.data).is_file():
        name = Path(given.data).stem
        found = data.given(application.name, given.data, name, quiet=given.json)
    else:
        found = datasets.find(given.data, application.name)
    sample = tasks.sample_of(found)
    for key, value in (sample.options if sample else {}).items():
        options.setdefault(key, value)
    usual = tasks.default_base(application, sample)
    return found, given.base or (usual.id if usual else None)


def follow(job_id: str, as_json: bool) -> int:
    """Print the events of a job until it ends; 0 when it is done or stopped with its best model kept."""
    seen, waited, told = 0, 0.0, False
    while True:
        held_up = queue.dispatch()
        waited = waited + POLL_S if held_up else 0.0
        if held_up and waited > queue.WAIT_S and not told:
            print(held_up, file=sys.stderr)
            told = True
        job = store.find(job_id)
        for one in store.events(job_id, after=seen):
            seen = one.n
            if not isinstance(one.event, Ended):
                _print_event(one.event, as_json)
        if job.state in ENDED:
            return _end(job, as_json)
        time.sleep(POLL_S)


def _print_event(event: Event, as_json: bool) -> None:
    kind, data = to_json(event)
    if as_json:
        printing.line({"event": kind, **data})
    elif isinstance(event, Epoch):
        metrics = "  ".join(f"{k} {v:.4f}" for k, v in event.metrics.items())
        print(f"epoch {event.epoch}: {metrics}", flush=True)
    elif not isinstance(event, Step | Features):
        data.pop("metrics", None)  # what the metrics are is for programs
        print(f"{kind}: {data}", flush=True)


def _end(job: Job, as_json: bool) -> int:
    good = job.state == "done" or (job.state == "stopped" and job.model is not None)
    if as_json:
        row: dict[str, object] = {"event": job.state, "job": job.id, "model": job.model}
        row |= {"metrics": job.metrics}
        if job.error:
            row["error"] = {"code": job.error.code, "message": str(job.error)}
        printing.line(row)
    else:
        print(f"{job.state}: {job.model or job.error or ''}", flush=True)
    return 0 if good else 1
