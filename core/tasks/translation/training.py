"""Fine-tuning of translators: LoRA or all layers, on pairs of sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch.utils.data import Dataset

from core.data.datasets import DataSet
from core.data.splits import Parts, parts, some
from core.errors import N_, ArchiveError, UsageError
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.plain import Row
from core.progress import Progress
from core.serving.generation import Network
from core.tasks.translation import routing, scores
from core.tasks.translation.catalog import TASK
from core.tasks.translation.families.config import config_of
from core.tasks.translation.families.decoder import DecoderConfig
from core.tasks.translation.families.encoder_decoder import M2M100Config, MarianConfig
from core.tasks.translation.families.trainable import TrainableTranslator, trainable
from core.tasks.translation.options import TranslationOptions
from core.tasks.translation.pairs import direction, stored
from core.training.components import continuation, lora
from core.training.components.continuation import IGNORED
from core.training.metrics import LOSS, Metric
from core.training.options import GENTLE
from core.training.run import Run
from core.training.trainee import Batch, Evaluation, Part, Trainee

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationTrainOptions

ORDER = (DecoderConfig, MarianConfig, M2M100Config)
"""Families as they are offered to start from: decoders first, which may learn any direction."""


def bases() -> list[ModelEntry]:
    """The models that a run can start from."""
    return sorted(catalog.entries(TASK), key=lambda entry: ORDER.index(type(config_of(entry))))


def check(base: ModelEntry | None, data: DataSet | None, options: TranslationTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no base, or one for other languages. NotReadyError: it is not on disk.
        DataSetError: too few pairs.
    """
    assert data is not None  # translation has data sets
    if base is None:
        raise UsageError(N_("Choose a model to start from."))
    if not isinstance(base.config, DecoderConfig):  # which may learn any direction
        routing.require_pair(base, *direction(data))
    weights.require(base)
    parts(data.rows, options)


def admit(entry: ModelEntry) -> None:
    """Refuse an imported model that is more than one direction: what its record alone cannot say.

    Raises:
        ArchiveError: it is.
    """
    config, named = config_of(entry), entry.languages
    one_direction = len(named) == 2 and config.pairs == {named[0]: (named[1],)}
    if not one_direction or (isinstance(config, DecoderConfig) and config.shots):
        raise ArchiveError(N_("{id} describes a translator that is not known here."), id=entry.id)


class Pairs(Dataset[tuple[str, str]]):
    """(sentence, translation) by position."""

    def __init__(self, data: DataSet, indices: Sequence[int]) -> None:
        self.pairs = [stored(data.rows[i]) for i in indices]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, i: int) -> tuple[str, str]:
        return self.pairs[i]


class TranslationTrainee(Trainee):
    """Only the tokens of the translations are learnt from; what is checked is translated by the very
    engine that a prediction uses."""

    metrics = (
        Metric("chrF", "chrF"),
        Metric("BLEU", "BLEU"),
        LOSS,
        Metric("chrF gain, low", "chrF gain, low"),
        Metric("chrF gain, high", "chrF gain, high"),
    )

    def __init__(self, run: Run[TranslationTrainOptions]) -> None:
        assert run.base is not None  # see `check`
        self.given, self.options, self.data, self.base = run, run.options, run.dataset, run.base
        self.source, self.target = direction(self.data)
        self.translator: TrainableTranslator = trainable(
            run.base, (self.source, self.target), frozen=run.options.trainable == "lora"
        )
        torch.manual_seed(run.options.seed)  # LoRA's matrices start alike, however the base came
        self.adapted: Network = None
        if run.options.trainable == "lora":
            self.adapted = lora.attach(self.translator.model, run.options, run.options.dropout)
            lora.leave_out_frozen(self.translator)
        else:
            self.tune = {"model": GENTLE}
        self.networks = {"model": self.translator}
        self.parts: Parts = parts(self.data.rows, run.options)
        self.train = Pairs(self.data, self.parts.train)
        labels = self.translator.batch(self.train.pairs[:200])["labels"]
        self.typical = continuation.typical_length(labels)

    def collate(self, items: list[tuple[str, str]]) -> dict[str, torch.Tensor]:
        return self.translator.batch(items)

    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """Divided by the tokens that so many translations usually have."""
        assert isinstance(batch, dict)  # see `collate`
        self.trained = True
        total = self.networks[phase](**batch, smoothing=self.options.label_smoothing)
        return total / (len(batch["labels"]) * self.typical), {}

    def evaluate(self, part: Part) -> Evaluation:
        chosen = some(self.parts[part], self.options.sentences, self.options.seed)
        pairs = [stored(self.data.rows[i]) for i in chosen]
        references = [reference for _, reference in pairs]
        loss = self._loss_of(pairs)
        found = self._translate([sentence for sentence, _ in pairs])
        metrics = {**scores.corpus(found, references, self.target), "loss": loss}
        if part == "validation" and (before := self._before()):
            low, high = scores.gain(before, found, references)
            metrics |= {"chrF gain, low": low, "chrF gain, high": high}
        samples: list[Row] = [
            {
                "source": sentence,
                "reference": reference,
                "hypothesis": text,
                "right": round(scores.sentence(text, reference), 4),
            }
            for (sentence, reference), text in zip(pairs, found, strict=True)
        ]
        return Evaluation(metrics, samples)

    def track(self, inputs: Sequence[str]) -> list[Row]:
        return [{"output": text} for text in self._translate(inputs)]

    def save(self, folder: Path) -> None:
        """LoRA's matrices alone, or the whole model with its tokenizer."""
        if self.adapted is not None:
            lora.save(self.adapted, folder, self.base.id)
        else:
            self.translator.model.save_pretrained(folder)
            self.translator.tokenizer.save_pretrained(folder)
        config = config_of(self.base).narrowed(self.source, self.target)
        about = {
            "family": self.base.family,
            "languages": [self.source, self.target],
            "needs_base": self.adapted is not None,
            "config": config.model_dump(mode="json", exclude_none=True),
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def _before(self) -> list[str]:
        """The base's translations of the validation sentences, once they are there."""
        path = self.given.files.items("base")
        if not (self.trained and path.exists()):
            return []
        return [item["hypothesis"] for item in json.loads(path.read_text("utf-8"))]

    def _translate(self, sentences: Sequence[str]) -> list[str]:
        engine = self.translator.engine(self.given.device, self.trained)
        options = TranslationOptions(source=self.source, target=self.target)
        found = engine.translate(sentences, self.source, self.target, options, Progress())
        return [versions[0] for versions in found]

    def _loss_of(self, pairs: Sequence[tuple[str, str]]) -> float:
        """Mean cross-entropy of a token."""
        total = tokens = 0.0
        size = self.options.batch_size
        for start in range(0, len(pairs), size):
            batch = self.translator.batch(pairs[start : start + size])
            tokens += (batch["labels"] != IGNORED).sum().item()
            batch = {name: t.to(self.given.device.name) for name, t in batch.items()}
            total += self.networks["model"](**batch).item()
        return total / tokens
