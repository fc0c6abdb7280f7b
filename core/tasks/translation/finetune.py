"""Fine-tuning of translators: LoRA or all layers, on pairs of sentences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch.utils.data import Dataset

from core.data.datasets import DataSet
from core.data.splits import Parts, parts, some
from core.errors import N_, ArchiveError, UsageError
from core.inputs.languages import NAMES
from core.models import catalog, weights
from core.models.catalog import ModelEntry
from core.progress import Progress
from core.tasks.translation import routing, scores
from core.tasks.translation.options import TranslationOptions
from core.tasks.translation.prompting import prompt
from core.tasks.translation.teaching import ContinuationTeacher, Teacher, teacher
from core.training import continuation, loop, lora
from core.training.continuation import IGNORED
from core.training.metrics import LOSS, Metric
from core.training.options import GENTLE
from core.training.run import Outcome, Run
from core.training.trainee import Evaluation, Trainee

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationTrainOptions

KINDS = ("decoder", "marian", "m2m100")


def bases() -> list[ModelEntry]:
    """The models that a fine-tuning can start from, those for every language first."""
    everything = catalog.entries("translation")
    return sorted(everything, key=lambda entry: KINDS.index(str(entry.config["kind"])))


def check(base: ModelEntry | None, data: DataSet, options: TranslationTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no base, or one for other languages. NotReadyError: it is not on disk.
        DataSetError: too few pairs.
    """
    if base is None:
        raise UsageError(N_("Choose a model to start from."))
    if base.config["kind"] != "decoder":  # which may learn any pair
        routing.require_pair(base, data.facts["source"], data.facts["target"])
    weights.require(base)
    parts(data.rows, options)


def finetune(run: Run[TranslationTrainOptions]) -> Outcome:
    return loop.train(TranslationTrainee(run), run)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that is no translator of ours.

    Raises:
        ArchiveError: it is not.
    """
    config, named = entry.config, entry.languages
    good = (
        config.get("kind") in KINDS
        and len(named) == 2
        and set(named) <= set(NAMES)
        and config.get("pairs") == {named[0]: [named[1]]}
        and isinstance(config.get("mark", ""), str)
        and config.get("shots", 0) == 0
    )
    if not good:
        raise ArchiveError(N_("{id} describes a translator that is not known here."), id=entry.id)


class Pairs(Dataset):
    """(sentence, translation) by position."""

    def __init__(self, data: DataSet, indices: Sequence[int]) -> None:
        self.pairs = [(data.rows[i]["source"], data.rows[i]["target"]) for i in indices]

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
        self.given, self.options, self.data, self.base = run, run.options, run.data, run.base
        self.source, self.target = run.data.facts["source"], run.data.facts["target"]
        torch.manual_seed(run.options.seed)
        self.teacher: Teacher = teacher(run.base, (self.source, self.target))
        self.adapted: Any = None
        if run.options.trainable == "lora":
            self.adapted = lora.attach(self.teacher.model, run.options, run.options.dropout)
            lora.leave_out_frozen(self.teacher)
        else:
            self.tune = {"model": GENTLE}
        self.networks = {"model": self.teacher}
        self.parts: Parts = parts(run.data.rows, run.options)
        self.train = Pairs(run.data, self.parts.train)
        self.taught = False
        labels = self.teacher.batch(self.train.pairs[:200])["labels"]
        self.typical = continuation.typical_length(labels)

    def collate(self, items: list[Any]) -> dict[str, torch.Tensor]:
        return self.teacher.batch(items)

    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        """Divided by the tokens that so many translations usually have."""
        self.taught = True
        total = self.networks[phase](**batch, smoothing=self.options.label_smoothing)
        return total / (len(batch["labels"]) * self.typical), {}

    def evaluate(self, part: Literal["validation", "test"]) -> Evaluation:
        chosen = some(getattr(self.parts, part), self.options.sentences, self.options.seed)
        rows = [self.data.rows[i] for i in chosen]
        references = [row["target"] for row in rows]
        loss = self._loss_of([(row["source"], row["target"]) for row in rows])
        found = self._translate([row["source"] for row in rows])
        metrics = {**scores.corpus(found, references, self.target), "loss": loss}
        if part == "validation" and (before := self._before()):
            low, high = scores.gain(before, found, references)
            metrics |= {"chrF gain, low": low, "chrF gain, high": high}
        items = [
            {
                "source": row["source"],
                "reference": row["target"],
                "hypothesis": text,
                "right": round(scores.sentence(text, row["target"]), 4),
            }
            for row, text in zip(rows, found, strict=True)
        ]
        return Evaluation(metrics, items)

    def track(self, inputs: Sequence[str]) -> list[dict[str, Any]]:
        return [{"output": text} for text in self._translate(inputs)]

    def save(self, folder: Path) -> None:
        """LoRA's matrices alone, or the whole model with its tokenizer."""
        if self.adapted is not None:
            lora.save(self.adapted, folder, self.base.id)
        else:
            self.teacher.model.save_pretrained(folder)
            self.teacher.tokenizer.save_pretrained(folder)
        config: dict[str, Any] = {
            "kind": self.base.config["kind"],
            "pairs": {self.source: [self.target]},
        }
        if isinstance(self.teacher, ContinuationTeacher):
            wanted = prompt("{sentence}", self.source, self.target)
            config |= {"shots": 0, "prompt": wanted}  # the latter for those without this portal
        elif self.base.config.get("mark"):
            config["mark"] = self.base.config["mark"]
        about = {
            "family": self.base.family,
            "languages": [self.source, self.target],
            "needs_base": self.adapted is not None,
            "config": config,
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def _before(self) -> list[str]:
        """The base's translations of the validation sentences, once they are there."""
        path = self.given.files.items("base")
        if not (self.taught and path.exists()):
            return []
        return [item["hypothesis"] for item in json.loads(path.read_text("utf-8"))]

    def _translate(self, sentences: Sequence[str]) -> list[str]:
        engine = self.teacher.engine(self.given.device, self.taught)
        options = TranslationOptions(source=self.source, target=self.target)
        found = engine.translate(sentences, self.source, self.target, options, Progress())
        return [versions[0] for versions in found]

    def _loss_of(self, pairs: Sequence[tuple[str, str]]) -> float:
        """Mean cross-entropy of a token."""
        total = tokens = 0.0
        size = self.options.batch_size
        for start in range(0, len(pairs), size):
            batch = self.teacher.batch(pairs[start : start + size])
            tokens += (batch["labels"] != IGNORED).sum().item()
            batch = {name: t.to(self.given.device.name) for name, t in batch.items()}
            total += self.networks["model"](**batch).item()
        return total / tokens
