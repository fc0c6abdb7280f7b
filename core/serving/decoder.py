"""Gemma 3 270M, the decoder (GPT family) that translates and reads passages by prompting.

A base model: it continues a text. Show it a few examples and it does the same with the next line.
Most of a prompt are the examples, the same for every sentence: their keys and values are computed once and
kept, so that only what differs is read anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from core.device import Device
from core.models import state_dicts
from core.progress import Progress
from core.serving import generation
from core.serving.generation import Network, Search

if TYPE_CHECKING:
    import torch

PREFIXES = 8  # prompt beginnings whose keys and values are kept

Allowed = Callable[[int, list[int]], list[int]]
"""(index of the prompt, tokens generated so far) -> tokens that may follow."""


class Decoder:
    """A causal language model with its tokenizer; shared by all who load it from the same folder.

    `stops` are the tokens that end an answer: end of text, and whatever begins a new line.
    """

    def __init__(self, model: Network, tokenizer: Network, device: Device) -> None:
        self.model = model.eval().to(device.name)
        self.tokenizer = tokenizer
        self.device = device
        # a line ends the answer, and many tokens are line breaks with something around them
        lines = [i for token, i in tokenizer.get_vocab().items() if "\n" in token]
        self.stops = sorted({tokenizer.eos_token_id, *lines})
        self._prefixes: OrderedDict[str, tuple[list[int], Network]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def generate(
        self,
        prompts: Sequence[str],
        *,
        max_new_tokens: int | Sequence[int],
        progress: Progress,
        prefix: str = "",
        returned: int = 1,
        beams: int = 1,
        temperature: float = 0.0,
        seed: int = 0,
        allowed: Allowed | None = None,
    ) -> list[list[str]]:
        """Continue each prompt to the end of its line; `returned` texts per prompt, best first.

        What all prompts begin with goes into `prefix`: it is read once and remembered. `temperature` > 0
        samples (reproducibly, by `seed`), else `beams` > 1 is beam search and 1 greedy decoding.

        Raises:
            TimeLimitError, CancelledError: stopped between two tokens.
        """
        limits = (
            [max_new_tokens] * len(prompts) if isinstance(max_new_tokens, int) else max_new_tokens
        )
        ids = [self.encode(prompt) for prompt in prompts]
        # alike lengths together: a batch is padded to its longest prompt and waits for its longest answer
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        # each beam or sample is a sequence of its own on the device
        rows = max(1, generation.ROWS // max(beams, returned))
        settings = generation.search(returned, beams, temperature)
        texts: list[list[str]] = [[]] * len(prompts)
        with self.turn(progress), generation.seeded(seed):
            for start in range(0, len(order), rows):
                progress.step(start, len(order))
                batch = order[start : start + rows]
                answers = self._continue(
                    prefix,
                    [ids[i] for i in batch],
                    [limits[i] for i in batch],
                    settings,
                    progress,
                    allowed and _renumbered(allowed, batch),
                )
                for number, i in enumerate(batch):
                    texts[i] = answers[number * returned : (number + 1) * returned]
        progress.step(len(order), len(order))
        return texts

    def score(
        self,
        prompts: Sequence[str],
        answers: Sequence[str],
        *,
        progress: Progress,
        prefix: str = "",
    ) -> list[float]:
        """Mean natural-log probability (≤ 0) of each answer's tokens and the line end after them."""
        import torch

        scores = []
        with self.turn(progress), torch.inference_mode():
            for prompt, answer in zip(prompts, answers, strict=True):
                progress.check()
                target = self.encode(answer + "\n")
                batch, cache = self._batch(prefix, [self.encode(prompt) + target], 1)
                known = cache.get_seq_length()
                logits = self.model(
                    input_ids=batch["input_ids"][:, known:],
                    attention_mask=batch["attention_mask"],
                    cache=cache,
                    logits_to_keep=len(target) + 1,
                ).logits[0, :-1]
                chosen = batch["input_ids"][0, -len(target) :, None]
                scores.append(logits.float().log_softmax(1).gather(1, chosen).mean().item())
        return scores

    def encode(self, text: str) -> list[int]:
        """The tokens of `text`, without the mark for the beginning."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _continue(
        self,
        prefix: str,
        ids: list[list[int]],
        limits: list[int],
        settings: Search,
        progress: Progress,
        allowed: Allowed | None,
    ) -> list[str]:
        """The continuations of one batch, `num_return_sequences` after one another per prompt."""
        import torch

        copies = max(settings["num_beams"], settings["num_return_sequences"])
        batch, cache = self._batch(prefix, ids, copies)
        length = batch["input_ids"].shape[1]

        def permit(row: int, tokens: torch.Tensor) -> list[int]:
            assert allowed is not None  # else it is not asked
            return allowed(row, tokens[length:].tolist())

        with torch.inference_mode():
            out = self.model.generate(
                **batch,
                **settings,
                max_new_tokens=max(limits),
                cache=cache,
                eos_token_id=self.stops,
                pad_token_id=self.tokenizer.pad_token_id,
                stopping_criteria=generation.stopping(progress),
                prefix_allowed_tokens_fn=permit if allowed else None,
            )
        returned = settings["num_return_sequences"]
        # every prompt keeps to its own limit, so that it is answered alike alone and in a batch
        rows = [row[length : length + limits[i // returned]] for i, row in enumerate(out)]
        texts = self.tokenizer.batch_decode(rows, skip_special_tokens=True)
        return [text.split("\n")[0].strip() for text in texts]

    def _batch(
        self, prefix: str, ids: list[list[int]], copies: int
    ) -> tuple[dict[str, torch.Tensor], Network]:
        """Token ids and attention mask of shape (prompts, length), and the cache of the prefix.

        The padding stands between prefix and prompt, so that every prompt ends at the same place;
        the cache is repeated for `copies` beams or samples per prompt.
        """
        import torch

        begin, cache = self._read(prefix)
        cache = deepcopy(cache)  # generating appends to it
        cache.batch_repeat_interleave(len(ids) * copies)
        longest = max(len(row) for row in ids)
        pad = self.tokenizer.pad_token_id
        rows = [begin + [pad] * (longest - len(row)) + row for row in ids]
        mask = [[1] * len(begin) + [0] * (longest - len(r)) + [1] * len(r) for r in ids]
        where = self.device.name
        return {
            "input_ids": torch.tensor(rows, device=where),
            "attention_mask": torch.tensor(mask, device=where),
        }, cache

    def _read(self, prefix: str) -> tuple[list[int], Network]:
        """Tokens of the prefix and the keys and values that the model computes from them."""
        import torch

        if prefix not in self._prefixes:
            begin = [self.tokenizer.bos_token_id, *self.encode(prefix)]
            with torch.inference_mode():
                out = self.model(
                    input_ids=torch.tensor([begin], device=self.device.name),
                    use_cache=True,
                    logits_to_keep=1,  # of a quarter of a million each, none of which is used
                )
            self._prefixes[prefix] = begin, out.cache
            # a prefix of 400 tokens takes megabytes, and eleven languages make 110 pairs
            if len(self._prefixes) > PREFIXES:
                self._prefixes.popitem(last=False)
        self._prefixes.move_to_end(prefix)
        return self._prefixes[prefix]

    @contextmanager
    def turn(self, progress: Progress) -> Iterator[None]:
        """One caller at a time: translation and question answering hold the same decoder."""
        while not self._lock.acquire(timeout=0.2):
            progress.check()
        try:
            yield
        finally:
            self._lock.release()


# Weak: half a gigabyte that nobody's predictor holds any more must not stay, whatever the pool dropped first.
_loaded: WeakValueDictionary[tuple[str, ...], Decoder] = WeakValueDictionary()
_loading = threading.Lock()


def load(folder: Path, device: Device, *adapters: Path) -> Decoder:
    """The decoder in `folder` on `device`, the one in memory if somebody holds it already.

    `adapters` are folders with LoRA matrices of fine-tunings, one upon the other.

    Raises:
        IntegrityError: an adapter does not fit the decoder.
    """
    import torch

    with _loading:
        key = (device.name, str(folder), *map(str, adapters))
        decoder = _loaded.get(key)
        if decoder is None:
            model, tokenizer = read(folder, *adapters)
            # CPUs without bfloat16 instructions emulate it, many times slower than float32
            if device.kind == "cuda":
                model = model.to(torch.bfloat16)
            decoder = _loaded[key] = Decoder(model, tokenizer, device)
        return decoder


def read(folder: Path, *adapters: Path) -> tuple[Network, Network]:
    """The model in `folder` with `adapters` merged into it, and its tokenizer; float32, on the CPU.

    Raises:
        IntegrityError: an adapter does not fit the model.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Network = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True
    )
    for adapter in adapters:
        model = state_dicts.merge_lora(model, adapter, adapter.name)
    return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _renumbered(allowed: Allowed, batch: list[int]) -> Allowed:
    return lambda row, tokens: allowed(batch[row], tokens)
