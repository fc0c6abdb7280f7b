"""Fine-tuning of text classifiers: the last layer, LoRA or all layers of an encoder, or a recurrent network from
scratch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file
from torch.nn import functional
from torch.utils.data import Dataset, TensorDataset

from core.data.datasets import DataSet
from core.data.splits import PartName, Parts, parts
from core.errors import N_, UsageError
from core.models import catalog, state_dicts, weights
from core.models.catalog import ModelEntry
from core.models.starters import ENCODER
from core.plain import Row
from core.tasks.sentiment.catalog import TASK
from core.tasks.sentiment.families import finetuned
from core.tasks.sentiment.families.finetuned import HEAD, RECURRENT, FinetunedConfig, RecurrentShape
from core.tasks.sentiment.families.hub import HubConfig
from core.tasks.sentiment.networks import recurrent, text_classifier
from core.tasks.sentiment.networks.text_classifier import PooledEncoder, TextClassifier
from core.training.components import classes, features, lora
from core.training.components.features import BATCH
from core.training.events import Features
from core.training.metrics import CLASSIFICATION
from core.training.options import GENTLE
from core.training.run import Run
from core.training.trainee import Batch, Evaluation, Part, Trainee

if TYPE_CHECKING:
    from core.tasks.sentiment.options import SentimentTrainOptions


def bases() -> list[ModelEntry]:
    """The base models: encoders, and what was fine-tuned here before."""
    known = catalog.entries(TASK)
    return [ENCODER, *(e for e in known if isinstance(e.config, HubConfig | FinetunedConfig))]


def check(base: ModelEntry | None, data: DataSet | None, options: SentimentTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no model to start from, a single class, LoRA without linear layers.
        NotReadyError: the model is not on disk.
    """
    assert data is not None  # jobs refuse a run without, where an application has data sets
    if len(data.classes) < 2:
        raise UsageError(N_("There is only one class; at least two are needed."))
    parts(data.rows, options)
    if options.network != "base":
        return
    if base is None:
        raise UsageError(N_("Choose a base model, or a network from scratch."))
    weights.require(base)
    if _shape(base) and options.trainable == "lora":
        raise UsageError(
            N_("LoRA works on Transformers; train the last layer or all layers of {model}."),
            model=base.title,
        )


class Texts(Dataset[tuple[list[int], int]]):
    """(token ids, class number) by position."""

    def __init__(self, rows: list[list[int]], labels: list[int]) -> None:
        self.rows, self.labels = rows, labels

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[list[int], int]:
        return self.rows[i], self.labels[i]


class SentimentTrainee(Trainee):
    """A classifier of texts. With `trainable = head` what is below the last layer is computed once for
    each text, and the last layer alone goes through the loop."""

    metrics = CLASSIFICATION

    def __init__(self, run: Run[SentimentTrainOptions]) -> None:
        self.given, self.options, self.data = run, run.options, run.dataset
        torch.manual_seed(run.options.seed)
        split = parts(self.data.rows, run.options)
        # by length, so that little is padded where texts are read in order
        self.parts = Parts(
            train=sorted(split.train, key=self._length),
            validation=sorted(split.validation, key=self._length),
            test=sorted(split.test, key=self._length),
        )
        self.scratch = run.options.network != "base"
        self.model, self.shape = _fresh(run, self._texts("train")) if self.scratch else _loaded(run)
        self.mode = "all" if self.scratch else run.options.trainable
        self.cached = self.mode == "head"
        if self.mode == "all" and self.shape is None:
            self.tune = {"model": GENTLE}
        if self.mode == "lora":
            encoder = self.model.encoder
            assert isinstance(encoder, PooledEncoder)  # see `check`
            encoder.model = lora.attach(encoder.model, run.options)
            lora.leave_out_frozen(self.model)
        if self.cached:
            self.model.encoder.requires_grad_(False).eval().to(run.device.name)
            self.networks = {"model": self.model.head}
            self.train = self._features("train")
        else:
            self.networks = {"model": self.model}
            self.train = Texts(self.model.numbers(self._texts("train")), self._labels("train"))

    def collate(self, items: list[tuple[list[int] | torch.Tensor, int]]) -> dict[str, torch.Tensor]:
        """What the network takes by name (the head alone: `input`), and `labels`."""
        rows = [row for row, _ in items]
        if self.cached:
            inputs = {"input": torch.stack([torch.as_tensor(row) for row in rows])}
        else:
            inputs = self.model.padded(rows)
        return {**inputs, "labels": torch.tensor([int(label) for _, label in items])}

    def loss(self, phase: str, batch: Batch) -> tuple[torch.Tensor, dict[str, float]]:
        """Cross-entropy of the labels, the mean over the batch."""
        assert isinstance(batch, dict)  # see `collate`
        inputs = {name: value for name, value in batch.items() if name != "labels"}
        logits, smoothing = self.networks[phase](**inputs), self.options.label_smoothing
        return functional.cross_entropy(logits, batch["labels"], label_smoothing=smoothing), {}

    def evaluate(self, part: Part) -> Evaluation:
        if self.cached:
            known = self._features(part).tensors[0]
            scores = self._scores(self.networks["model"](known.to(self._device)))
        else:
            texts = self._texts(part)
            batches = [texts[i : i + BATCH] for i in range(0, len(texts), BATCH)]
            scores = torch.cat([self._scores(self._logits(batch)) for batch in batches])
        shown: list[Row] = [{"text": text} for text in self._texts(part)]
        return classes.evaluation(scores, self._labels(part), self.model.labels, shown)

    def track(self, inputs: Sequence[str]) -> list[Row]:
        rows = self._scores(self._logits(list(inputs))).tolist()
        return [dict(zip(self.model.labels, row, strict=True)) for row in rows]

    def save(self, folder: Path) -> None:
        """The last layer, and of the rest what is not in the base's files."""
        head = {name: value.cpu() for name, value in self.model.linear.state_dict().items()}
        save_file(head, folder / HEAD)
        base, encoder = self.given.base, self.model.encoder
        if self.shape:
            state = {k: v.cpu().contiguous() for k, v in encoder.state_dict().items()}
            save_file(state, folder / RECURRENT)
            self.model.tokenizer.save_pretrained(folder)
        elif self.mode == "lora":
            lora.save(encoder.model, folder, base.id if base else "")
        elif self.mode == "all" and isinstance(encoder, PooledEncoder):
            encoder.model.save_pretrained(folder)
            self.model.tokenizer.save_pretrained(folder)
        language = self.data.language
        about = finetuned.describe(
            FinetunedConfig(
                labels=tuple(self.model.labels), window=self.model.window, shape=self.shape
            ),
            family=self._family,
            languages=[language] if language else [],
            needs_base=self.mode != "all" and self.shape is None,
            from_scratch=self.scratch,
        )
        (folder / "model.json").write_text(about, "utf-8")

    @property
    def _family(self) -> str:
        if self.shape:
            return self.shape.cell.upper()
        assert self.given.base is not None  # see `check`
        return self.given.base.family

    @property
    def _device(self) -> torch.device:
        return next(self.networks["model"].parameters()).device

    def _logits(self, texts: list[str]) -> torch.Tensor:
        """(B, labels); `networks` holds the head alone where features are cached."""
        inputs = {name: t.to(self._device) for name, t in self.model.inputs(texts).items()}
        if self.cached:
            with torch.no_grad():
                inputs = {"input": self.model.encoder(**inputs)}
        logits: torch.Tensor = self.networks["model"](**inputs)
        return logits

    def _scores(self, logits: torch.Tensor) -> torch.Tensor:
        """Probabilities (B, labels), on the CPU."""
        return logits.float().softmax(1).cpu()

    def _features(self, part: PartName) -> TensorDataset:
        """(features, class number) of the samples of a part, kept in the run's folder."""
        texts = self._texts(part)

        def encode(start: int, end: int) -> torch.Tensor:
            inputs = self.model.inputs(texts[start:end])
            device = self.given.device.name
            found: torch.Tensor = self.model.encoder(
                **{name: t.to(device) for name, t in inputs.items()}
            )
            return found

        return features.computed_once(
            self.given.files.features(part),
            self._labels(part),
            encode,
            lambda done: self.given.emit(Features(part, done, len(texts))),
        )

    def _length(self, i: int) -> int:
        return len(str(self.data.rows[i]["text"]))

    def _texts(self, part: PartName) -> list[str]:
        return [str(self.data.rows[i]["text"]) for i in self.parts[part]]

    def _labels(self, part: PartName) -> list[int]:
        known = {label: i for i, label in enumerate(self.data.classes)}
        return [known[str(self.data.rows[i]["label"])] for i in self.parts[part]]


def _shape(base: ModelEntry) -> RecurrentShape | None:
    """The sizes of a base that is a recurrent network."""
    return base.config.shape if isinstance(base.config, FinetunedConfig) else None


def _fresh(
    run: Run[SentimentTrainOptions], texts: list[str]
) -> tuple[TextClassifier, RecurrentShape]:
    """A recurrent network with random weights, and a vocabulary of the training texts."""
    o, known = run.options, run.folder / "vocabulary"
    if not (known / "tokenizer.json").exists():  # the same again when resumed
        recurrent.make_tokenizer(texts, o.vocabulary, known)
    tokenizer = recurrent.tokenizer(known)
    shape = RecurrentShape(
        cell=o.network,
        tokens=len(tokenizer),
        embedding=o.embedding,
        units=o.units,
        layers=o.layers,
        bidirectional=o.bidirectional,
    )
    network = recurrent.Recurrent(**shape.model_dump(), dropout=o.dropout)
    labels = run.dataset.classes
    return TextClassifier(network, tokenizer, labels, o.max_tokens, o.dropout), shape


def _loaded(run: Run[SentimentTrainOptions]) -> tuple[TextClassifier, RecurrentShape | None]:
    """The base with a new last layer; one that was made for the same classes keeps its own.

    It is read from the base's files: what is trained is never the network that the pool lends, and of
    that one only the encoder would be wanted.
    """
    assert run.base is not None  # see `check`
    o, base, labels = run.options, run.base, run.dataset.classes
    folders, shape = weights.require(base), _shape(base)
    encoder, tokenizer = (
        finetuned.recurrent(folders[-1], shape, o.dropout)
        if shape
        else text_classifier.encoder(folders, base.id)
    )
    model = TextClassifier(encoder, tokenizer, labels, o.max_tokens, o.dropout)
    model.window = text_classifier.longest(model, o.max_tokens)
    if isinstance(base.config, FinetunedConfig) and list(base.config.labels) == labels:
        state_dicts.fill(model.linear, load_file(folders[-1] / HEAD), base.id)
    return model, shape
