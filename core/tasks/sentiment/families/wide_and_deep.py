"""The Chinese starter: bidirectional LSTMs over sub-words beside a weight for each n-gram."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.models.catalog import FamilyConfig
from core.tasks.sentiment.predictor import Network


class WideAndDeepConfig(FamilyConfig):
    """Nothing to say: the sizes are in the weights' own folder."""


def network(folders: Sequence[Path]) -> Network:
    """The classifier ready to be asked: positive or negative, never neutral. Its window is in characters."""
    from core.tasks.sentiment.networks import wide_and_deep

    (folder,) = folders
    model = wide_and_deep.load(folder)
    return Network(model, [0, 2], wide_and_deep.WINDOW, len, model.inputs)
