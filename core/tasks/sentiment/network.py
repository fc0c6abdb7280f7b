"""The kinds of sentiment network behind one face: texts in, logits over some of its `labels` out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.models import state_dicts
from core.models.catalog import ModelEntry
from core.tasks.sentiment.data import LABELS

if TYPE_CHECKING:
    import torch

Inputs = dict[str, "torch.Tensor"]


@dataclass(frozen=True)
class Network:
    """`columns` says which of `labels` each logit is for; `window` is in what `count` counts."""

    module: torch.nn.Module
    columns: list[int]
    window: int
    count: Callable[[str], int]
    inputs: Callable[[Sequence[str]], Inputs]
    labels: Sequence[str] = LABELS

    def logits(self, inputs: Inputs) -> torch.Tensor:
        """(B, len(columns)), on the device of the inputs."""
        answer = self.module(**inputs)
        return getattr(answer, "logits", answer)


def adapters(entry: ModelEntry, folders: Sequence[Path]) -> Network:
    from core.tasks.sentiment import encoder

    model = encoder.load(*folders)
    window = encoder.WINDOW - model.tokenizer.num_special_tokens_to_add()
    return Network(model, [0, 1, 2], window, _counter(model.tokenizer), model.inputs)


def lstm(entry: ModelEntry, folders: Sequence[Path]) -> Network:
    from core.tasks.sentiment import lstm

    model = lstm.load(*folders)
    return Network(model, [0, 2], lstm.WINDOW, len, model.inputs)


def hub(entry: ModelEntry, folders: Sequence[Path]) -> Network:
    """A transformers sequence classifier; its configuration names the classes.

    Raises:
        IntegrityError: weights are missing (transformers would make them up), or a class is unknown.
    """
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    (folder,) = folders
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model, info = AutoModelForSequenceClassification.from_pretrained(
        folder, local_files_only=True, output_loading_info=True
    )
    classes = [model.config.id2label[i].lower() for i in range(model.config.num_labels)]
    if info["missing_keys"] or not set(classes) <= set(LABELS):
        raise state_dicts.misfit(entry.id, ", ".join(sorted(info["missing_keys"]) or classes))
    longest = min(tokenizer.model_max_length, 512)  # both are BERT-like: 512 positions
    tidy = _tweet if entry.config.get("tweets") else str

    def inputs(texts: Sequence[str]) -> Inputs:
        return dict(
            tokenizer(
                [tidy(text) for text in texts],
                padding=True,
                truncation=True,
                max_length=longest,
                return_tensors="pt",
            )
        )

    window = longest - tokenizer.num_special_tokens_to_add()
    columns = [LABELS.index(name) for name in classes]
    return Network(model.eval(), columns, window, _counter(tokenizer), inputs)


def tuned(entry: ModelEntry, folders: Sequence[Path]) -> Network:
    """A fine-tuned network; its labels are its own."""
    from core.tasks.sentiment import tuned

    model = tuned.load(entry, folders)
    window = model.window - model.tokenizer.num_special_tokens_to_add()
    numbers = list(range(len(model.labels)))
    count = _counter(model.tokenizer)
    return Network(model, numbers, window, count, model.inputs, model.labels)


BUILDERS: dict[str, Callable[[ModelEntry, Sequence[Path]], Network]] = {
    "adapters": adapters,
    "lstm": lstm,
    "hub": hub,
    "tuned": tuned,
}


def _counter(tokenizer: object) -> Callable[[str], int]:
    def count(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    return count


def _tweet(text: str) -> str:
    """Names and links masked as in the tweets the model was trained on (its model card)."""
    return re.sub(r"(?<!\S)http\S*", "http", re.sub(r"(?<!\S)@\S+", "@user", text))
