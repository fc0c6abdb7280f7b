"""Models from elsewhere: cards, descriptions, tokenizers and tensors."""

from __future__ import annotations

import json
from functools import cache

from tests.hostile.case import Case, case
from tests.hostile.packing import packed

CARD = {"id": "m-abcd1234", "task": "sentiment", "title": "Mine", "job": "abcd1234", "base": None,
        "created": "2025-01-01T00:00:00+00:00", "metrics": {"accuracy": 0.9}}  # fmt: skip
SHAPE = {
    "cell": "lstm",
    "tokens": 4,
    "embedding": 2,
    "units": 2,
    "layers": 1,
    "bidirectional": False,
}
CONFIG = {"kind": "tuned", "labels": ["good", "bad"], "window": 16, "shape": SHAPE}
ABOUT = {"family": "LSTM", "languages": ["en"], "from_scratch": True, "config": CONFIG}
TOKENIZER = {
    "version": "1.0", "truncation": None, "padding": None, "normalizer": {"type": "Lowercase"},
    "added_tokens": [{"id": i, "content": word, "single_word": False, "lstrip": False, "rstrip": False,
                      "normalized": False, "special": True} for i, word in enumerate(("[PAD]", "[UNK]"))],
    "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": None, "decoder": None,
    "model": {"type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None,
              "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "a": 2, "b": 3}, "merges": []},
}  # fmt: skip
SETTINGS = {"tokenizer_class": "TokenizersBackend", "pad_token": "[PAD]", "unk_token": "[UNK]"}


@cache
def tensors(scale: float = 1.0) -> dict[str, bytes]:
    """Head and network of a tiny LSTM."""
    import torch
    from safetensors.torch import save

    from core.tasks.sentiment.networks.recurrent import Recurrent

    torch.manual_seed(0)
    head = {"weight": torch.ones(2, 2) * scale, "bias": torch.zeros(2)}
    return {
        "head.safetensors": save(head),
        "recurrent.safetensors": save(Recurrent(**SHAPE).state_dict()),
    }


def model(members: dict[str, object] | None = None, scale: float = 1.0) -> bytes:
    """A sound model with these files replaced."""
    usual: dict[str, object] = {"card.json": CARD, "model.json": ABOUT, "tokenizer.json": TOKENIZER,
                                "tokenizer_config.json": SETTINGS, **tensors(scale), **(members or {})}  # fmt: skip
    return packed(
        {
            name: value if isinstance(value, bytes) else json.dumps(value)
            for name, value in usual.items()
        }
    )


def about(**change: object) -> dict[str, object]:
    return {"model.json": {**ABOUT, "config": {**CONFIG, **change}}}


def shaped(**change: object) -> dict[str, object]:
    return about(shape={**SHAPE, **change})


def token(**change: object) -> dict[str, object]:
    return {"tokenizer.json": {**TOKENIZER, **change}}


def of(task: str, family: str, config: dict[str, object]) -> dict[str, object]:
    return {"card.json": {**CARD, "task": task}, "model.json": {"family": family, "config": config}}


IMAGES = {
    "builder": "resnet18",
    "head": "fc",
    "labels": ["a", "b"],
    "size": 32,
    "mean": [0.5] * 3,
    "std": [0.5] * 3,
}
YOLO = {"kind": "tuned", "architecture": "yolo11n", "labels": ["a"], "size": 64}
MARIAN = {"kind": "marian", "pairs": {"en": ["fr"]}}
GAN = {"channels": [4, 4, 4, 4, 4, 3]}
REPEATED = {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaa"}
ZIPS: dict[str, dict[str, object]] = {
    "window of 0": about(window=0), "window of -5": about(window=-5), "window of 10⁹": about(window=10**9), "window that is a text": about(window="x"),
    "no labels": about(labels=[]), "equal labels": about(labels=["a", "a"]), "labels that are a text": about(labels="ab"), "label of 1 MB": about(labels=["a" * 1_000_000, "b"]),
    "label with half a surrogate pair": about(labels=["\ud800", "b"]), "label with a control character": about(labels=["a\0", "b"]), "labels of lists": about(labels=[["a"], ["b"]]), "three labels for two logits": about(labels=["a", "b", "c"]),
    "units of 4,096": shaped(units=4096), "16 layers": shaped(layers=16), "tokens of 100,000": shaped(tokens=100_000), "cell of an unknown kind": shaped(cell="evil"), "units of 10⁹": shaped(units=10**9), "both directions": shaped(bidirectional=True),
    "shape that is a list": about(shape=[1]), "config that is a list": {"model.json": {**ABOUT, "config": [1]}}, "unknown language": {"model.json": {**ABOUT, "languages": ["xx"]}}, "1,000 languages": {"model.json": {**ABOUT, "languages": ["en"] * 1_000}},
    "family of 1 MB": {"model.json": {**ABOUT, "family": "a" * 1_000_000}}, "about of 1 MB": {"model.json": {**ABOUT, "about": "a" * 1_000_000}}, "description that is deep": {"model.json": b"[" * 50_000}, "description that is NaN": {"model.json": b'{"family": NaN}'},
    "card that is a list": {"card.json": [1]}, "card that is deep": {"card.json": b'{"a":' * 50_000}, "card of another application": {"card.json": {**CARD, "task": "evil"}}, "card with a path as base": {"card.json": {**CARD, "base": "../../etc"}}, "card with dots as base": {"card.json": {**CARD, "base": ".."}},
    "card that is its own base": {"card.json": {**CARD, "base": "mine-abcd1234"}}, "card without metrics": {"card.json": {**CARD, "metrics": {}}}, "card with endless metrics": {"card.json": {**CARD, "metrics": {str(i): 1 for i in range(10_000)}}}, "card with a metric of 1e400": {"card.json": json.dumps(CARD).replace("0.9", "1e400").encode()},
    "card with a title of 1 MB": {"card.json": {**CARD, "title": "a" * 1_000_000}}, "card with a title of control characters": {"card.json": {**CARD, "title": "\0\x1b"}}, "card with a path as job": {"card.json": {**CARD, "job": "../../x"}}, "card with options that are deep": {"card.json": {**CARD, "options": {"a": json.loads("[" * 60 + "]" * 60)}}},
    "tokenizer with a catastrophic expression": token(pre_tokenizer={"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}), "tokenizer that multiplies": token(normalizer={"type": "Sequence", "normalizers": [REPEATED] * 8}), "tokenizer that pads to 10⁹": token(padding={"strategy": {"Fixed": 10**9}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}),
    "tokenizer that cuts at 10¹²": token(truncation={"max_length": 10**12, "stride": 0, "strategy": "LongestFirst", "direction": "Right"}), "tokenizer of an unknown step": token(normalizer={"type": "Evil"}), "tokenizer that is a list": {"tokenizer.json": [1]}, "tokenizer without a vocabulary": token(model={"type": "BPE", "vocab": {}, "merges": []}),
    "tokenizer with numbers beyond the network": token(model={**TOKENIZER["model"], "vocab": {"[PAD]": 0, "[UNK]": 1, "e": 999}}), "tokenizer with negative numbers": token(model={**TOKENIZER["model"], "vocab": {"a": -1}}), "tokenizer with an unknown token missing": token(model={**TOKENIZER["model"], "vocab": {"a": 0}}, added_tokens=[]), "tokenizer settings with code": {"tokenizer_config.json": {**SETTINGS, "auto_map": {"AutoTokenizer": ["evil.Evil", None]}}},
    "tokenizer settings with a path": {"tokenizer_config.json": {**SETTINGS, "tokenizer_file": "/etc/passwd"}}, "tokenizer settings of another class": {"tokenizer_config.json": {**SETTINGS, "tokenizer_class": "LlamaTokenizer"}}, "tokenizer settings that are a list": {"tokenizer_config.json": [1]}, "tokenizer settings without padding": {"tokenizer_config.json": {"tokenizer_class": "TokenizersBackend"}},
    "tensors that are none": {"head.safetensors": b"no tensors"}, "tensors that are a pickle": {"head.safetensors": b"\x80\x04cos\nsystem\n."}, "tensors that are empty": {"head.safetensors": b""}, "tensors with a header of 2⁶³": {"head.safetensors": b"\xff" * 8 + b"{}"}, "tensors of 10¹² numbers": {"head.safetensors": (66).to_bytes(8, "little") + b'{"weight":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4]}}'[:66]},
    "tensors of another network": {"head.safetensors": b"\x02\0\0\0\0\0\0\0{}"}, "config of a transformer that is huge": {"config.json": {"model_type": "bert", "hidden_size": 16_000, "num_hidden_layers": 100}}, "config of a transformer with code": {"config.json": {"model_type": "bert", "auto_map": {"AutoModel": "evil.Evil"}}}, "adapters of rank 10⁹": {"adapter_config.json": {"r": 10**9, "lora_alpha": 1, "target_modules": ["a"]}},
    "a pickle beside it": {"extra.pkl": b"\x80\x04cos\nsystem\n."}, "code beside it": {"use.py": b"import os; os.system('touch outside')"}, "a manifest of its own": {"portal.json": {"files": {}}},
    "image size of 0": of("image_classification", "ResNet", {**IMAGES, "size": 0}), "image size of -3": of("image_classification", "ResNet", {**IMAGES, "size": -3}), "image size of 20,000": of("image_classification", "ResNet", {**IMAGES, "size": 20_000}), "mean of strings": of("image_classification", "ResNet", {**IMAGES, "mean": ["a", "b", "c"]}),
    "mean of one": of("image_classification", "ResNet", {**IMAGES, "mean": [0.5]}), "standard deviation of 0": of("image_classification", "ResNet", {**IMAGES, "std": [0, 0, 0]}), "network of the hub": of("image_classification", "ResNet", {**IMAGES, "builder": None, "timm": "hf-hub:evil/model"}), "network of a builder that is not offered": of("image_classification", "ResNet", {**IMAGES, "builder": "vit_h_14"}),
    "head that is no layer": of("image_classification", "ResNet", {**IMAGES, "head": "__class__"}), "detector of an unknown network": of("object_detection", "YOLO", {**YOLO, "architecture": "../evil"}), "detector of images of 100,000 pixels": of("object_detection", "YOLO", {**YOLO, "size": 100_000}), "translator of an unknown language": of("translation", "Marian", {**MARIAN, "pairs": {"xx": ["yy"]}}), "translator of nothing": of("translation", "Marian", {**MARIAN, "pairs": {}}),
    "translator with a long mark": of("translation", "Marian", {**MARIAN, "mark": "a" * 10_000}), "translator without files": of("translation", "Marian", MARIAN), "generator of channels of 0": of("face_generation", "GAN", {"channels": [0] * 5 + [3]}), "generator of channels of 10⁹": of("face_generation", "GAN", {"channels": [10**9] * 5 + [3]}), "generator of 100 layers": of("face_generation", "GAN", {"channels": [4] * 100}),
    "generator without files": of("face_generation", "GAN", GAN), "reader without files": of("question_answering", "BERT", {"reader": "encoder", "knows_none": True}), "reader of an unknown kind": of("question_answering", "BERT", {"reader": "evil"}), "reader that is neither": of("question_answering", "BERT", {"reader": "encoder", "knows_none": "maybe"}),
}  # fmt: skip
SLOW = (
    "generator",
    "reader",
    "detector",
    "translator",
    "image size",
    "mean",
    "head",
    "network",
    "units",
    "16 layers",
)

CASES: list[Case] = [
    case("model", "sound", "a.zip", model),
    *(case("model", name, "a.zip", lambda m=members: model(m), slow=name.startswith(SLOW)) for name, members in ZIPS.items()),
    case("model", "weights that are not finite", "a.zip", lambda: model(scale=float("nan"))),
    case("model", "two million labels", "a.zip", lambda: model(about(labels=[f"l{i}" for i in range(2_000_000)])), slow=True),
    case("model", "a vocabulary of 300 MB", "a.zip", lambda: model({"vocab.txt": b"word\n" * 60_000_000}), slow=True),
    case("model", "a folder above", "a.zip", lambda: packed({"model/card.json": json.dumps(CARD)})),
    case("model", "no files", "a.zip", packed({})),
    case("model", "no zip", "a.zip", b"no zip"),
]  # fmt: skip
