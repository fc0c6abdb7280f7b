"""Sequence classifiers of the Hugging Face hub; the configuration in their folder names the classes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.models import state_dicts
from core.models.catalog import FamilyConfig
from core.tasks.sentiment.labels import LABELS
from core.tasks.sentiment.predictor import Inputs, Network, counter

POSITIONS = 512
"""Tokens that BERT-like networks have positions for; a tokenizer may claim more."""


class HubConfig(FamilyConfig):
    """`any_language`: it also answers in languages that it is not listed for. `tweets`: it was trained on
    tweets whose user names and links were masked."""

    any_language: bool = False
    tweets: bool = False


def network(model_id: str, config: HubConfig, folders: Sequence[Path]) -> Network:
    """The classifier ready to be asked.

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
        raise state_dicts.misfit(model_id, ", ".join(sorted(info["missing_keys"]) or classes))
    longest = min(tokenizer.model_max_length, POSITIONS)
    tidy = masked if config.tweets else str

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
    return Network(model.eval(), columns, window, counter(tokenizer), inputs)


def masked(text: str) -> str:
    """Names and links masked as in the tweets the model was trained on (its model card)."""
    return re.sub(r"(?<!\S)http\S*", "http", re.sub(r"(?<!\S)@\S+", "@user", text))
