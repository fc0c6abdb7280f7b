"""The batches that a training sees, and how one is computed in pieces."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from core.training.options import TrainOptions
from core.training.trainee import Trainee

if TYPE_CHECKING:
    from torch.utils.data import DataLoader


def loader(trainee: Trainee, options: TrainOptions) -> DataLoader:
    """The items to learn from, shuffled by the seed."""
    import torch

    size = min(options.batch_size, len(trainee.train))
    return torch.utils.data.DataLoader(
        trainee.train,
        size,
        shuffle=True,
        # batch normalisation cannot learn from a single item left over at the end
        drop_last=size > 1 and len(trainee.train) % size == 1,
        collate_fn=trainee.collate,
        # Without a generator of its own the loader would draw from the one that dropout uses,
        # and once more after a resume.
        generator=torch.Generator().manual_seed(options.seed),
    )


def length(batch: Any) -> int:
    """How many items it has: the length of any of its tensors or lists."""
    return len(next(iter(batch.values())) if isinstance(batch, dict) else batch[0])


def pieces(batch: Any, count: int) -> Iterator[tuple[float, Any]]:
    """(share of the items, piece) for each of `count` pieces of a batch."""
    size = length(batch)
    if count == 1:
        yield 1.0, batch
        return
    step = math.ceil(size / count)
    for start in range(0, size, step):
        cut = slice(start, start + step)
        piece: Any = (
            {name: value[cut] for name, value in batch.items()}
            if isinstance(batch, dict)
            else tuple(value[cut] for value in batch)
        )
        yield length(piece) / size, piece
