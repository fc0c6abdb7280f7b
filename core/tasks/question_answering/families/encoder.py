"""Extractive readers of the BERT family: two numbers per token, how well it begins or ends the answer.

Question and window go through the network together; the answer is the run of tokens whose start
and end logits have the largest sum (BERT, https://arxiv.org/abs/1810.04805, section 4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from pydantic import StrictBool

from core.device import Device
from core.models import weights
from core.models.catalog import FamilyConfig, ModelEntry
from core.progress import Progress
from core.serving.predictor import Stopwatch
from core.tasks.question_answering import passages
from core.tasks.question_answering.passages import Span
from core.tasks.question_answering.predictor import Job, Reader, Reading

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from core.tasks.question_answering.options import ReadingOptions

BATCH = 8
QUESTION = 64  # tokens of a question that are read
KEPT = 20  # best spans of a window


class EncoderConfig(FamilyConfig):
    """`knows_none`: it learnt from passages without an answer, so that its score of the start mark counts."""

    reader: Literal["encoder"] = "encoder"
    knows_none: StrictBool


def load(entry: ModelEntry, device: Device) -> EncoderReader:
    """The reader in a folder that transformers wrote.

    Raises:
        NotReadyError: the weights are not there.
    """
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    (folder,) = weights.require(entry)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForQuestionAnswering.from_pretrained(folder, local_files_only=True)
    return EncoderReader(entry, device, tokenizer, model)


def with_head(encoder: PreTrainedModel) -> PreTrainedModel:
    """A network with a new, random question-answering head on the weights of `encoder`, which has none."""
    from transformers import AutoModelForQuestionAnswering

    network: PreTrainedModel = AutoModelForQuestionAnswering.from_config(encoder.config)
    # what `encoder` has beyond, a layer above the first token, is not for reading
    missing, _beyond = network.base_model.load_state_dict(encoder.state_dict(), strict=False)
    assert not missing
    return network


class EncoderReader(Reader):
    """A network with a question-answering head, and its tokenizer (a fast one, for the offsets)."""

    def __init__(
        self,
        entry: ModelEntry,
        device: Device,
        tokenizer: PreTrainedTokenizerBase,
        model: PreTrainedModel,
    ) -> None:
        assert isinstance(entry.config, EncoderConfig)
        super().__init__(entry, device)
        self.tokenizer = tokenizer
        self.model = model.eval().to(device.name)
        longest = min(int(model.config.max_position_embeddings) - 2, 512)  # RoBERTa keeps two
        self.window = min(320, longest - QUESTION - 4)  # and up to four tokens mark the parts
        self.knows_none = entry.config.knows_none

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def tokens(self, text: str) -> list[Span]:
        return passages.tokens(self.tokenizer, text)

    def read(
        self, jobs: Sequence[Job], options: ReadingOptions, progress: Progress, watch: Stopwatch
    ) -> list[Reading]:
        order = sorted(range(len(jobs)), key=lambda i: jobs[i].end - jobs[i].start)
        readings: dict[int, Reading] = {}
        for first in range(0, len(order), BATCH):
            progress.step(first, len(order))
            rows = order[first : first + BATCH]
            answers = self._batch([jobs[i] for i in rows], options, watch)
            readings.update(zip(rows, answers, strict=True))
        return [readings[i] for i in range(len(jobs))]

    def _batch(
        self, jobs: Sequence[Job], options: ReadingOptions, watch: Stopwatch
    ) -> list[Reading]:
        import torch

        with watch.phase("preprocess"):
            questions = [shortened(self.tokenizer, job.question) for job in jobs]
            batch = self.tokenizer(
                questions,
                [job.text for job in jobs],
                padding=True,
                truncation="only_second",
                max_length=self.window + QUESTION + 4,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
            offsets = batch.pop("offset_mapping").tolist()
            inside = [[part == 1 for part in batch.sequence_ids(i)] for i in range(len(jobs))]
        with watch.phase("forward"), torch.inference_mode():
            output = self.model(**batch.to(self.device.name))
            starts, ends = output.start_logits.float().cpu(), output.end_logits.float().cpu()
        with watch.phase("postprocess"):
            return [
                self._spans(job, starts[i], ends[i], offsets[i], inside[i], options.max_tokens)
                for i, job in enumerate(jobs)
            ]

    def _spans(
        self,
        job: Job,
        starts: torch.Tensor,
        ends: torch.Tensor,
        offsets: Sequence[Sequence[int]],
        inside: Sequence[bool],
        longest: int,
    ) -> Reading:
        """The best spans of one window. `starts` and `ends` have shape (tokens,)."""
        import torch

        where = [i for i, within in enumerate(inside) if within]
        scores = starts[where][:, None] + ends[where][None, :]
        allowed = torch.ones_like(scores).triu().tril(longest - 1).bool()
        scores = scores.masked_fill(~allowed, -torch.inf)
        top = scores.flatten().topk(min(KEPT, int(allowed.sum())))
        spans = [
            (job.start + offsets[where[i // len(where)]][0],
             job.start + offsets[where[i % len(where)]][1], value)
            for i, value in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        ]  # fmt: skip
        none = float(starts[0] + ends[0]) if self.knows_none else None
        return Reading(spans, float(scores.flatten().logsumexp(0)), none)


def shortened(tokenizer: PreTrainedTokenizerBase, question: str, most: int = QUESTION) -> str:
    """The question, cut behind its first `most` tokens."""
    spans = passages.tokens(tokenizer, question)
    return question if len(spans) <= most else question[: spans[most - 1][1]]
