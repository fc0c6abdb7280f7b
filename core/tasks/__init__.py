"""The applications, and the calls behind every page, command and request. Importing this package imports no
deep-learning library, and no application before the first one is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from core.data import datasets
from core.data.datasets import DataSet, SampleSet
from core.data.samples import PHOTOGRAPHS
from core.errors import N_, NotReadyError, PortalError, UsageError
from core.models import catalog, weights
from core.models.catalog import ModelEntry, Weights
from core.progress import Progress
from core.serving.options import Options
from core.serving.pool import ModelPool
from core.serving.predictor import Result
from core.settings import settings
from core.tasks import registry
from core.tasks.application import Application
from core.tasks.registry import applications as applications
from core.tasks.registry import find as find
from core.tasks.registry import names as names

pool = ModelPool(registry.load)
"""The loaded models of this process."""


def is_ready(entry: ModelEntry) -> bool:
    """Whether all its files are on this computer."""
    return all(map(weights.is_ready, entry.weights))


def candidates(task: str) -> list[ModelEntry]:
    """The models that may answer where nobody chose one, best first: those that are ready, without those that
    know a narrow world or were fine-tuned here."""
    known = catalog.entries(task)
    return [e for e in known if not e.niche and not e.finetuned and is_ready(e)]


def default_model(task: str) -> str:
    """The id of the best model that is ready.

    Raises:
        NotReadyError: none of the application's models is on disk.
    """
    for entry in candidates(task):
        return entry.id
    raise NotReadyError(
        N_(
            "No model for {task} is on this computer yet. Fetch one on the Models page or with: "
            "python -m core fetch --starters"
        ),
        task=task,
    )


def default_base(application: Application, sample: SampleSet | None = None) -> ModelEntry | None:
    """What a fine-tuning starts from where nobody chose: what the sample is best started with, else the first base
    that is ready, else the first; None where the application has no bases and starts from scratch.

    Raises:
        UsageError: the application cannot be fine-tuned.
    """
    bases = application.trained().bases()
    if sample and (meant := [e for e in bases if e.id == sample.base]):
        return meant[0]
    return next(filter(is_ready, bases), bases[0] if bases else None)


def defaults(application: Application, sample: SampleSet | None = None) -> dict[str, object]:
    """What every training option is when nobody moves it; a sample brings some of its own."""
    usual: dict[str, object] = application.trained().options().model_dump()
    return usual | (dict(sample.options) if sample else {})


def defaults_with(application: Application, data_id: str | None) -> dict[str, object]:
    """The `defaults` with a stored data set: those of the sample that it was made from, as long as it is there."""
    stored = {one.id: one for one in datasets.entries(application.name)}
    found = stored.get(data_id or "")
    return defaults(application, sample_of(found) if found else None)


def sample_of(data: DataSet) -> SampleSet | None:
    """The sample that a stored data set was made from."""
    known = find(data.task).data
    name = data.sample
    if known is None or name is None:
        return None
    return known.sample(name)


def sample(task: str, name: str, progress: Progress) -> DataSet:
    """Fetch and store one of an application's sample sets, or find it where it is stored already.

    Raises:
        UsageError: there is no such sample. OfflineError, DownloadError: it cannot be fetched.
    """
    known = find(task).stored()
    chosen = known.sample(name)
    if chosen is None:
        raise UsageError(
            N_("There is no sample “{name}”. There are: {names}."),
            name=name,
            names=", ".join(one.name for one in known.samples),
        )
    folders = [weights.fetch(files, progress) for files in chosen.files]
    return datasets.add(task, name, chosen.build(folders), sample=name)


def starter_weights() -> list[Weights]:
    """What `make run` fetches: the starters' weights and the sample photographs, less PORTAL_SKIP."""
    wanted = {w.name: w for e in catalog.entries() if e.starter for w in e.weights if not w.bundled}
    wanted[PHOTOGRAPHS.name] = PHOTOGRAPHS
    skipped = tuple(name.strip() for name in settings().skip.split(",") if name.strip())
    return [w for name, w in wanted.items() if not skipped or not name.startswith(skipped)]


def predict(
    task: str,
    inputs: Sequence[object],
    options: Options,
    progress: Progress | None = None,
    *,
    model: str | None = None,
    device: str | None = None,
) -> list[Result | PortalError]:
    """The one call behind every page, command and request: a result or an error per input.

    Without `model`, an application that routes lets each input choose (the language of a sentence);
    otherwise the best model that is ready answers.

    Raises:
        UsageError: unknown application or model. NotReadyError, ResourceError, CancelledError: nothing ran.
    """
    progress = progress or Progress(seconds=settings().time_limit_s)
    chosen = _models(find(task), inputs, options, model)
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
    application: Application, inputs: Sequence[object], options: Options, model: str | None
) -> list[str | PortalError]:
    """For each input the model that is to answer, or why none can."""
    if model is not None:
        if catalog.find(model).task != application.name:
            raise UsageError(
                N_("The model {model} is not for {task}."), model=model, task=application.name
            )
        return [model] * len(inputs)
    prediction = application.predicting()
    if not prediction.routes:
        return [default_model(application.name)] * len(inputs) if inputs else []
    ready = candidates(application.name)
    chosen: list[str | PortalError] = []
    for value in inputs:
        try:
            chosen.append(prediction.route(value, options, ready))
        except PortalError as error:
            chosen.append(error)
    return chosen
