"""What every generating language model here shares: how the next token is chosen, and stopping."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NotRequired, Protocol, TypeAlias, TypedDict

from core.progress import Progress

if TYPE_CHECKING:
    import torch

Network: TypeAlias = Any
"""A model or a tokenizer of transformers, or a cache of keys and values: their classes are built by name and
take what each architecture wants, which no type checker can follow."""
ROWS = 16  # sequences decoded at once: more gain little on a CPU and wait for the longest


class Search(TypedDict):
    """Arguments of transformers' `generate` that say how the next token is chosen."""

    do_sample: bool
    num_beams: int
    num_return_sequences: int
    temperature: NotRequired[float]
    top_k: NotRequired[int]


def search(returned: int, beams: int, temperature: float) -> Search:
    """Sampling if `temperature` > 0, else beam search with `beams` (1: greedy decoding), and `returned` texts
    per input."""
    if temperature > 0:
        return {
            "do_sample": True,
            "temperature": temperature,
            "top_k": 50,
            "num_beams": 1,
            "num_return_sequences": returned,
        }
    return {
        "do_sample": False,
        "num_beams": max(beams, returned),
        "num_return_sequences": returned,
    }


class Criterion(Protocol):
    """Of shape (sequences,): which of them end here. `tokens`: (sequences, length)."""

    def __call__(self, tokens: torch.Tensor, scores: object, /, **more: object) -> torch.Tensor: ...


def stopping(progress: Progress) -> list[Criterion]:
    """A stopping criterion that never stops by itself, but lets a cancel or deadline through."""
    import torch

    def check(tokens: torch.Tensor, _scores: object, /, **_: object) -> torch.Tensor:
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
