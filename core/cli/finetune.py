"""`python -m core data|finetune|jobs …`: data sets, fine-tuning and its jobs from the command line.

`finetune` starts the same worker as the pages do and tells what happens; with `--json` one object a
line. Ctrl-C leaves the job running: look again with `jobs show`.
"""

from __future__ import annotations

import argparse
import json
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core import tasks
from core.cli import flags
from core.data import datasets
from core.data.datasets import DataSet
from core.errors import N_, UsageError
from core.jobs import queue, store
from core.jobs.store import ENDED, Job
from core.progress import Progress
from core.training.events import Ended, Epoch, Event, Features, Step, to_json

POLL_S = 0.3
SAMPLE = "sample:"


def add_commands(command: Any) -> None:
    """Add `data`, `finetune` and `jobs`; `command(name, run)` gives a parser."""
    sub = command("data", data)
    verbs = sub.add_subparsers(dest="verb", required=True, metavar="add|list|show|delete")
    adding = verbs.add_parser("add", help="read files into a new data set")
    adding.add_argument("task", metavar="TASK")
    adding.add_argument("path", metavar="PATH", help="file, or sample:NAME")
    adding.add_argument("--name", required=True)
    adding.add_argument("--columns", help="name=column,… where the file is a table")
    adding.add_argument("--keep-bad", action="store_true", help="keep items with a warning")
    listing = verbs.add_parser("list", help="list data sets")
    listing.add_argument("task", nargs="?", metavar="TASK")
    for name, what in (("show", "show one data set"), ("delete", "delete one data set")):
        verbs.add_parser(name, help=what).add_argument("id", metavar="ID")
    for parser in verbs.choices.values():
        parser.add_argument("--json", action="store_true")

    sub = command("finetune", finetune)
    sub.add_argument("task", metavar="TASK", help=", ".join(tasks.names()))
    sub.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="see finetune TASK --help")

    sub = command("jobs", jobs)
    verbs = sub.add_subparsers(dest="verb", required=True, metavar="|".join(["list", *VERBS]))
    verbs.add_parser("list", help="list jobs").add_argument("--json", action="store_true")
    for name in VERBS:
        one = verbs.add_parser(name, help=f"{name} a job")
        one.add_argument("id", metavar="ID")
        one.add_argument("--json", action="store_true")
        if name == "extend":
            one.add_argument("--epochs", type=int, required=True)


# --- data ---


def data(args: argparse.Namespace) -> int:
    """Add, list, show and delete data sets for fine-tuning."""
    if args.verb == "add":
        found = _add(args.task, args.path, args.name, args.columns, args.keep_bad, args.json)
        _print_data(found, args.json)
    elif args.verb == "list":
        for one in datasets.entries(args.task):
            _print_data(one, args.json)
    elif args.verb == "show":
        _print_data(datasets.find(args.id), args.json)
    else:
        datasets.delete(datasets.find(args.id))
    return 0


def _add(
    task: str, path: str, name: str, columns: str | None, keep_bad: bool, as_json: bool
) -> DataSet:
    tasks.find(task).trained()
    if path.startswith(SAMPLE):
        return tasks.sample(task, path.removeprefix(SAMPLE), Progress())
    if not Path(path).is_file():
        raise UsageError(N_("There is no file {path}."), path=path)
    named = dict(pair.partition("=")[::2] for pair in (columns or "").split(",") if pair)
    draft = tasks.find(task).stored().read(Path(path), Path(path).name, named)
    if not as_json:
        for problem in draft.problems:
            print(f"{problem.kind}: {problem}")
    return datasets.add(task, name, draft, drop=not keep_bad)


def _print_data(one: DataSet, as_json: bool) -> None:
    row = {"id": one.id, "task": one.task, **one.manifest}
    if as_json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        print("{id:44} {task:22} {items:7} items  {name}".format(**row))


# --- finetune ---


def finetune(args: argparse.Namespace) -> int:
    """Fine-tune a model; `finetune TASK --help` lists the options."""
    task = tasks.find(args.task)
    options = task.trained().options
    parser = argparse.ArgumentParser(
        f"python -m core finetune {task.name}", description=task.summary, allow_abbrev=False
    )
    parser.add_argument("--data", metavar="ID|PATH|sample:NAME")
    parser.add_argument("--base", metavar="ID", help="model to start from (default: the task's)")
    parser.add_argument("--name", default="", help="of the new model")
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--processes", type=int, default=1, help="processes of one training")
    parser.add_argument("--probe", action="append", default=[], help="input to predict every epoch")
    parser.add_argument("--json", action="store_true", help="one JSON object per event")
    parser.add_argument("--detach", action="store_true", help="start it and return")
    flags.add(parser, options)
    parsed = parser.parse_args(args.rest)
    given = {k: v for k, v in vars(parsed).items() if k in options.model_fields}
    found, base = _data_and_base(task.name, parsed, given)
    job = queue.submit(
        task.name,
        found.id if found else None,
        base=base,
        name=parsed.name,
        options=given,
        tracked=[task.input.track_argument(given) for given in parsed.probe],
        device_name=parsed.device,
        processes=parsed.processes,
    )
    if parsed.detach:
        _print_job(job, parsed.json)
        return 0
    return follow(job.id, parsed.json)


def command(
    task: str,
    data_id: str | None,
    base: str | None,
    options: Mapping[str, Any],
    *,
    name: str = "",
    probes: Sequence[str] = (),
) -> str:
    """The line for a shell that starts the same fine-tuning."""
    words = ["python", "-m", "core", "finetune", task]
    words += ["--data", data_id] if data_id else []
    words += ["--base", base] if base else []
    words += ["--name", name] if name else []
    words += [word for probe in probes for word in ("--probe", probe)]
    return shlex.join(words + flags.flags(tasks.find(task).trained().options, options))


def _data_and_base(
    task: str, parsed: argparse.Namespace, given: dict[str, Any]
) -> tuple[DataSet | None, str | None]:
    """The data set, added if it is a file or a sample; a sample's own options fill what is not given.
    Without `--data` there is none, which `queue.submit` refuses where the task needs one."""
    if parsed.data is None:
        return None, parsed.base or tasks.default_base(tasks.find(task)).id
    if parsed.data.startswith(SAMPLE):
        found = tasks.sample(task, parsed.data.removeprefix(SAMPLE), Progress())
    elif Path(parsed.data).is_file():
        path = Path(parsed.data)
        found = _add(task, str(path), path.stem, None, False, parsed.json)
    else:
        found = datasets.find(parsed.data, task)
    sample = tasks.sample_of(found)
    for key, value in (sample.options if sample else {}).items():
        given.setdefault(key, value)
    return found, parsed.base or tasks.default_base(tasks.find(task), sample).id


def follow(job_id: str, as_json: bool) -> int:
    """Tell what happens to a job until it ends; 0 when it is done or stopped with its best kept."""
    seen = 0
    while True:
        queue.dispatch()
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
        print(json.dumps({"event": kind, **data}, ensure_ascii=False), flush=True)
    elif isinstance(event, Epoch):
        metrics = "  ".join(f"{k} {v:.4f}" for k, v in event.metrics.items())
        print(f"epoch {event.epoch}: {metrics}", flush=True)
    elif not isinstance(event, Step | Features):
        data.pop("metrics", None)  # what the metrics are is for programs
        print(f"{kind}: {data}", flush=True)


def _end(job: Job, as_json: bool) -> int:
    good = job.state == "done" or (job.state == "stopped" and job.model is not None)
    if as_json:
        row: dict[str, Any] = {"event": job.state, "job": job.id, "model": job.model}
        row |= {"metrics": job.metrics}
        if job.error:
            row["error"] = {"code": job.error.code, "message": str(job.error)}
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        print(f"{job.state}: {job.model or job.error or ''}", flush=True)
    return 0 if good else 1


# --- jobs ---

VERBS = {
    "show": lambda args: store.find(args.id),
    "stop": lambda args: queue.stop(args.id),
    "cancel": lambda args: queue.cancel(args.id),
    "resume": lambda args: queue.resume(args.id),
    "extend": lambda args: queue.extend(args.id, args.epochs),
    "delete": lambda args: queue.delete(args.id),
}


def jobs(args: argparse.Namespace) -> int:
    """List, show, stop, cancel, resume, extend and delete fine-tuning jobs."""
    queue.dispatch()
    if args.verb == "list":
        for job in store.jobs():
            _print_job(job, args.json)
        return 0
    job = VERBS[args.verb](args)
    if isinstance(job, Job):
        _print_job(job, args.json)
    return 0


def _print_job(job: Job, as_json: bool) -> None:
    row = {
        "id": job.id,
        "task": job.task,
        "name": job.name,
        "state": job.state,
        "device": job.device,
        "model": job.model,
        "metrics": job.metrics,
        "error": str(job.error) if job.error else None,
        "request": job.request.to_json(),
    }
    if as_json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        print("{id} {state:12} {task:22} {device:6} {name}".format(**row))
