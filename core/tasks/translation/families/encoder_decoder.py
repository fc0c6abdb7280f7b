"""Translation by an encoder-decoder Transformer: Marian (one pair) and M2M100 (many languages)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict

from pydantic import Field

from core.device import Device
from core.models import state_dicts
from core.progress import Progress
from core.serving import generation
from core.serving.generation import Network, Search
from core.tasks.translation.families.config import TranslatorConfig

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationOptions

POSITIONS = 500  # tokens of a sentence: both families have position embeddings for 512 or more


class MarianConfig(TranslatorConfig):
    """`mark` goes before every sentence where a model has several targets."""

    kind: Literal["marian"] = "marian"
    mark: str | None = Field(None, max_length=40)


class M2M100Config(TranslatorConfig):
    kind: Literal["m2m100"] = "m2m100"


class Begin(TypedDict, total=False):
    """What `generate` has to begin its answer with, if anything."""

    forced_bos_token_id: int


class EncoderDecoder:
    """Translates sentences; `mark` goes before each of them ("" for none)."""

    def __init__(self, model: Network, tokenizer: Network, device: Device, mark: str) -> None:
        self.model = model.eval().to(device.name)
        self.tokenizer = tokenizer
        self.device = device
        self.mark = mark

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def translate(
        self,
        sentences: Sequence[str],
        source: str,
        target: str,
        options: TranslationOptions,
        progress: Progress,
    ) -> list[list[str]]:
        """For each sentence its translations, `options.alternatives` of them, best first."""
        temperature = options.temperature if options.method == "sampling" else 0.0
        settings = generation.search(options.alternatives, options.beams, temperature)
        begin = self._begin(source, target)
        rows = max(1, generation.ROWS // max(settings["num_beams"], options.alternatives))
        # alike lengths together: a batch is padded to its longest sentence and waits for its longest answer
        order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
        found: list[list[str]] = [[]] * len(sentences)
        with generation.seeded(options.seed):
            for start in range(0, len(order), rows):
                progress.step(start, len(order))
                batch = order[start : start + rows]
                texts = self._generate([sentences[i] for i in batch], settings, begin, progress)
                step = options.alternatives
                for number, i in enumerate(batch):
                    found[i] = texts[number * step : (number + 1) * step]
        progress.step(len(order), len(order))
        return found

    def _begin(self, source: str, target: str) -> Begin:
        """M2M100 reads the source's mark first and begins its answer with the target's."""
        if not hasattr(self.tokenizer, "get_lang_id"):
            return {}
        self.tokenizer.src_lang = source
        return {"forced_bos_token_id": self.tokenizer.get_lang_id(target)}

    def _generate(
        self, sentences: list[str], settings: Search, begin: Begin, progress: Progress
    ) -> list[str]:
        import torch

        marked = [f"{self.mark} {s}" if self.mark else s for s in sentences]
        batch = self.tokenizer(
            marked, return_tensors="pt", padding=True, truncation=True, max_length=POSITIONS
        ).to(self.device.name)
        limits = (16 + 2 * batch["attention_mask"].sum(1)).clamp(max=POSITIONS).tolist()
        with torch.inference_mode():
            out = self.model.generate(
                **batch,
                **settings,
                **begin,
                max_new_tokens=max(limits),
                max_length=None,
                stopping_criteria=generation.stopping(progress),
            )
        returned = settings["num_return_sequences"]
        # each keeps to its own limit (less the forced end), to come out alike alone and in a batch
        rows = [row[: limits[i // returned]] for i, row in enumerate(out)]
        return [t.strip() for t in self.tokenizer.batch_decode(rows, skip_special_tokens=True)]


def mark_of(config: TranslatorConfig) -> str:
    """What goes before every sentence; "" where nothing does."""
    return (config.mark or "") if isinstance(config, MarianConfig) else ""


def load(config: TranslatorConfig, device: Device, folder: Path, *adapters: Path) -> EncoderDecoder:
    """The model and tokenizer in `folder`, in single precision on a CPU, half on a GPU."""
    model, tokenizer = read(folder, *adapters)
    if device.kind == "cuda":
        model = model.half()
    return EncoderDecoder(model, tokenizer, device, mark_of(config))


def read(folder: Path, *adapters: Path) -> tuple[Network, Network]:
    """The model in `folder` with the LoRA matrices of `adapters` merged into it, and its tokenizer;
    float32, on the CPU.

    Raises:
        IntegrityError: an adapter does not fit the model.
    """
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True
    )
    for adapter in adapters:
        model = state_dicts.merge_lora(model, adapter, adapter.name)
    return model, AutoTokenizer.from_pretrained(folder, local_files_only=True)
