"""`python -m core bench finetune`: samples per second of our training loop against a bare one.

Both get the same trainee (networks, data, loss) and take turns in one run; what differs is the loop:
Accelerate, events, wishes and clipping here, a plain `for` there. Detection is compared with the
command `yolo detect train`, by whole epochs: with validation, checkpoints and, here, all that is told and
kept; and features computed once with features computed in every epoch.
"""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from core import tasks
from core.data.datasets import DataSet
from core.data.splits import parts
from core.device import choose
from core.models import catalog
from core.progress import Progress
from core.serving.options import parse
from core.training import loop, optimisers
from core.training.events import Calling, Epoch, Event, Step
from core.training.run import Control, Run
from core.training.trainee import Trainee

STEPS = 12
DETECTION = {"image_size": 160, "batch_size": 16, "epochs": 2, "pretrained": False}
PICTURES = 2  # one in so many of the sample's
CASES: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    (
        "image_classification",
        "textures",
        "efficientnet-lite0",
        "ClassifierTrainee",
        {"trainable": "all", "image_size": 96, "batch_size": 16, "epochs": 10},
    ),
    ("sentiment", "english", "minilm-l6", "SentimentTrainee", {"batch_size": 16, "epochs": 1}),
)


def main(rounds: int) -> int:
    """Print a line per comparison: samples per second of both, and the ratio of medians."""
    print(f"{'task':22}{'against':26}{'ours /s':>10}{'other /s':>10}{'ratio':>8}")
    for case in CASES:
        _against_bare(*case, rounds)
    _detection(rounds)
    _head_only(rounds)
    return 0


def _against_bare(
    name: str, sample: str, base: str, trainee: str, options: dict[str, Any], rounds: int
) -> None:
    data = tasks.sample(name, sample, Progress())
    model = getattr(tasks.find(name).trained(), trainee)
    parsed = parse(tasks.find(name).trained().options, options)

    def make(folder: Path, steps: list[float]) -> Run:
        return _run(folder, steps, parsed, data, base)

    ours, bare = _take_turns(
        lambda folder: _ours(model, make, folder), lambda folder: _bare(model, make, folder), rounds
    )
    _print(name, "a bare loop", ours, bare, options["batch_size"])


def _run(folder: Path, steps: list[float], options: Any, data: DataSet, base: str) -> Run:
    """A run that notes when each step ended and leaves once there are enough."""
    return Run(
        folder=folder,
        options=options,
        data=data,
        device=choose(None),
        base=catalog.find(base),
        listener=_timing(Step, steps),
        control=Control(lambda: "interrupt" if len(steps) > STEPS else ""),
        trial=True,
    )


def _timing(kind: type[Event], times: list[float]) -> Calling:
    """A listener that notes when each event of that kind came."""
    return Calling(lambda e: times.append(time.perf_counter()) if isinstance(e, kind) else None)


def _take_turns(
    one: Callable[[Path], float], other: Callable[[Path], float], rounds: int, warm_up: int = 1
) -> tuple[float, float]:
    """Medians of the seconds that both give, without the rounds of the warm-up."""
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(warm_up + rounds):
        for call, found in zip((one, other), times, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                seconds = call(Path(folder))
            if i >= warm_up:
                found.append(seconds)
    return statistics.median(times[0]), statistics.median(times[1])


Make = Callable[[Path, list[float]], Run]


def _ours(model: Callable[[Run], Trainee], make: Make, folder: Path) -> float:
    steps: list[float] = []
    run = make(folder, steps)
    loop.train(model(run), run)
    return (steps[STEPS] - steps[0]) / STEPS


def _bare(model: Callable[[Run], Trainee], make: Make, folder: Path) -> float:
    """What one would write without us, over the same data and loss."""
    import torch

    run = make(folder, [])
    trainee = model(run)
    (phase,) = trainee.phases
    network = trainee.networks[phase].to(run.device.name).train()
    optimiser = optimisers.build(network, run.options)
    loader = torch.utils.data.DataLoader(
        trainee.train, run.options.batch_size, shuffle=True, collate_fn=trainee.collate
    )
    times: list[float] = []
    while len(times) <= STEPS:
        for batch in loader:
            value, _ = trainee.loss(phase, _to(batch, run.device.name))
            optimiser.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), run.options.max_grad_norm)
            optimiser.step()
            value.item()
            times.append(time.perf_counter())
            if len(times) > STEPS:
                break
    return (times[STEPS] - times[0]) / STEPS


def _to(batch: Any, device: str) -> Any:
    if isinstance(batch, dict):
        return {name: _to(value, device) for name, value in batch.items()}
    if isinstance(batch, list | tuple):
        return type(batch)(_to(value, device) for value in batch)
    return batch.to(device) if hasattr(batch, "to") else batch


def _detection(rounds: int) -> None:
    """Epochs of our detector's training against those of ultralytics' command, same pictures and settings."""
    sample = tasks.sample("object_detection", "digits", Progress())
    data = DataSet(sample.folder)
    data.__dict__["rows"] = sample.rows[::PICTURES]
    parsed = parse(tasks.find("object_detection").trained().options, DETECTION)
    base = catalog.find("yolo11n")
    learnt_from = len(parts(data.rows, parsed).train)

    def ours(folder: Path) -> float:
        ends: list[float] = []
        finetuning = tasks.find("object_detection").trained()
        finetuning.finetune(
            Run(
                folder,
                parsed,
                data,
                choose(None),
                base=base,
                listener=_timing(Epoch, ends),
            )
        )
        return _an_epoch(ends[1:]) / learnt_from  # the first was told before anything was learnt

    def theirs(folder: Path) -> float:
        return _yolo_command(Run(folder, parsed, data, choose(None), base=base)) / learnt_from

    _print("object_detection", "ultralytics' command", *_take_turns(ours, theirs, rounds, 0), 1)


def _yolo_command(run: Run) -> float:
    """Seconds of an epoch of `yolo detect train`, in a process of its own."""
    from core.tasks.object_detection import finetune
    from core.tasks.object_detection.yolo import library

    library()  # what it sets in the environment holds for the command too
    described = finetune.write_dataset(run, parts(run.data.rows, run.options))
    settings = finetune.settings_of(run, described, run.options.batch_size)
    given = [f"{name}={value}" for name, value in settings.items() if value is not None]
    code = "from ultralytics.cfg import entrypoint; entrypoint()"
    command = [sys.executable, "-c", code, "detect", "train", "model=yolo11n.yaml", *given]
    subprocess.run(command, check=True, capture_output=True)
    with (run.folder / "ultralytics" / "results.csv").open(encoding="utf-8") as table:
        return _an_epoch([float(row["time"]) for row in csv.DictReader(table)])


def _an_epoch(ends: list[float]) -> float:
    """Median seconds between the ends of epochs; the first one warms up."""
    return statistics.median(after - before for before, after in pairwise(ends))


def _head_only(rounds: int) -> None:
    """Five epochs of the last layer: features computed once, against the frozen network every time."""
    from core.tasks.image_classification.finetune import ClassifierTrainee

    data = tasks.sample("image_classification", "textures", Progress())
    options = {"image_size": 96, "epochs": 5, "patience": 0, "crop": 0.0, "flip": False}

    def seconds(folder: Path, train: str) -> float:
        parsed = parse(
            tasks.find("image_classification").trained().options, {**options, "trainable": train}
        )
        run = Run(folder, parsed, data, choose(None), base=catalog.find("efficientnet-lite0"))
        started = time.perf_counter()
        trainee = ClassifierTrainee(run)
        if train != "head":
            trainee.network_.requires_grad_(False)
            trainee.head.requires_grad_(True)
        loop.train(trainee, run)
        return (time.perf_counter() - started) / (5 * len(data.rows))

    cached, again = _take_turns(
        lambda folder: seconds(folder, "head"), lambda folder: seconds(folder, "last"), rounds
    )
    _print("image_classification", "features every epoch", cached, again, 1)


def _print(name: str, against: str, ours: float, other: float, batch: int) -> None:
    rates = batch / ours, batch / other
    print(f"{name:22}{against:26}{rates[0]:10.1f}{rates[1]:10.1f}{other / ours:8.2f}", flush=True)
