"""Tiny random networks and data sets, in the files and formats of the real ones."""

from __future__ import annotations

import io
import json
import random
import tarfile
from pathlib import Path

import pytest
import torch

from core.models import catalog, weights
from core.models.catalog import ModelEntry, Weights
from core.models.starters import MINILM
from core.tasks.sentiment import public_texts
from core.tasks.sentiment.labels import LABELS
from core.tasks.sentiment.networks import wide_and_deep

WORDS = [
    "good",
    "bad",
    "great",
    "awful",
    "film",
    "book",
    "service",
    "phone",
    "very",
    "not",
    "the",
    "a",
    "was",
    "it",
    "and",
    "never",
    "always",
]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def _folder(one: Weights) -> Path:
    folder = weights.folder(one)
    folder.mkdir(parents=True)
    return folder


def _bert_tokenizer(folder: Path, limit: int = 512) -> None:
    vocabulary = SPECIAL + list("abcdefghijklmnopqrstuvwxyz.,!?") + WORDS
    vocabulary += [f"##{c}" for c in "abcdefghijklmnopqrstuvwxyz"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n")
    settings = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": True,
        "model_max_length": limit,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


@pytest.fixture
def tiny_minilm() -> Path:
    """A BERT of two narrow layers where MiniLM would be."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    folder = _folder(MINILM)
    _bert_tokenizer(folder)
    config = BertConfig(
        vocab_size=100,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder)
    weights.seal(MINILM)
    return folder


@pytest.fixture
def tiny_distilbert() -> ModelEntry:
    """A random DistilBERT of the hub's two classes, as safetensors."""
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    torch.manual_seed(0)
    entry = catalog.find("distilbert-sst2")
    folder = _folder(entry.weights[0])
    _bert_tokenizer(folder)
    config = DistilBertConfig(
        vocab_size=100,
        dim=16,
        hidden_dim=32,
        n_layers=2,
        n_heads=2,
        id2label={0: "NEGATIVE", 1: "POSITIVE"},
        label2id={"NEGATIVE": 0, "POSITIVE": 1},
    )
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    weights.seal(entry.weights[0])
    return entry


@pytest.fixture
def tiny_xlm_roberta(tmp_path: Path) -> ModelEntry:
    """A random XLM-RoBERTa of three classes as a torch checkpoint, with a SentencePiece tokenizer."""
    import sentencepiece
    from transformers import XLMRobertaConfig, XLMRobertaForSequenceClassification

    torch.manual_seed(0)
    entry = catalog.find("xlm-roberta-twitter")
    folder = _folder(entry.weights[0])
    generator = random.Random(0)
    lines = [
        " ".join(generator.choices([*WORDS, "c'est", "bien", "@user"], k=8)) for _ in range(200)
    ]
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_prefix=str(tmp_path / "tiny"),
        vocab_size=60,
        hard_vocab_limit=False,
        bos_id=1,
        eos_id=2,
        unk_id=0,
        minloglevel=2,
    )
    (tmp_path / "tiny.model").rename(folder / "sentencepiece.bpe.model")
    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>"}
    marks |= {"pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(marks))
    names = dict(enumerate(LABELS))
    config = XLMRobertaConfig(
        vocab_size=80,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=514,
        type_vocab_size=1,
        id2label=names,
        label2id={name: i for i, name in names.items()},
    )
    model = XLMRobertaForSequenceClassification(config)
    config.architectures = ["XLMRobertaForSequenceClassification"]
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    weights.seal(entry.weights[0])
    return entry


@pytest.fixture
def tiny_lstm() -> wide_and_deep.LstmClassifier:
    torch.manual_seed(0)
    tokenizer = wide_and_deep.subwords(["很好很好的书", "不好不好的书"] * 9, 20)
    known = sorted(wide_and_deep.grams("不好的书", tokenizer))
    model = wide_and_deep.LstmClassifier(tokenizer, wide_and_deep.Shape(4, 8), known)
    torch.nn.init.normal_(model.evidence.weight.data[1:])
    return model.eval()


@pytest.fixture
def packaged_texts() -> None:
    """Both data sets, as they lie in the packages: a few dozen easy lines, some of them twice."""
    generator = random.Random(0)
    rows = []
    for i in range(240):
        rating, word = [(2.5, "great good"), (-2.5, "awful bad"), (0.1, "a book")][i % 3]
        rows.append((rating, f"the {word} {' '.join(generator.choices(WORDS[4:], k=5))} {i}"))
    archive = _folder(public_texts.DATA_EN) / public_texts.VADER.name
    with tarfile.open(archive, "w:gz") as bundle:
        for j, name in enumerate(public_texts.ENGLISH_SETS):
            body = "\r\n".join(f"{i}\t{r}\t{t}" for i, (r, t) in enumerate(rows[j::4])).encode()
            member = tarfile.TarInfo(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
            member.size = len(body)
            bundle.addfile(member, io.BytesIO(body))
    weights.seal(public_texts.DATA_EN)
    folder = _folder(public_texts.DATA_ZH)
    for name, mark in (("neg.txt", "不好"), ("pos.txt", "很好")):
        lines = [f"这本书{mark}，第{i}次看了。" for i in range(60)]
        (folder / name).write_text("\n".join([*lines, *lines[:20]]), "utf-8")
    weights.seal(public_texts.DATA_ZH)
