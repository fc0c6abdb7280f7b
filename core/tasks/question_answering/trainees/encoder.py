"""Fine-tuning of encoders: two numbers per token say where answers begin and end."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from core.models.starters import ENCODER
from core.tasks.question_answering.dataset import StoredQuestion
from core.tasks.question_answering.families.encoder import (
    QUESTION,
    EncoderConfig,
    EncoderReader,
    shortened,
    with_head,
)
from core.tasks.question_answering.trainees.base import ReadingTrainee, Windows, own_copy
from core.training.components import lora
from core.training.options import GENTLE
from core.training.run import Run
from core.training.trainee import Batch

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from core.tasks.question_answering.options import ReadingTrainOptions

LAST = 3
"""With `train = last` one of so many blocks is trained."""


@dataclass(frozen=True)
class Window:
    """Part of a question's passage as the network reads it: its `inputs` by name, a number for each token (ids, which
    part one is of); the answer's `start` and `end`, its first and last token, both 0, the start mark, where the window
    has no answer."""

    inputs: dict[str, list[int]]
    start: int
    end: int


class EncoderTrainee(ReadingTrainee):
    """An encoder with its head; LoRA, the last blocks or all of them move."""

    train: Windows[Window]

    def __init__(self, run: Run[ReadingTrainOptions]) -> None:
        super().__init__(run)
        self.model, self.tokenizer = own_copy(self.base)
        if self.base.id == ENCODER.id:
            torch.manual_seed(run.options.seed)  # loading may have taken random numbers
            self.model = with_head(self.model)
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = run.options.dropout
        self.backbone = self.model.base_model_prefix
        if run.options.trainable == "lora":
            setattr(self.model, self.backbone, lora.attach(self._backbone(), run.options))
            lora.leave_out_frozen(self.model)
        else:
            self.tune = {"model": GENTLE}
            if run.options.trainable == "last":
                _freeze_all_but_last(self._backbone())
        self.networks = {"model": self.model}
        size = run.options.window
        self.train = Windows(windows(q, self.tokenizer, size) for q in self.training_questions())
        self.knows_none = any(window.end == 0 for window in self.train.windows)

    def collate(self, items: list[Window]) -> dict[str, torch.Tensor]:
        """What the network takes by name, of shape (windows, tokens), and `start` and `end`, of shape (windows,)."""
        batch = {
            name: pad_sequence(
                [torch.tensor(item.inputs[name]) for item in items],
                batch_first=True,
                padding_value=self.tokenizer.pad_token_id if name == "input_ids" else 0,
            )
            for name in self.tokenizer.model_input_names
            if name in items[0].inputs
        }
        return {
            **batch,
            "start": torch.tensor([item.start for item in items]),
            "end": torch.tensor([item.end for item in items]),
        }

    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """Cross-entropy of the first and of the last token, among all tokens of a window."""
        assert isinstance(batch, dict)  # see `collate`
        inputs = {name: value for name, value in batch.items() if name not in ("start", "end")}
        output = self.networks[phase](**inputs)
        both = [
            functional.cross_entropy(
                logits, batch[name], label_smoothing=self.options.label_smoothing
            )
            for name, logits in (("start", output.start_logits), ("end", output.end_logits))
        ]
        return (both[0] + both[1]) / 2, {}

    def reader(self) -> EncoderReader:
        network = cast("PreTrainedModel", self.networks["model"])  # the loop prepares `model`
        return EncoderReader(self.entry(), self.given.device, self.tokenizer, network)

    def config(self) -> EncoderConfig:
        return EncoderConfig(knows_none=self.knows_none)

    def save(self, folder: Path) -> None:
        """A folder as transformers writes it, with LoRA merged into the weights."""
        whole = self.model
        if self.options.trainable == "lora":
            whole = copy.deepcopy(self.model)
            setattr(whole, self.backbone, getattr(whole, self.backbone).merge_and_unload())
        whole.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        self.describe(folder)

    def _backbone(self) -> PreTrainedModel:
        found: PreTrainedModel = getattr(self.model, self.backbone)
        return found


def windows(asked: StoredQuestion, tokenizer: PreTrainedTokenizerBase, size: int) -> list[Window]:
    """Windows of question and passage, each of at most `size` tokens, which overlap by a quarter."""
    encoded = tokenizer(
        shortened(tokenizer, asked.question, min(QUESTION, size // 3)),
        asked.passage,
        truncation="only_second",
        max_length=size,
        stride=size // 4,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    names = [name for name in tokenizer.model_input_names if name in encoded]
    start = asked.start
    end = start + len(asked.answers[0]) if asked.answers else -1
    found = []
    for i, offsets in enumerate(encoded["offset_mapping"]):
        inside = [
            at
            for at, (part, (left, right)) in enumerate(
                zip(encoded.sequence_ids(i), offsets, strict=True)
            )
            if part == 1 and left < end and right > start
        ]
        whole = inside and offsets[inside[0]][0] <= start and offsets[inside[-1]][1] >= end
        first, last = (inside[0], inside[-1]) if whole else (0, 0)
        found.append(Window({name: encoded[name][i] for name in names}, first, last))
    return found


def _freeze_all_but_last(backbone: nn.Module) -> None:
    """Leave the last third of the encoder's blocks to be trained."""
    stacks = [module for module in backbone.modules() if isinstance(module, nn.ModuleList)]
    blocks = max(stacks, key=len)
    backbone.requires_grad_(False)
    for block in blocks[-max(1, len(blocks) // LAST) :]:
        block.requires_grad_(True)
