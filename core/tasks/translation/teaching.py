"""How each kind of translator is taught: what a batch of pairs looks like and what it costs to get it wrong."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from core.device import Device
from core.models import weights
from core.models.catalog import ModelEntry
from core.serving import decoder
from core.serving.decoder import Decoder
from core.tasks.translation import seq2seq
from core.tasks.translation.predict import Engine
from core.tasks.translation.prompting import SHOTS, Prompted, prompt
from core.tasks.translation.seq2seq import POSITIONS, EncoderDecoder
from core.training import continuation
from core.training.continuation import IGNORED


class Teacher(nn.Module):
    """A translation model with what it costs to translate otherwise than the reference.

    `direction` is (source, target) as ISO 639-1 codes.
    """

    def __init__(self, model: Any, tokenizer: Any, direction: tuple[str, str]) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.direction = direction

    @abstractmethod
    def batch(self, pairs: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
        """`input_ids`, `attention_mask` and `labels` of sentences with their translations."""

    @abstractmethod
    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        labels: torch.Tensor,
        smoothing: float = 0.0,
    ) -> torch.Tensor:
        """Cross-entropy, summed over the tokens of all translations of the batch."""

    @abstractmethod
    def engine(self, device: Device, taught: bool) -> Engine:
        """What translates with the model as it is now; `taught`: it was trained here already."""


class ContinuationTeacher(Teacher):
    """A decoder learns to continue the prompt, without examples, with the translation and a new line."""

    def __init__(self, *given: Any, shots: int) -> None:
        super().__init__(*given)
        self.shots = shots

    def batch(self, pairs: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
        begin = [self.tokenizer.bos_token_id]
        items = [
            (begin + self._encode(prompt(source, *self.direction)), self._encode(f" {target}\n"))
            for source, target in pairs
        ]
        return continuation.batch(items, self.tokenizer.pad_token_id)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        labels: torch.Tensor,
        smoothing: float = 0.0,
    ) -> torch.Tensor:
        return continuation.loss(self.model, input_ids, attention_mask, labels, smoothing)

    def engine(self, device: Device, taught: bool) -> Engine:
        return Prompted(Decoder(self.model, self.tokenizer, device), 0 if taught else self.shots)

    def _encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False)


class PairTeacher(Teacher):
    """An encoder-decoder reads the sentence and learns to write the translation."""

    def __init__(self, *given: Any, mark: str) -> None:
        super().__init__(*given)
        self.mark = mark

    def batch(self, pairs: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
        if hasattr(self.tokenizer, "get_lang_id"):
            self.tokenizer.src_lang, self.tokenizer.tgt_lang = self.direction
        batch = self.tokenizer(
            [f"{self.mark} {source}" if self.mark else source for source, _ in pairs],
            text_target=[target for _, target in pairs],
            return_tensors="pt",
            padding=True,
            truncation=True,
            max_length=POSITIONS,
        )
        labels = batch["labels"].masked_fill(
            batch["labels"] == self.tokenizer.pad_token_id, IGNORED
        )
        return {
            "input_ids": batch["input_ids"],
            "attention_mask": batch["attention_mask"],
            "labels": labels,
        }

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        labels: torch.Tensor,
        smoothing: float = 0.0,
    ) -> torch.Tensor:
        logits = self.model(
            input_ids=input_ids, attention_mask=attention_mask, labels=labels
        ).logits
        return functional.cross_entropy(
            logits.float().flatten(0, 1),
            labels.flatten(),
            label_smoothing=smoothing,
            reduction="sum",
        )

    def engine(self, device: Device, taught: bool) -> Engine:
        return EncoderDecoder(self.model, self.tokenizer, device, self.mark)


def teacher(entry: ModelEntry, direction: tuple[str, str]) -> Teacher:
    """The model of `entry` to be taught, in single precision, on the CPU.

    Raises:
        NotReadyError: its files are not there. IntegrityError: they do not fit.
    """
    folders: list[Path] = weights.require(entry)
    if entry.config["kind"] == "decoder":
        shots = int(str(entry.config.get("shots", SHOTS)))
        return ContinuationTeacher(*decoder.read(*folders), direction, shots=shots)
    mark = str(entry.config.get("mark", ""))
    return PairTeacher(*seq2seq.read(*folders), direction, mark=mark)
