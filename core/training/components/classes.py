"""How well a classifier does: the same metrics for images and for texts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.nn import functional

from core.plain import Row
from core.training.trainee import Evaluation


def evaluation(
    scores: torch.Tensor,
    wanted: Sequence[int],
    classes: Sequence[str],
    shown: Sequence[Row],
) -> Evaluation:
    """Accuracy, macro F1 and loss of probabilities `scores` (N, classes) against class indices `wanted`.

    Of each sample is kept what is `shown` of it with its label, the predicted one, that one's probability, and
    whether they agree.
    """
    from sklearn.metrics import accuracy_score, f1_score

    found = scores.argmax(1).tolist()
    samples: list[Row] = [
        {
            **one,
            "label": classes[label],
            "predicted": classes[guess],
            "score": round(row[guess].item(), 4),
            "right": guess == label,
        }
        for one, label, guess, row in zip(shown, wanted, found, scores, strict=True)
    ]
    log = scores.clamp_min(torch.finfo(scores.dtype).tiny).log()
    return Evaluation(
        {
            "accuracy": float(accuracy_score(wanted, found)),
            "macro F1": float(f1_score(wanted, found, average="macro", zero_division=0)),
            "loss": functional.nll_loss(log, torch.tensor(wanted)).item(),
        },
        samples,
        count=len(wanted),
    )
