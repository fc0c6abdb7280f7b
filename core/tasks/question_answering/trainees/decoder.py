"""Fine-tuning of the decoder: LoRA on continuing a passage and a question with the answer.

Where a window holds no answer, the end of the line follows at once: the probability of that is how
sure the model is that there is none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from core.models.catalog import FamilyConfig
from core.serving.decoder import Decoder
from core.tasks.question_answering.dataset import StoredQuestion
from core.tasks.question_answering.families import decoder, prompts
from core.tasks.question_answering.families.decoder import PromptReader, TunedConfig
from core.tasks.question_answering.families.encoder import QUESTION, shortened
from core.tasks.question_answering.passages import Passage, tokens
from core.tasks.question_answering.trainees.base import ReadingTrainee, Windows, own_copy
from core.training.components import continuation, lora
from core.training.run import Run
from core.training.trainee import Batch

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from core.tasks.question_answering.options import ReadingTrainOptions

Tokens = tuple[list[int], list[int]]
"""Those given, and those wanted after them."""


class Learner(nn.Module):
    """A decoder with what it costs to answer otherwise than wanted."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        labels: torch.Tensor,
        smoothing: float,
    ) -> torch.Tensor:
        return continuation.loss(self.model, input_ids, attention_mask, labels, smoothing)


class DecoderTrainee(ReadingTrainee):
    """A decoder with LoRA. Only the tokens of answers are learnt from."""

    train: Windows[Tokens]

    def __init__(self, run: Run[ReadingTrainOptions]) -> None:
        super().__init__(run)
        self.model, self.tokenizer = own_copy(self.base)
        self.adapted = lora.attach(self.model, run.options, run.options.dropout)
        learner = Learner(self.model)
        lora.leave_out_frozen(learner)
        self.networks = {"model": learner}
        size = run.options.window
        self.train = Windows(windows(q, self.tokenizer, size) for q in self.training_questions())
        none = self.tokenizer.encode("\n", add_special_tokens=False)
        self.knows_none = any(wanted == none for _, wanted in self.train.windows)
        labels = self.collate(self.train.windows[:200])["labels"]
        self.typical = continuation.typical_length(labels)

    def collate(self, items: list[Tokens]) -> dict[str, torch.Tensor]:
        """`input_ids`, `attention_mask` and `labels`, each of shape (windows, tokens)."""
        return continuation.batch(items, self.tokenizer.pad_token_id)

    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """Divided by the tokens that so many answers usually have."""
        assert isinstance(batch, dict)  # see `collate`
        self.trained = True
        total = self.networks[phase](**batch, smoothing=self.options.label_smoothing)
        return total / (len(batch["labels"]) * self.typical), {}

    def reader(self) -> PromptReader:
        whole = Decoder(self.model, self.tokenizer, self.given.device)
        return decoder.reader(self.entry(), self.given.device, whole)

    def config(self) -> FamilyConfig:
        """Until something was learnt, the base's own: it may need examples."""
        if not self.trained:
            assert isinstance(self.base.config, FamilyConfig)
            return self.base.config
        usual = self.training_questions()[0].passage
        return TunedConfig(
            shots=0,
            knows_none=self.knows_none,
            prompt=prompts.template(usual),
            blank=prompts.blank_before(usual),
        )

    def save(self, folder: Path) -> None:
        """LoRA's matrices alone."""
        lora.save(self.adapted, folder, self.base.id)
        self.describe(folder, needs_base=True)


def windows(asked: StoredQuestion, tokenizer: PreTrainedTokenizerBase, size: int) -> list[Tokens]:
    """For each window of at most about `size` tokens what the decoder is to write after it."""

    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False))

    question = shortened(tokenizer, asked.question, min(QUESTION, size // 3))
    room = size - len(encode(question))
    passage = Passage(asked.passage)
    answer = asked.answers[0] if asked.answers else ""
    found = []
    for start, end in passage.windows(room, room // 4, lambda text: tokens(tokenizer, text)):
        text = passage.text[start:end]
        inside = answer and start <= asked.start and asked.start + len(answer) <= end
        given = encode(prompts.showing(text)) + encode(prompts.asking(text, question))
        wanted = prompts.blank_before(text) + answer if inside else ""
        found.append(([tokenizer.bos_token_id, *given], encode(wanted + "\n")))
    return found
