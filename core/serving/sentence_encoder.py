"""MiniLM, the sentence encoder (BERT family) that applications share: texts that mean alike get vectors alike.

The vector of a text is the mean of its token vectors, scaled to length 1; the dot product of two
vectors says how alike the texts are (Sentence-BERT, https://arxiv.org/abs/1908.10084).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.device import Device
from core.models import weights
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.serving.options import Options
from core.serving.predictor import Predictor, Result, Stopwatch

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCH = 32
LONGEST = 128  # tokens of a text that are looked at


class VectorResult(Result):
    """The unit vector of a text: 384 numbers of MiniLM."""

    vector: list[float]


class SentenceEncoder(Predictor):
    """A network without a head, `model`, and its tokenizer."""

    def __init__(
        self,
        entry: ModelEntry,
        device: Device,
        tokenizer: PreTrainedTokenizerBase,
        model: PreTrainedModel,
    ) -> None:
        super().__init__(entry, device)
        self.tokenizer = tokenizer
        self.model = model.eval().to(device.name)

    @property
    def nbytes(self) -> int:
        return sum(p.numel() * p.element_size() for p in self.model.parameters())

    def predict(
        self, inputs: Sequence[str], options: Options, progress: Progress
    ) -> list[VectorResult]:
        watch = Stopwatch()
        with watch.phase("forward"):
            vectors = self.vectors(inputs, progress).tolist()
        timing = watch.timing(len(inputs))
        return [
            VectorResult(vector=vector, model=self.entry.id, device=self.device.name, timing=timing)
            for vector in vectors
        ]

    def vectors(self, texts: Sequence[str], progress: Progress) -> torch.Tensor:
        """Unit vectors of at least one text, of shape (texts, width), on the CPU.

        Raises:
            TimeLimitError, CancelledError: stopped between two batches.
        """
        import torch
        from torch.nn.functional import normalize

        # texts of about one length go together, so that little is padding
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found: list[torch.Tensor] = [torch.empty(0)] * len(texts)
        for start in range(0, len(order), BATCH):
            progress.check()
            rows = order[start : start + BATCH]
            batch = self.tokenizer(
                [texts[i] for i in rows],
                padding=True,
                truncation=True,
                max_length=LONGEST,
                return_tensors="pt",
            ).to(self.device.name)
            with torch.inference_mode():
                hidden = self.model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(2)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            for i, vector in zip(rows, normalize(mean, dim=1).cpu(), strict=True):
                found[i] = vector
        return torch.stack(found)


def load(entry: ModelEntry, device: Device) -> SentenceEncoder:
    """The encoder in a folder that transformers wrote.

    Raises:
        NotReadyError: its weights are not there.
    """
    from transformers import AutoModel, AutoTokenizer

    (folder,) = weights.require(entry)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModel.from_pretrained(folder, local_files_only=True)
    return SentenceEncoder(entry, device, tokenizer, model)
