"""`python -m core data …`: the data sets to fine-tune on."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from core import tasks
from core.cli import printing
from core.data import datasets
from core.data.datasets import DataSet
from core.data.drafts import Draft
from core.errors import N_, UsageError
from core.progress import Progress
from core.workers import reading

SAMPLE = "sample:"
"""What the name of a sample begins with where a file could be given too."""


def add_arguments(parser: ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="|".join(VERBS))
    adding = verbs.add_parser("add", help="read files into a new data set")
    adding.add_argument("task", metavar="TASK")
    adding.add_argument("path", metavar="PATH", help="file, or sample:NAME")
    adding.add_argument("--name", required=True)
    adding.add_argument(
        "--choose",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="take something otherwise than assumed, such as label=COLUMN or encoding=cp1252",
    )
    adding.add_argument(
        "--columns", default="", help=SUPPRESS
    )  # the first version's: name=column,…
    adding.add_argument("--keep-bad", action="store_true", help="keep samples with a warning")
    listing = verbs.add_parser("list", help="list data sets")
    listing.add_argument("task", nargs="?", metavar="TASK")
    for name in ("show", "delete"):
        verbs.add_parser(name, help=f"{name} one data set").add_argument("id", metavar="ID")
    for one in verbs.choices.values():
        one.add_argument("--json", action="store_true")


def data(args: Namespace) -> int:
    """Add, list, show and delete data sets for fine-tuning."""
    VERBS[args.verb](args)
    return 0


def _add(args: Namespace) -> None:
    pairs = [*args.columns.split(","), *args.choose]
    choices = dict(pair.partition("=")[::2] for pair in pairs if pair)
    found, draft = read(args.task, args.path, args.name, choices, keep_bad=args.keep_bad)
    if args.json and draft:
        printing.line({**_row(found), **_notes(draft)})
        return
    if draft:
        _tell(draft)
    _print(found, args.json)


def _list(args: Namespace) -> None:
    for one in datasets.entries(args.task):
        _print(one, args.json)
    for bad in datasets.damaged(args.task):
        printing.damaged(bad.id, bad.why, "data delete", as_json=args.json, task=bad.task)


def _show(args: Namespace) -> None:
    _print(datasets.find(args.id), args.json)


def _delete(args: Namespace) -> None:
    bad = [one for one in datasets.damaged() if one.id == args.id]
    datasets.delete(bad[0] if bad else datasets.find(args.id))


VERBS: dict[str, Callable[[Namespace], None]] = {
    "add": _add,
    "list": _list,
    "show": _show,
    "delete": _delete,
}


def given(task: str, path: str, name: str, *, quiet: bool = False) -> DataSet:
    """A sample or a file of somebody's own as a stored data set; says how it was read unless `quiet`.

    Raises:
        UsageError: there is no such file or sample. DataSetError: nothing in it can be used.
    """
    found, draft = read(task, path, name, {})
    if draft and not quiet:
        _tell(draft)
    return found


def read(
    task: str, path: str, name: str, choices: Mapping[str, str], *, keep_bad: bool = False
) -> tuple[DataSet, Draft | None]:
    """A stored data set and, of somebody's own file, the draft that it was.

    Raises:
        UsageError: there is no such file or sample. DataSetError: nothing in it can be used.
    """
    tasks.find(task).stored()  # refuses an application without data
    if path.startswith(SAMPLE):
        return tasks.sample(task, path.removeprefix(SAMPLE), Progress()), None
    if not Path(path).is_file():
        raise UsageError(N_("There is no file {path}."), path=path)
    draft = reading.draft(task, [(Path(path).name, Path(path))], choices)
    return datasets.add(task, name, draft, drop=not keep_bad), draft


def _tell(draft: Draft) -> None:
    """How it was read, for people."""
    for assumption in draft.assumptions:
        print(f"{assumption.kind}: {assumption}")
    for problem in draft.problems:
        print(f"{problem.kind}: {problem}")


def _notes(draft: Draft) -> dict[str, object]:
    """How it was read, for programs: what was assumed, what is wrong, how many problems of each kind."""
    return {
        "assumed": [one.as_json() for one in draft.assumptions],
        "problems": [one.as_json() for one in draft.problems],
        "problem_counts": dict(draft.counts),
    }


def _row(one: DataSet) -> dict[str, object]:
    return {"id": one.id, "task": one.task, **one.manifest.as_json()}


def _print(one: DataSet, as_json: bool) -> None:
    row = _row(one)
    if as_json:
        printing.line(row)
    else:
        print("{id:44} {task:22} {items:7} samples  {name}".format(**row))
