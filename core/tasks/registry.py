"""The applications there are, found by one rule that also holds in a worker process.

Every package in `core/tasks/` whose module `application` defines `APPLICATION`, then those that the setting
`PORTAL_APPLICATIONS` names (dotted, comma-separated), which is how tests and extensions add theirs.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from core.device import Device
from core.errors import N_, UsageError
from core.models import catalog, finetuned
from core.models.catalog import FamilyConfig, ModelEntry
from core.models.starters import ENCODER
from core.serving.predictor import Predictor
from core.settings import settings
from core.tasks.application import Application


def applications() -> list[Application]:
    """All applications in the order in which they are listed."""
    return list(_found(settings().applications).values())


def names() -> tuple[str, ...]:
    return tuple(_found(settings().applications))


def find(name: str) -> Application:
    """The application called `name`.

    Raises:
        UsageError: there is none; the message lists the names.
    """
    known = _found(settings().applications)
    if name not in known:
        raise UsageError(
            N_("There is no application “{name}”. There are: {names}."),
            name=name,
            names=", ".join(known),
        )
    return known[name]


def entries() -> list[ModelEntry]:
    """The models that come with the applications."""
    return [e for one in applications() if one.prediction for e in one.prediction.entries]


def load(entry: ModelEntry, device: Device) -> Predictor:
    """Load a model, whichever application it is of, or the sentence encoder, which several use."""
    if entry.task == ENCODER.task:
        from core.serving import sentence_encoder

        return sentence_encoder.load(entry, device)
    return find(entry.task).predicting().load(entry, device)


def config(application: str, values: Mapping[str, object]) -> FamilyConfig:
    """The `config` of a fine-tuned model's description, typed by its application; one that answers nothing has no
    use for it.

    Raises:
        UsageError: there is no such application. ValueError: it is not a network of that application.
    """
    prediction = find(application).prediction
    return prediction.config(values) if prediction else FamilyConfig()


def finetuned_entries() -> list[ModelEntry]:
    """The models that were fine-tuned here, of all applications."""
    return finetuned.entries(config)


def damaged_models() -> list[finetuned.Damaged]:
    """The models that were fine-tuned here and cannot be used any more."""
    return finetuned.damaged(config)


@cache
def _found(more: str) -> dict[str, Application]:
    packages = [
        f"{__package__}.{module.name}"
        for module in pkgutil.iter_modules([str(Path(__file__).parent)])
        if module.ispkg
    ]
    packages += [name.strip() for name in more.split(",") if name.strip()]
    found: list[Application] = [
        import_module(f"{package}.application").APPLICATION for package in packages
    ]
    return {one.name: one for one in sorted(found, key=lambda one: one.order)}


catalog.add_shelf(entries, fixed=True)
catalog.add_shelf(finetuned_entries)
