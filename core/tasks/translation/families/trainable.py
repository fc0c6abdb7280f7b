"""How each family of translators is trained: what a batch of sentence pairs looks like, and the loss."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from core.device import Device
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.decoder import Decoder
from core.serving.generation import Network
from core.tasks.translation.families.config import config_of
from core.tasks.translation.families.decoder import DecoderConfig, Prompted, prompt
from core.tasks.translation.families.encoder_decoder import POSITIONS, EncoderDecoder, mark_of
from core.tasks.translation.predictor import Engine, Translator
from core.training.components import continuation
from core.training.components.continuation import IGNORED


class TrainableTranslator(nn.Module):
    """A translation model with its loss; `direction` is (source, target) as ISO 639-1 codes."""

    def __init__(self, model: Network, tokenizer: Network, direction: tuple[str, str]) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.direction = direction

    @abstractmethod
    def batch(self, pairs: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
        """`input_ids`, `attention_mask` and `labels` (each of shape (pairs, tokens)) of sentences with their
        translations."""

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
    def engine(self, device: Device, trained: bool) -> Engine:
        """What translates with the model as it is now; `trained`: it has taken steps here already."""


class TrainableDecoder(TrainableTranslator):
    """A decoder learns to continue the prompt, without examples, with the translation and a new line."""

    def __init__(
        self, model: Network, tokenizer: Network, direction: tuple[str, str], shots: int
    ) -> None:
        super().__init__(model, tokenizer, direction)
        self.shots = shots

    def batch(self, pairs: Sequence[tuple[str, str]]) -> dict[str, torch.Tensor]:
        begin = [self.tokenizer.bos_token_id]
        samples = [
            (begin + self._encode(prompt(source, *self.direction)), self._encode(f" {target}\n"))
            for source, target in pairs
        ]
        return continuation.batch(samples, self.tokenizer.pad_token_id)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        labels: torch.Tensor,
        smoothing: float = 0.0,
    ) -> torch.Tensor:
        return continuation.loss(self.model, input_ids, attention_mask, labels, smoothing)

    def engine(self, device: Device, trained: bool) -> Engine:
        return Prompted(Decoder(self.model, self.tokenizer, device), 0 if trained else self.shots)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids


class TrainableEncoderDecoder(TrainableTranslator):
    """An encoder-decoder reads the sentence and learns to write the translation."""

    def __init__(
        self, model: Network, tokenizer: Network, direction: tuple[str, str], mark: str
    ) -> None:
        super().__init__(model, tokenizer, direction)
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

    def engine(self, device: Device, trained: bool) -> Engine:
        return EncoderDecoder(self.model, self.tokenizer, device, self.mark)


def trainable(
    entry: ModelEntry, direction: tuple[str, str], *, frozen: bool
) -> TrainableTranslator:
    """A copy of the model of `entry` to be trained, in single precision, on the CPU; `frozen`: its own weights
    will not change (LoRA trains matrices beside them).

    Raises:
        NotReadyError: its files are not there. IntegrityError: they do not fit. MemoryBudgetError.
    """
    from core import tasks

    # CPU: a GPU's copy is in half precision, too coarse to add small steps to
    with tasks.pool.borrow(entry.id, device_name="cpu", progress=Progress()) as predictor:
        assert isinstance(predictor, Translator)
        model, tokenizer = _copy(predictor.engine.model, frozen), predictor.engine.tokenizer
    tasks.pool.drop(entry.id)  # nobody else asks in a worker: the run needs the memory
    config = config_of(entry)
    if isinstance(config, DecoderConfig):
        return TrainableDecoder(model, tokenizer, direction, shots=config.shots)
    return TrainableEncoderDecoder(model, tokenizer, direction, mark=mark_of(config))


def _copy(model: Network, frozen: bool) -> Network:
    """Modules of its own, which LoRA may rebuild. Frozen weights are never written to, so that both share them:
    a second copy would double the memory of a run that only trains small matrices. The parameters are new
    objects even so, because moving one to a GPU changes it in place."""
    shared = (
        {id(p): nn.Parameter(p.detach(), requires_grad=False) for p in model.parameters()}
        if frozen
        else {}
    )
    return copy.deepcopy(model, shared)
