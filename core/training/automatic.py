"""What is automatic in the options of a run, decided from its data: `resolved(options, data)`.

One function for the page, the command line and the queue, so that what is shown is what runs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from core.data.datasets import DataSet
from core.data.splits import parts
from core.training.options import TrainOptions

O = TypeVar("O", bound=TrainOptions)  # noqa: E741


def resolved(options: O, data: DataSet | None) -> O:
    """`options` with a value for all that is automatic; the same object where nothing is.

    Raises:
        DataSetError: too few samples to divide.
    """
    return options.decided(training_samples(options, data)) if options.automatic else options


def training_samples(options: TrainOptions, data: DataSet | None) -> int:
    """How many samples a run would learn from; 0 without a data set."""
    if data is None:
        return 0
    return _count(
        data, data.sha256, options.validation_fraction, options.test_fraction, options.seed
    )


@lru_cache(maxsize=64)
def _count(data: DataSet, _sha256: str, validation: float, test: float, seed: int) -> int:
    """The form asks at every rerun, and dividing many samples takes a moment."""
    options = TrainOptions(validation_fraction=validation, test_fraction=test, seed=seed)
    return len(parts(data.rows, options).train)
