"""Reading with a language model that was never trained for it: Gemma, a prompt, and the passage's words.

The prompt shows a few passages with questions and answers, then the visitor's. Instead of letting the
model write, every run of passage words is scored by the probability that the model gives it as the
answer, line end included, with a bonus for length and one for a sentence that is like the question
(MiniLM). On our own 80 questions (tests/fixtures/reading.json) each of the three steps beyond taking
the likeliest word every time adds to F1; see `python -m core.tasks.question_answering.evaluate`. Chinese
passages get Chinese examples: F1 76 instead of 45 on 19 questions (tests/fixtures/reading_zh.json).

A decoder that was fine-tuned to read (`TunedReader`) knows all that: it gets no examples, and its
probabilities count as they are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from pydantic import Field, StrictBool

from core.device import Device
from core.models import weights
from core.models.catalog import FamilyConfig, ModelEntry
from core.progress import Progress
from core.serving.decoder import Decoder
from core.serving.decoder import load as load_decoder
from core.serving.predictor import Stopwatch
from core.tasks.question_answering import passages
from core.tasks.question_answering.families.prompts import (
    SCRIPT,
    Prompt,
    asking,
    blank_before,
    prompt_for,
    showing,
)
from core.tasks.question_answering.passages import Span
from core.tasks.question_answering.predictor import Job, Reader, Reading

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache

    from core.tasks.question_answering.options import ReadingOptions

ALIKE = 6.0  # nats that an answer gains when its sentence means the same as the question
NONE = 2.0  # log score of there being no answer: above most best spans of a passage that lacks it
LENGTH = 0.6  # nats for each token: probabilities only fall, and would cut every answer short
WORD = re.compile(r"[^\W_]")
VISIBLE = re.compile(r"\S")


class PromptConfig(FamilyConfig):
    """A decoder that was never trained to read: examples in its prompt show it how."""

    reader: Literal["decoder"] = "decoder"


class TunedConfig(FamilyConfig):
    """A decoder that was fine-tuned to read, without examples. `knows_none`: it learnt from passages without an answer.

    `prompt` (with {passage} and {question}) and the `blank` before an answer are for those who use the model without
    this portal.
    """

    reader: Literal["decoder"] = "decoder"
    shots: Literal[0]
    knows_none: StrictBool
    prompt: str = Field("", max_length=1000)
    blank: str = Field("", max_length=1)


@dataclass(frozen=True)
class Run:
    """Tokens that spell the passage from character `start` on; `ends` are where each one ends."""

    start: int
    tokens: list[int]
    ends: list[int]


class PromptReader(Reader):
    """The decoder with examples in its prompt."""

    window = 400
    searches = True
    alike, length = ALIKE, LENGTH
    places, behind = 8, math.inf
    """In how many places of a window answers are looked for, those with the likeliest first tokens, and
    by how many nats one may be less likely than the best."""
    edge = WORD
    """What an answer may begin and end with."""

    def __init__(self, entry: ModelEntry, device: Device, decoder: Decoder) -> None:
        super().__init__(entry, device)
        self.decoder = decoder
        self.model, self.tokenizer = decoder.model, decoder.tokenizer
        self._examples: dict[Prompt, DynamicCache] = {}

    @property
    def nbytes(self) -> int:
        return self.decoder.nbytes

    def tokens(self, text: str) -> list[Span]:
        return passages.tokens(self.decoder.tokenizer, text)

    def read(
        self, jobs: Sequence[Job], options: ReadingOptions, progress: Progress, watch: Stopwatch
    ) -> list[Reading]:
        import torch

        readings: dict[int, Reading] = {}
        # questions about one window stand together: the window, most of the work, is read once for all of them
        order = sorted(range(len(jobs)), key=lambda i: (id(jobs[i].passage), jobs[i].start))
        with self.decoder.turn(progress), torch.inference_mode():
            for _, same in groupby(order, key=lambda i: (id(jobs[i].passage), jobs[i].start)):
                rows = list(same)
                progress.step(len(readings), len(jobs))
                with watch.phase("preprocess"):
                    runs = self._runs(jobs[rows[0]], options.max_tokens)
                with watch.phase("forward"):
                    window = self._begin(jobs[rows[0]].text)
                for i in rows:
                    progress.step(len(readings), len(jobs))
                    with watch.phase("forward"):
                        readings[i] = self._read(jobs[i], window, runs)
        return [readings[i] for i in range(len(jobs))]

    def examples(self, prompt: Prompt) -> str:
        """What comes before the passage."""
        return prompt.examples

    def none(self, _first: torch.Tensor) -> float | None:
        """The log score of there being no answer; `_first` are those of its first token."""
        return NONE

    def _read(self, job: Job, window: DynamicCache, runs: list[Run]) -> Reading:
        import torch

        if not runs:
            return Reading([], float("-inf"))
        cache = deepcopy(
            window
        )  # reading on appends to it, and the next question needs it as it is
        hidden = self._extend(cache, [self._encode(asking(job.text, job.question))])
        first = self._logits(hidden[0, -1]).log_softmax(0).cpu()
        spans = self._answers(job, cache, first, runs)
        total = torch.tensor([score for *_, score in spans]).logsumexp(0).item()
        return Reading(spans, total, self.none(first))

    def _answers(
        self, job: Job, cache: DynamicCache, first: torch.Tensor, runs: list[Run]
    ) -> list[tuple[int, int, float]]:
        """(start, end, log probability) of the passage's runs that begin where it is likeliest."""
        import torch

        # an answer's first token alone says little ("the", "1"): the sentence around it counts as well
        hints = [self.alike * job.alike_at(run.start) for run in runs]
        begins = first[[run.tokens[0] for run in runs]] + torch.tensor(hints)
        best = begins.topk(min(self.places, len(runs)))
        rivals = best.values >= best.values[0] - self.behind
        chosen = [runs[i] for i in best.indices[rivals].tolist()]
        cache.batch_repeat_interleave(len(chosen))
        return self._spans(job.passage.text, cache, chosen, best.values[rivals].tolist())

    def _spans(
        self, text: str, cache: DynamicCache, runs: list[Run], begins: list[float]
    ) -> list[tuple[int, int, float]]:
        """Where the answers may end that follow the runs, which score `begins` at their first token.

        The runs lie side by side, filled up; one product with the vocabulary serves all their tokens,
        because reading its weights from memory for each run again takes longer than the numbers.
        """
        import torch

        stop = self.decoder.stops[0]
        longest = max(len(run.tokens) for run in runs)
        rows = [run.tokens + [stop] * (longest - len(run.tokens)) for run in runs]
        hidden = self._extend(cache, rows)
        logits = self._logits(
            torch.cat([h[: len(run.tokens)] for h, run in zip(hidden, runs, strict=True)])
        )
        norms = logits.logsumexp(1)
        # the probability that the answer ends after each token, and that it goes on as the passage does: with both
        # sums every end of a run is scored by one pass
        stops = (logits[:, self.decoder.stops].logsumexp(1) - norms).tolist()
        following = [token for run in runs for token in [*run.tokens[1:], stop]]
        goes_on = (logits[range(len(following)), following] - norms).tolist()
        spans, at = [], 0
        for run, begin in zip(runs, begins, strict=True):
            score = begin
            for end in run.ends:
                score += self.length
                if end > run.start and _is_end(text, end, self.edge):
                    spans.append((run.start, end, score + stops[at]))
                score += goes_on[at]
                at += 1
        return spans

    def _runs(self, job: Job, longest: int) -> list[Run]:
        """A run of at most `longest` tokens, within its sentence, wherever a word begins."""
        text = job.passage.text
        blank = blank_before(job.text)
        starts = [at for at in range(job.start, job.end) if _is_start(text, at, self.edge)]
        if not starts:
            return []
        pieces = [
            blank + text[at : min(job.end, job.passage.around(at, at + 1)[1])] for at in starts
        ]
        encoded = self.decoder.tokenizer(
            pieces, add_special_tokens=False, return_offsets_mapping=True
        )
        return [
            Run(at, tokens[:longest], [at + end - len(blank) for _, end in offsets[:longest]])
            for at, tokens, offsets in zip(
                starts, encoded["input_ids"], encoded["offset_mapping"], strict=True
            )
        ]

    def _begin(self, text: str) -> DynamicCache:
        """Keys and values of the examples (read once and kept) followed by those of a window."""
        from transformers import DynamicCache

        prompt = prompt_for(text)
        if prompt not in self._examples:
            self._examples[prompt] = DynamicCache(config=self.model.config)
            start = self.decoder.tokenizer.bos_token_id
            self._extend(self._examples[prompt], [[start, *self._encode(self.examples(prompt))]])
        cache = deepcopy(self._examples[prompt])
        self._extend(cache, [self._encode(showing(text))])
        return cache

    def _extend(self, cache: DynamicCache, rows: list[list[int]]) -> torch.Tensor:
        """Read tokens after what is in `cache`; hidden states of shape (rows, tokens, width)."""
        import torch

        tokens = torch.tensor(rows, device=self.device.name)
        output = self.decoder.model.model(tokens, cache=cache, use_cache=True)
        hidden: torch.Tensor = output.last_hidden_state
        return hidden

    def _logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Of shape (..., vocabulary), in float32, of hidden states of shape (..., width)."""
        logits: torch.Tensor = self.decoder.model.lm_head(hidden).float()
        return logits

    def _encode(self, text: str) -> list[int]:
        return self.decoder.encode(text)


class TunedReader(PromptReader):
    """The decoder with what it learnt of reading: an answer, or at once the end of the line where
    there is none."""

    searches = False
    alike = length = 0.0
    places, behind = 16, 7.0  # all numbers begin with the same token; one in a thousand
    edge = VISIBLE  # it knows whether the sign before a number belongs to the answer

    def __init__(self, entry: ModelEntry, device: Device, decoder: Decoder) -> None:
        assert isinstance(entry.config, TunedConfig)
        super().__init__(entry, device, decoder)
        self.knows_none = entry.config.knows_none

    def examples(self, prompt: Prompt) -> str:
        return ""

    def none(self, first: torch.Tensor) -> float | None:
        return first[self.decoder.stops].logsumexp(0).item() if self.knows_none else None


def load(entry: ModelEntry, device: Device) -> PromptReader:
    """The decoder; one that was fine-tuned has LoRA matrices beside its base.

    Raises:
        NotReadyError: the weights are not there. IntegrityError: matrices do not fit the decoder.
    """
    folder, _search, *adapters = weights.require(entry)
    return reader(entry, device, load_decoder(folder, device, *adapters))


def reader(entry: ModelEntry, device: Device, decoder: Decoder) -> PromptReader:
    """`decoder`, with as many examples as `entry` needs."""
    kind = TunedReader if isinstance(entry.config, TunedConfig) else PromptReader
    return kind(entry, device, decoder)


def _is_start(text: str, at: int, edge: re.Pattern[str] = WORD) -> bool:
    """Whether an answer may begin at character `at`: not inside a word."""
    if not edge.match(text, at):
        return False
    whole = at == 0 or not (WORD.match(text, at - 1) and WORD.match(text, at))
    return whole or bool(SCRIPT.match(text, at))


def _is_end(text: str, at: int, edge: re.Pattern[str] = WORD) -> bool:
    """Whether an answer may end before character `at`: not inside a word."""
    if not edge.match(text, at - 1):
        return False
    whole = at >= len(text) or not (WORD.match(text, at - 1) and WORD.match(text, at))
    return whole or bool(SCRIPT.match(text, at - 1))
