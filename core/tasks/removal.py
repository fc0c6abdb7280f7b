"""Weights leave this computer: which models they take with them, and how."""

from __future__ import annotations

from core import tasks
from core.models import catalog, weights
from core.models.catalog import ModelEntry, Weights


def users(wanted: Weights) -> list[ModelEntry]:
    """The models that need these weights: removing them takes all of these away."""
    return [entry for entry in catalog.entries() if wanted in entry.weights]


def remove(wanted: Weights) -> None:
    """Delete the files of `wanted`. Models that are loaded from them leave the memory too: what is not on disk
    any more must not go on answering."""
    for entry in users(wanted):
        tasks.pool.drop(entry.id)
    weights.remove(wanted)
