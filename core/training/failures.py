"""What can go wrong in a training step, whichever library takes it."""

from __future__ import annotations

from core.errors import N_, DivergedError, TrainingError


def out_of_memory(error: BaseException) -> bool:
    """Whether a step failed because its batch does not fit into memory."""
    from accelerate.utils.memory import should_reduce_batch_size

    return isinstance(error, MemoryError) or should_reduce_batch_size(error)


def too_large(device: str) -> TrainingError:
    """Not even a batch of one fits."""
    return TrainingError(
        N_(
            "Out of memory: not even one sample fits into the memory of {device}. Choose a smaller "
            "model or smaller inputs, train fewer layers, or use the CPU."
        ),
        device=device,
    )


def diverged(step: int, rate: float) -> DivergedError:
    """The loss after `step` steps is infinite or NaN."""
    return DivergedError(
        N_(
            "The loss is NaN or infinite at step {step}: the learning rate {rate:g} is too high. "
            "Start again with a tenth of it, or turn mixed precision off."
        ),
        step=step,
        rate=rate,
    )
