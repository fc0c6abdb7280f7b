"""What every generating language model here shares: how the next token is chosen, and stopping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from core.progress import Progress

if TYPE_CHECKING:
    import torch

ROWS = 16  # sequences decoded at once: more gain little on a CPU and wait for the longest


def search(returned: int, beams: int, temperature: float) -> dict[str, Any]:
    """Arguments of transformers' `generate`: sampling if `temperature` > 0, else `beams` side by
    side (1: the likeliest token every time), and `returned` texts per input."""
    if temperature > 0:
        chosen = {"do_sample": True, "temperature": temperature, "top_k": 50, "num_beams": 1}
    else:
        chosen = {"do_sample": False, "num_beams": max(beams, returned)}
    return {**chosen, "num_return_sequences": returned}


def stopping(progress: Progress) -> list[Callable[..., torch.Tensor]]:
    """A stopping criterion that never stops by itself, but lets a cancel or deadline through."""
    import torch

    def check(tokens: torch.Tensor, _scores: Any, **_: Any) -> torch.Tensor:
        progress.check()
        return torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)

    return [check]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers from `seed` inside, and the process's own sequence untouched outside."""
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield
