"""Fine-tuning of text classifiers: a head, LoRA or all layers of an encoder, or a recurrent network anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from torch.utils.data import Dataset

from core.data.datasets import DataSet
from core.data.splits import Parts, parts
from core.errors import N_, ArchiveError, UsageError
from core.models import catalog, state_dicts, weights
from core.models.catalog import ModelEntry
from core.models.starters import ENCODER
from core.tasks.sentiment import tuned
from core.tasks.sentiment.tuned import HEAD, RECURRENT, Recurrent, TextClassifier
from core.training import classes, features, loop, lora
from core.training.events import Features
from core.training.features import BATCH
from core.training.metrics import CLASSIFICATION
from core.training.options import GENTLE
from core.training.run import Outcome, Run
from core.training.trainee import Evaluation, Trainee

if TYPE_CHECKING:
    from core.tasks.sentiment.options import SentimentTrainOptions

LARGEST = {"tokens": 100_000, "embedding": 4096, "units": 4096, "layers": 16}
"""Most that a recurrent network from elsewhere may have."""


def bases() -> list[ModelEntry]:
    """The models that a fine-tuning can start from: encoders, and what was made here before."""
    known = catalog.entries("sentiment")
    return [ENCODER, *(e for e in known if e.config.get("kind") in ("hub", "tuned"))]


def check(base: ModelEntry | None, data: DataSet, options: SentimentTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no model to start from, a single class, LoRA without linear layers.
        NotReadyError: the model is not on disk.
    """
    if len(data.facts["classes"]) < 2:
        raise UsageError(N_("There is only one class; at least two are needed."))
    parts(data.rows, options)
    if options.network != "base":
        return
    if base is None:
        raise UsageError(N_("Choose a model to start from, or a network from scratch."))
    weights.require(base)
    if base.config.get("shape") and options.trainable == "lora":
        raise UsageError(
            N_("LoRA works on Transformers; train the last layer or all layers of {model}."),
            model=base.title,
        )


def finetune(run: Run[SentimentTrainOptions]) -> Outcome:
    return loop.train(SentimentTrainee(run), run)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that is no text classifier of ours.

    Raises:
        ArchiveError: it is not.
    """
    config: dict[str, Any] = dict(entry.config)
    labels, shape = config.get("labels"), config.get("shape") or {}
    good = (
        config.get("kind") == "tuned"
        and isinstance(labels, list)
        and all(isinstance(label, str) for label in labels)
        and isinstance(config.get("window"), int)
        and all(0 < shape.get(name, 1) <= most for name, most in LARGEST.items())
        and shape.get("cell", "lstm") in tuned.CELLS
    )
    if not good:
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


class Texts(Dataset):
    """(token ids, class number) by position."""

    def __init__(self, rows: list[list[int]], labels: list[int]) -> None:
        self.rows, self.labels = rows, labels

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[list[int], int]:
        return self.rows[i], self.labels[i]


class SentimentTrainee(Trainee):
    """A classifier of texts. With `train = head` what is below the last layer is computed once for
    each text, and the last layer alone goes through the loop."""

    metrics = CLASSIFICATION

    def __init__(self, run: Run[SentimentTrainOptions]) -> None:
        self.given, self.options, self.data = run, run.options, run.data
        torch.manual_seed(run.options.seed)
        split = parts(run.data.rows, run.options)
        # by length, so that little is padded where texts are read in order
        self.parts = Parts(*(sorted(p, key=self._length) for p in vars(split).values()))
        self.scratch = run.options.network != "base"
        self.model = _fresh(run, self._texts("train")) if self.scratch else _loaded(run)
        self.mode = "all" if self.scratch else run.options.trainable
        self.cached = self.mode == "head"
        if self.mode == "all" and not isinstance(self.model.encoder, Recurrent):
            self.tune = {"model": GENTLE}
        if self.mode == "lora":
            self.model.encoder.model = lora.attach(self.model.encoder.model, run.options)
            lora.leave_out_frozen(self.model)
        if self.cached:
            self.model.encoder.requires_grad_(False).eval().to(run.device.name)
            self.networks = {"model": self.model.head}
            self.train = self._features("train")
        else:
            self.networks = {"model": self.model}
            self.train = Texts(self.model.numbers(self._texts("train")), self._labels("train"))

    def collate(self, items: list[Any]) -> Any:
        if self.cached:
            return super().collate(items)
        rows, labels = zip(*items, strict=True)
        return {**self.model.padded(rows), "labels": torch.tensor(labels)}

    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        network = self.networks[phase]
        if self.cached:
            inputs, labels = batch
            logits = network(inputs)
        else:
            labels = batch["labels"]
            logits = network(batch["input_ids"], batch["attention_mask"])
        smoothing = self.options.label_smoothing
        return functional.cross_entropy(logits, labels, label_smoothing=smoothing), {}

    def evaluate(self, part: str) -> Evaluation:
        if self.cached:
            known = self._features(part).tensors[0]
            scores = self._scores(self.networks["model"](known.to(self._device)))
        else:
            texts = self._texts(part)
            batches = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
            scores = torch.cat([self._scores(self._logits(batch)) for batch in batches])
        shown = [{"text": text} for text in self._texts(part)]
        return classes.evaluation(scores, self._labels(part), self.model.labels, shown)

    def track(self, inputs: Sequence[str]) -> list[dict[str, Any]]:
        rows = self._scores(self._logits(list(inputs))).tolist()
        return [dict(zip(self.model.labels, row, strict=True)) for row in rows]

    def save(self, folder: Path) -> None:
        """The last layer, and of the rest what is not in the base's files."""
        head = {name: value.cpu() for name, value in self.model.head[1].state_dict().items()}
        save_file(head, folder / HEAD)
        base, encoder = self.given.base, self.model.encoder
        if isinstance(encoder, Recurrent):
            state = {k: v.cpu().contiguous() for k, v in encoder.state_dict().items()}
            save_file(state, folder / RECURRENT)
            self.model.tokenizer.save_pretrained(folder)
        elif self.mode == "lora":
            lora.save(encoder.model, folder, base.id if base else "")
        elif self.mode == "all":
            encoder.model.save_pretrained(folder)
            self.model.tokenizer.save_pretrained(folder)
        language = self.data.facts["language"]
        about = tuned.describe(
            self.model,
            family=encoder.shape["cell"].upper() if isinstance(encoder, Recurrent) else base.family,
            languages=[language] if language else [],
            needs_base=self.mode != "all" and not isinstance(encoder, Recurrent),
            from_scratch=self.scratch,
        )
        (folder / "model.json").write_text(about, "utf-8")

    @property
    def _device(self) -> torch.device:
        return next(self.networks["model"].parameters()).device

    def _logits(self, texts: list[str]) -> torch.Tensor:
        """(B, labels); `networks` holds the head alone where features are cached."""
        inputs = {name: t.to(self._device) for name, t in self.model.inputs(texts).items()}
        if self.cached:
            with torch.no_grad():
                return self.networks["model"](self.model.encoder(**inputs))
        return self.networks["model"](**inputs)

    def _scores(self, logits: torch.Tensor) -> torch.Tensor:
        return logits.float().softmax(1).cpu()

    def _features(self, part: str) -> Any:
        """(features, class number) of the items of a part, kept in the run's folder."""
        texts = self._texts(part)

        def encode(start: int, end: int) -> torch.Tensor:
            inputs = self.model.inputs(texts[start:end])
            device = self.given.device.name
            return self.model.encoder(**{name: t.to(device) for name, t in inputs.items()})

        return features.computed_once(
            self.given.files.features(part),
            self._labels(part),
            encode,
            lambda done: self.given.emit(Features(part, done, len(texts))),
        )

    def _length(self, i: int) -> int:
        return len(self.data.rows[i]["text"])

    def _texts(self, part: str) -> list[str]:
        return [self.data.rows[i]["text"] for i in getattr(self.parts, part)]

    def _labels(self, part: str) -> list[int]:
        known = {label: i for i, label in enumerate(self.data.facts["classes"])}
        return [known[self.data.rows[i]["label"]] for i in getattr(self.parts, part)]


def _fresh(run: Run[SentimentTrainOptions], texts: list[str]) -> TextClassifier:
    """A recurrent network with random weights, and a vocabulary of the training texts."""
    o, known = run.options, run.folder / "vocabulary"
    if not (known / "tokenizer.json").exists():  # the same again when resumed
        tuned.make_tokenizer(texts, o.vocabulary, known)
    tokenizer = tuned.tokenizer(known)
    network = Recurrent(
        o.network,
        len(tokenizer),
        o.embedding,
        o.units,
        o.layers,
        o.bidirectional,
        o.dropout,
    )
    return TextClassifier(network, tokenizer, run.data.facts["classes"], o.max_tokens, o.dropout)


def _loaded(run: Run[SentimentTrainOptions]) -> TextClassifier:
    """The base with a new last layer; one that was made for the same classes keeps its own."""
    assert run.base is not None  # see `check`
    o, base, labels = run.options, run.base, run.data.facts["classes"]
    folders = weights.require(base)
    if shape := base.config.get("shape"):
        parts_: Any = (
            tuned.recurrent(folders[-1], shape, o.dropout),
            tuned.tokenizer(folders[-1]),
        )
    else:
        parts_ = tuned.encoder(folders, base.id)
    model = TextClassifier(*parts_, labels, o.max_tokens, o.dropout)
    model.window = tuned.longest(model, o.max_tokens)
    if base.config.get("labels") == labels:
        state_dicts.fill(model.head[1], load_file(folders[-1] / HEAD), base.id)
    return model
