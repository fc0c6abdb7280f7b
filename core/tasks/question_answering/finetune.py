"""Fine-tuning of extractive readers: an encoder with two numbers per token, where answers begin and end."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from core import catalog, task, weights
from core.catalog import ModelEntry
from core.datasets import DataSet
from core.errors import N_, ArchiveError, UsageError
from core.progress import Progress
from core.starters import ENCODER, MINILM
from core.tasks.question_answering import Question
from core.tasks.question_answering.encoder import QUESTION, EncoderReader, shortened
from core.tasks.question_answering.evaluate import exact, f1
from core.tasks.question_answering.passages import Passage
from core.tasks.question_answering.search import Searcher
from core.training import loop, lora
from core.training.run import Evaluation, Outcome, Run, Trainee
from core.training.split import parts

if TYPE_CHECKING:
    from core.tasks.question_answering import ReadingTrainOptions

GENTLE = 0.1
"""Factor of the learning rate where layers of a pretrained network move."""
LAST = 3
"""With `train = last` one of so many blocks is trained."""

COMPARED = 400
"""Questions for which the most similar sentence is looked up."""


def bases() -> list[ModelEntry]:
    """The models that a fine-tuning can start from: encoders, with a reader's head or without."""
    known = catalog.entries("question_answering")
    return [ENCODER, *(e for e in known if e.config["reader"] == "encoder")]


def check(base: ModelEntry | None, data: DataSet, options: ReadingTrainOptions) -> None:
    """Refuse what cannot work before anything runs.

    Raises:
        UsageError: no model to start from. NotReadyError: it is not on disk.
    """
    if base is None:
        raise UsageError(N_("Choose a model to start from."))
    weights.require(base)
    parts(data.rows, options)


def finetune(run: Run[ReadingTrainOptions]) -> Outcome:
    return loop.train(ReadingTrainee(run), run)


def admit(entry: ModelEntry) -> None:
    """Refuse a description from elsewhere that is no encoder's.

    Raises:
        ArchiveError: it is not.
    """
    if entry.config.get("reader") != "encoder" or "knows_none" not in entry.config:
        raise ArchiveError(N_("{id} describes a network that is not known here."), id=entry.id)


class Windows(Dataset):
    """Windows of question and passage: token ids, which part each is of, and the answer's first and
    last token; both are 0, the start mark, where the window has no answer."""

    def __init__(self, rows: Sequence[dict[str, Any]], tokenizer: Any, size: int) -> None:
        self.windows: list[dict[str, Any]] = []
        for row in rows:
            self.windows += _windows(row, tokenizer, size)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, i: int) -> dict[str, Any]:
        return self.windows[i]


class ReadingTrainee(Trainee):
    """A reader. It is measured by what it would answer on the page with the usual settings."""

    metric = "F1"

    def __init__(self, run: Run[ReadingTrainOptions]) -> None:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        assert run.base is not None  # see `check`
        self.given, self.options, self.data = run, run.options, run.data
        folder = weights.require(run.base)[0]
        torch.manual_seed(run.options.seed)
        self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.model = AutoModelForQuestionAnswering.from_pretrained(folder, local_files_only=True)
        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = run.options.dropout
        self.backbone = self.model.base_model_prefix
        if run.options.train == "lora":
            setattr(self.model, self.backbone, lora.attach(self._backbone(), run.options))
            lora.leave_out_frozen(self.model)
        else:
            self.tune = {"model": GENTLE}
            if run.options.train == "last":
                _freeze_all_but_last(self._backbone())
        self.networks = {"model": self.model}
        self.parts = parts(run.data.rows, run.options)
        self.train = Windows(self._rows("train"), self.tokenizer, run.options.window)
        self.knows_none = any(window["end"] == 0 for window in self.train.windows)
        self.compared = False

    def collate(self, items: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        batch = {
            name: pad_sequence(
                [torch.tensor(item[name]) for item in items],
                batch_first=True,
                padding_value=self.tokenizer.pad_token_id if name == "input_ids" else 0,
            )
            for name in self.tokenizer.model_input_names
            if name in items[0]
        }
        ends = {name: torch.tensor([item[name] for item in items]) for name in ("start", "end")}
        return batch | ends

    def loss(self, phase: str, batch: Any) -> tuple[torch.Tensor, dict[str, float]]:
        """Cross-entropy of the first and of the last token, among all tokens of a window."""
        inputs = {name: value for name, value in batch.items() if name not in ("start", "end")}
        output = self.networks[phase](**inputs)
        both = [
            functional.cross_entropy(
                logits, batch[name], label_smoothing=self.options.label_smoothing
            )
            for name, logits in (("start", output.start_logits), ("end", output.end_logits))
        ]
        return (both[0] + both[1]) / 2, {}

    def evaluate(self, part: str) -> Evaluation:
        rows = self._rows(part)
        if not self.compared:
            self.compared = True
            self._tell_baseline(rows)
        asked = [Question(row["passage"], row["question"]) for row in rows]
        answers = [result.answer for result in self._read(asked)]
        found = [score(answer, row["answers"]) for answer, row in zip(answers, rows, strict=True)]
        items = [
            {
                "question": row["question"],
                "passage": row["passage"],
                "answer": row["answers"][0] if row["answers"] else None,
                "found": answer,
                "right": round(value, 4),
            }
            for row, answer, (value, _) in zip(rows, answers, found, strict=True)
        ]
        return Evaluation(_percent(found), items)

    def probe(self, inputs: Sequence[str]) -> list[dict[str, Any]]:
        """Each input is a question in the first line and a passage in those that follow."""
        asked = [one.partition("\n")[::2] for one in inputs]
        results = self._read([Question(passage, question) for question, passage in asked])
        return [{"answer": r.answer, "score": round(r.score, 4)} for r in results]

    def save(self, folder: Path) -> None:
        """A folder as transformers writes it, with LoRA merged into the weights."""
        whole = self.model
        if self.options.train == "lora":
            whole = copy.deepcopy(self.model)
            setattr(whole, self.backbone, getattr(whole, self.backbone).merge_and_unload())
        whole.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        assert self.given.base is not None
        language = self.data.facts["language"]
        about = {
            "family": self.given.base.family,
            "languages": [language] if language else [],
            "config": {"reader": "encoder", "knows_none": self.knows_none},
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")

    def _backbone(self) -> Any:
        return getattr(self.model, self.backbone)

    def _rows(self, part: str) -> list[dict[str, Any]]:
        return [self.data.rows[i] for i in getattr(self.parts, part)]

    def _read(self, asked: Sequence[Question]) -> list[Any]:
        """What the page's reader answers with this network."""
        assert self.given.base is not None
        known = {"reader": "encoder", "knows_none": self.knows_none}
        entry = replace(self.given.base, config=known)
        network = self.networks["model"]
        reader = EncoderReader(entry, self.given.device, self.tokenizer, network)
        return reader.predict(asked, task.find("question_answering").parse({}), Progress())

    def _tell_baseline(self, rows: Sequence[dict[str, Any]]) -> None:
        """How good it would be to answer with the sentence that is most like the question."""
        if weights.is_ready(MINILM):
            searcher = Searcher(weights.folder(MINILM), self.given.device)
            rows = rows[:COMPARED]
            sentences = [alike(searcher, row["passage"], row["question"]) for row in rows]
            found = [score(s, row["answers"]) for s, row in zip(sentences, rows, strict=True)]
            self.given.listen("baseline", {"most similar sentence": _percent(found)})


def alike(searcher: Searcher, passage: str, question: str) -> str:
    """The sentence of the passage that means most nearly the same as the question."""
    spans = Passage(passage).sentences or [(0, len(passage))]
    sentences = [passage[start:end] for start, end in spans]
    vectors = searcher.vectors([question, *sentences], Progress())
    return sentences[int((vectors[1:] @ vectors[0]).argmax())]


def score(answer: str | None, truths: Sequence[str]) -> tuple[float, bool]:
    """(F1, exact match) as in SQuAD 2.0: where a passage has no answer, only none is right."""
    if not answer or not truths:
        right = not answer and not truths
        return float(right), right
    return f1(answer, truths), exact(answer, truths)


def _percent(found: Sequence[tuple[float, bool]]) -> dict[str, float]:
    return {
        "F1": 100 * sum(value for value, _ in found) / len(found),
        "exact match": 100 * sum(same for _, same in found) / len(found),
    }


def _windows(row: dict[str, Any], tokenizer: Any, size: int) -> list[dict[str, Any]]:
    encoded = tokenizer(
        shortened(tokenizer, row["question"], min(QUESTION, size // 3)),
        row["passage"],
        truncation="only_second",
        max_length=size,
        stride=size // 4,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    names = [name for name in tokenizer.model_input_names if name in encoded]
    start = row["start"]
    end = start + len(row["answers"][0]) if row["answers"] else -1
    found = []
    for i, offsets in enumerate(encoded["offset_mapping"]):
        inside = [
            at
            for at, (part, (left, right)) in enumerate(
                zip(encoded.sequence_ids(i), offsets, strict=True)
            )
            if part == 1 and left < end and right > start
        ]
        whole = inside and offsets[inside[0]][0] <= start and offsets[inside[-1]][1] >= end
        places = {"start": inside[0], "end": inside[-1]} if whole else {"start": 0, "end": 0}
        found.append({name: encoded[name][i] for name in names} | places)
    return found


def _freeze_all_but_last(backbone: nn.Module) -> None:
    """Leave the last third of the encoder's blocks to be trained."""
    stacks = [module for module in backbone.modules() if isinstance(module, nn.ModuleList)]
    blocks = max(stacks, key=len)
    backbone.requires_grad_(False)
    for block in blocks[-max(1, len(blocks) // LAST) :]:
        block.requires_grad_(True)
