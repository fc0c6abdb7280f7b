"""`python -m core bench finetune`: samples per second of our training against other ways of doing the same."""

from __future__ import annotations

from core import tasks
from core.training.benchmark import measure


def finetune(rounds: int) -> int:
    """Print a line per comparison: samples per second of both, and the ratio of medians."""
    print(f"{'task':22}{'against':26}{'ours /s':>10}{'other /s':>10}{'ratio':>8}")
    for application in tasks.applications():
        for case in application.training.benchmarks() if application.training else []:
            ours, other = measure(case, rounds)
            print(
                f"{application.name:22}{case.against:26}{1 / ours:10.1f}{1 / other:10.1f}"
                f"{other / ours:8.2f}",
                flush=True,
            )
    return 0
