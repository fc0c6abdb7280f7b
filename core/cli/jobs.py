"""`python -m core jobs …`: the fine-tuning jobs of this computer."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from core.cli import printing
from core.jobs import queue, store
from core.jobs.store import Job


def add_arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(["list", *VERBS]))
    verbs.add_parser("list", help="list jobs").add_argument("--json", action="store_true")
    for name in VERBS:
        one = verbs.add_parser(name, help=f"{name} a job")
        one.add_argument("id", metavar="ID")
        one.add_argument("--json", action="store_true")
        if name == "extend":
            one.add_argument("--epochs", type=int, required=True)


def jobs(args: Namespace) -> int:
    """List, show, stop, cancel, resume, extend and delete fine-tuning jobs."""
    if args.verb == "list":
        for one in store.jobs():
            print_job(queue.seen(one), args.json)
        for damaged in store.damaged():
            printing.damaged(damaged.id, damaged.why, "jobs delete", as_json=args.json)
        return 0
    if job := VERBS[args.verb](args):
        print_job(job, args.json)
    if args.verb != "show" and (held_up := queue.dispatch()):
        print(held_up, file=sys.stderr)
    return 0


def _cancel(args: Namespace) -> None:
    queue.cancel(args.id)


def _delete(args: Namespace) -> None:
    queue.delete(args.id)


VERBS: dict[str, Callable[[Namespace], Job | None]] = {
    "show": lambda args: queue.seen(store.find(args.id)),
    "stop": lambda args: queue.stop(args.id),
    "cancel": _cancel,
    "resume": lambda args: queue.resume(args.id),
    "extend": lambda args: queue.extend(args.id, args.epochs),
    "delete": _delete,
}


def print_job(job: Job, as_json: bool) -> None:
    row: dict[str, object] = {
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
        printing.line(row)
    else:
        print("{id} {state:12} {task:22} {device:6} {name}".format(**row))
