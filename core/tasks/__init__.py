"""The applications. Importing this package fills the catalogue; it imports no deep-learning library."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from core.data import datasets
from core.data.datasets import DataSet
from core.data.samples import PHOTOGRAPHS
from core.errors import N_, NotReadyError, PortalError, UsageError
from core.models import catalog, finetuned, weights
from core.models.catalog import Weights
from core.progress import Progress
from core.serving import task
from core.serving.pool import pool
from core.serving.task import Result
from core.settings import settings

NAMES = (
    "image_classification",
    "object_detection",
    "face_generation",
    "translation",
    "sentiment",
    "question_answering",
)

for _name in NAMES:
    import_module(f"core.tasks.{_name}")
catalog.add_shelf(finetuned.entries)


def is_ready(entry: catalog.ModelEntry) -> bool:
    """Whether all its files are on this computer."""
    return all(map(weights.is_ready, entry.weights))


def default_model(task_name: str) -> str:
    """The id of the best model that is ready; each task registers its models best first.

    Raises:
        NotReadyError: none of the task's models is on disk.
    """
    for entry in catalog.entries(task_name):
        if is_ready(entry) and not entry.niche:
            return entry.id
    raise NotReadyError(
        N_(
            "No model for {task} is on this computer yet. Fetch one on the Models page or with: "
            "python -m core fetch --starters"
        ),
        task=task_name,
    )


def finetuning(task_name: str) -> Any:
    """The module that fine-tunes a task's models; see `core.training.run` for what it holds.

    Raises:
        UsageError: the task has none.
    """
    if task.find(task_name).train_options is None:
        raise UsageError(N_("{task} cannot be fine-tuned."), task=task_name)
    return import_module(f"core.tasks.{task_name}.finetune")


def data(task_name: str) -> Any:
    """The module that reads a task's training data: `read(source, name, **columns)` and `SAMPLES`."""
    return import_module(f"core.tasks.{task_name}.data")


def sample(task_name: str, name: str, progress: Progress) -> DataSet:
    """Fetch and store one of a task's sample sets, or find it where it is stored already.

    Raises:
        UsageError: the task has no such sample. OfflineError, DownloadError: it cannot be fetched.
    """
    there = {one.name: one for one in data(task_name).SAMPLES}
    if name not in there:
        raise UsageError(
            N_("There is no sample “{name}”. There are: {names}."),
            name=name,
            names=", ".join(there),
        )
    chosen = there[name]
    folders = [weights.fetch(files, progress) for files in chosen.files]
    return datasets.add(task_name, name, chosen.build(folders))


def starter_weights() -> list[Weights]:
    """What `make run` fetches: the starters' weights and the sample photographs, less PORTAL_SKIP."""
    wanted = {w.name: w for e in catalog.entries() if e.starter for w in e.weights if not w.bundled}
    wanted[PHOTOGRAPHS.name] = PHOTOGRAPHS
    skipped = tuple(name.strip() for name in settings().skip.split(",") if name.strip())
    return [w for name, w in wanted.items() if not skipped or not name.startswith(skipped)]


def predict(
    task_name: str,
    inputs: Sequence[Any],
    options: Any,
    *,
    model: str | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> list[Result | PortalError]:
    """The one call behind every page, command and request: a result or an error per input.

    Without `model`, a task with a router lets each input choose (the language of a sentence);
    otherwise the best model that is ready answers.

    Raises:
        UsageError: unknown task or model. NotReadyError, ResourceError, CancelledError: nothing ran.
    """
    progress = progress or Progress(seconds=settings().time_limit_s)
    chosen = _models(task.find(task_name), inputs, options, model)
    results: dict[int, Result | PortalError] = {
        i: c for i, c in enumerate(chosen) if isinstance(c, PortalError)
    }
    for model_id in dict.fromkeys(c for c in chosen if isinstance(c, str)):
        indices = [i for i, c in enumerate(chosen) if c == model_id]
        batch = [inputs[i] for i in indices]
        answers = pool.predict(model_id, batch, options, device_name=device, progress=progress)
        results.update(zip(indices, answers, strict=True))
    return [results[i] for i in range(len(inputs))]


def _models(
    chosen: task.Task, inputs: Sequence[Any], options: Any, model: str | None
) -> list[str | PortalError]:
    """For each input the model that is to answer, or why none can."""
    if model is not None:
        if catalog.find(model).task != chosen.name:
            raise UsageError(
                N_("The model {model} is not for {task}."), model=model, task=chosen.name
            )
        return [model] * len(inputs)
    if not chosen.router:
        return [default_model(chosen.name)] * len(inputs) if inputs else []
    route = task.resolve(chosen.router)
    return [_attempt(route, value, options) for value in inputs]


def _attempt(route: Any, value: Any, options: Any) -> str | PortalError:
    try:
        return route(value, options)
    except PortalError as error:
        return error
