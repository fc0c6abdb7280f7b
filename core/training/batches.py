"""The batches that a run sees, and how one is computed in micro-batches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized
from itertools import islice
from typing import TYPE_CHECKING, cast

from core.training.options import TrainOptions
from core.training.trainee import Batch, Trainee

if TYPE_CHECKING:
    from torch.utils.data import DataLoader, IterableDataset


def loader(trainee: Trainee, options: TrainOptions) -> DataLoader[object]:
    """The samples to learn from, shuffled by the seed; a stream comes in its own order."""
    import torch
    from torch.utils.data import DataLoader, IterableDataset, RandomSampler

    # Without a generator of its own the loader would draw from the one that dropout uses,
    # and once more after a resume.
    generator = torch.Generator().manual_seed(options.seed)
    if isinstance(trainee.train, IterableDataset):
        count = (trainee.steps_per_epoch or 1) * options.batch_size
        return DataLoader(
            beginning(trainee.train, count),
            options.batch_size,
            collate_fn=trainee.collate,
            generator=generator,
        )
    count = len(cast("Sized", trainee.train))
    size = min(options.batch_size, count)
    wanted = trainee.steps_per_epoch * size if trainee.steps_per_epoch else count
    return DataLoader(
        trainee.train,
        size,
        sampler=RandomSampler(
            cast("Sized", trainee.train), num_samples=wanted, generator=generator
        ),
        # batch normalisation cannot learn from a single sample left over at the end
        drop_last=size > 1 and wanted % size == 1,
        collate_fn=trainee.collate,
        generator=generator,
    )


def beginning(stream: IterableDataset[object], count: int) -> IterableDataset[object]:
    """The first `count` samples of a stream. Cut here, the loader ends by itself, and a checkpoint at
    the end of an epoch is none in the middle of the stream."""
    from torch.utils.data import IterableDataset

    class Beginning(IterableDataset[object]):
        def __iter__(self) -> Iterator[object]:
            return islice(stream, count)

        def __len__(self) -> int:
            return count

        def set_epoch(self, epoch: int) -> None:
            if hasattr(stream, "set_epoch"):
                stream.set_epoch(epoch)

    return Beginning()


def length(batch: Batch) -> int:
    """How many samples it has: the length of any of its tensors or lists."""
    return len(next(iter(batch.values())) if isinstance(batch, dict) else batch[0])


def micro_batches(batch: Batch, count: int) -> Iterator[tuple[float, Batch]]:
    """(fraction of the samples, micro-batch) for each of `count` parts of a batch."""
    size = length(batch)
    if count == 1:
        yield 1.0, batch
        return
    step = math.ceil(size / count)
    for start in range(0, size, step):
        cut = slice(start, start + step)
        part: Batch = (
            {name: value[cut] for name, value in batch.items()}
            if isinstance(batch, dict)
            else tuple(value[cut] for value in batch)
        )
        yield length(part) / size, part
