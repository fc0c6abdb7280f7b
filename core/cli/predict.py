"""`python -m core predict TASK …`: inputs from the command line, one result per line.

The flags are the fields of the task's `Options`; they are parsed in a second step, when the task
is known.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from core import tasks
from core.cli import flags
from core.errors import N_, DocumentError, ImageError, PortalError, UsageError
from core.inputs import images, texts
from core.models import catalog
from core.models.catalog import ModelEntry
from core.serving.task import Result, Task

LOT = 32
"""Inputs that are read, answered and printed together, with the time limit to themselves: a folder of
thousands of pictures is never in memory at once."""
Labelled = tuple[Any, Any]  # (what the output calls the input, the decoded input or an error)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("task", metavar="TASK", help=", ".join(tasks.NAMES))
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="…", help="see predict TASK --help"
    )


def predict(args: argparse.Namespace) -> int:
    """Run a task's model on files or texts; `predict TASK --help` lists the options."""
    task = tasks.task.find(args.task)
    parsed = _parser(task).parse_intermixed_args(args.rest)
    given = vars(parsed)
    options = task.parse({k: v for k, v in given.items() if k in task.options.model_fields})
    slow = False
    if task.input == "seed":
        parsed.model = parsed.model or tasks.default_model(task.name)
        options, slow = _fewer(options, catalog.find(parsed.model))
    labelled, size = _inputs(task, parsed, options), 1 if slow else LOT
    lots = iter(lambda: list(islice(labelled, size)), [])
    return max((_answer(task, parsed, options, lot) for lot in lots), default=0)


def _fewer(options: Any, entry: ModelEntry) -> tuple[Any, bool]:
    """Fewer pictures by default from a model that narrows their count, and whether it does: it is
    slow, so that each of its pictures has the time limit to itself and is told when it is done."""
    if not (bounds := entry.option_bounds.get("count")):
        return options, False
    if "count" in options.model_fields_set:
        return options, True
    return options.model_copy(update={"count": min(options.count, int(bounds[1]))}), True


def _answer(task: Task, parsed: argparse.Namespace, options: Any, labelled: list[Labelled]) -> int:
    """Ask the model and print what it says; 1 if some input failed, else 0."""
    good = [value for _, value in labelled if not isinstance(value, PortalError)]
    answers = iter(
        tasks.predict(task.name, good, options, model=parsed.model, device=parsed.device)
        if good
        else []
    )
    results = [value if isinstance(value, PortalError) else next(answers) for _, value in labelled]
    for (label, _), result in zip(labelled, results, strict=True):
        _print(task, parsed, label, result)
    return 1 if any(isinstance(result, PortalError) for result in results) else 0


def _parser(task: Task) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        f"python -m core predict {task.name}", description=task.summary, allow_abbrev=False
    )
    parser.add_argument("inputs", nargs="*", metavar="INPUT")
    parser.add_argument("--model", help="id of the model (python -m core models)")
    parser.add_argument("--device", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--json", action="store_true", help="one JSON object per input")
    if task.input in ("text", "question"):
        parser.add_argument("--file", help="text file with one input per line")
    if task.input == "question":
        parser.add_argument(
            "--passage", required=True, help="file with the passage: txt, pdf, docx"
        )
    if task.input == "seed":
        parser.add_argument("--out", default=".", help="folder for the pictures")
    flags.add(parser, task.options)
    return parser


def _inputs(task: Task, parsed: argparse.Namespace, options: Any) -> Iterator[Labelled]:
    if task.input == "seed":
        if parsed.inputs:
            raise UsageError(N_("{task} takes no inputs; use --count and --seed."), task=task.name)
        for seed in range(options.seed, options.seed + options.count):
            yield seed, tasks.task.resolve(f"core.tasks.{task.name}:from_seed")(seed)
    elif task.input == "image":
        _require_inputs(parsed.inputs)
        for path in _files(parsed.inputs):
            yield str(path), _attempt(_image, path)
    else:
        lines = list(parsed.inputs) + (_lines(parsed.file) if parsed.file else [])
        _require_inputs(lines)
        if task.input == "text":
            for line in lines:
                yield line, _attempt(texts.clean, line)
        else:
            yield from _questions(task, parsed.passage, lines)


def _questions(task: Task, passage_file: str, lines: list[str]) -> Iterator[Labelled]:
    from core.inputs import documents

    passage = texts.clean(documents.read(_bytes(Path(passage_file)), passage_file), passage_file)
    make = tasks.task.resolve(f"core.tasks.{task.name}:Question")
    for line in lines:
        yield line, _attempt(lambda text: make(passage, texts.clean(text)), line)


def _require_inputs(inputs: list[str]) -> None:
    if not inputs:
        raise UsageError(N_("Give at least one input."))


def _files(names: list[str]) -> Iterator[Path]:
    """Files as given; a folder stands for the pictures in it, by name."""
    for path in map(Path, names):
        if path.is_dir():
            yield from sorted(p for p in path.iterdir() if p.suffix.lower() in images.SUFFIXES)
        else:
            yield path


def _image(path: Path) -> Any:
    try:
        return images.decode(path.read_bytes(), path.name)
    except OSError as error:
        raise ImageError(
            N_("{path} cannot be read: {why}."), path=path, why=error.strerror
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DocumentError(
            N_("{path} cannot be read: {why}."), path=path, why=error.strerror
        ) from error


def _lines(name: str) -> list[str]:
    return texts.decode(_bytes(Path(name)), name).splitlines()


def _attempt(decode: Any, value: Any) -> Any:
    try:
        return decode(value)
    except PortalError as error:
        return error


def _print(
    task: Task, parsed: argparse.Namespace, label: Any, result: Result | PortalError
) -> None:
    row: dict[str, Any] = {"question" if task.input == "question" else "input": label}
    if isinstance(result, PortalError):
        row["error"] = result.as_json()
    else:
        if task.input == "seed":
            row = {"output": _save(Path(parsed.out), result)}
        row |= result.as_json()
    if parsed.json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    elif isinstance(result, PortalError):
        print(f"{label}: {result}", file=sys.stderr)
    else:
        print(json.dumps(row, ensure_ascii=False, indent=1), flush=True)


def _save(folder: Path, result: Any) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{result.model}-{result.seed}.png"
        path.write_bytes(result.png)
    except OSError as error:
        raise UsageError(
            N_("{path} cannot be written: {why}."), path=folder, why=error.strerror
        ) from error
    return str(path)
