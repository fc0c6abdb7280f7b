"""Files of a model from elsewhere: what our libraries write is taken, everything that costs or runs more is refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from core.errors import ArchiveError, PortalError
from core.models.untrusted import files, folder, networks, pieces, tensors, tokenizers


def written(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


@pytest.fixture(scope="module")
def recurrent(tmp_path_factory) -> dict[str, object]:
    """tokenizer.json as a fine-tuning of ours writes it."""
    from core.tasks.sentiment.networks import recurrent

    folder = tmp_path_factory.mktemp("vocabulary")
    recurrent.make_tokenizer(["good film", "good book"] * 3, 60, folder)
    return json.loads((folder / "tokenizer.json").read_text("utf-8"))


def test_our_own_tokenizer_is_taken(tmp_path, recurrent):
    written(tmp_path / "tokenizer.json", recurrent)
    tokenizers.check(tmp_path, len(recurrent["model"]["vocab"]))


def test_the_unlimited_length_that_transformers_writes_is_taken(tmp_path):
    text = (
        '{"model_max_length": 1000000000000000019884624838656, "tokenizer_class": "BertTokenizer"}'
    )
    (tmp_path / "tokenizer_config.json").write_text(text, "utf-8")
    tokenizers.check(tmp_path, None)


CATASTROPHIC = {
    "type": "Split",
    "pattern": {"Regex": "(a+)+$"},
    "behavior": "Removed",
    "invert": False,
}
LONGER = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 16}


@pytest.mark.parametrize(
    "change",
    [
        {"pre_tokenizer": CATASTROPHIC},
        {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [CATASTROPHIC]}},
        {"normalizer": LONGER},
        {"normalizer": {"type": "Sequence", "normalizers": [LONGER] * 8}},
        {"normalizer": {"type": "Replace", "pattern": {"Regex": "(a|a)*b"}, "content": ""}},
        {"normalizer": {"type": "Prepend", "prepend": "a" * 1000}},
        {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKC"}] * 10_000}},
        {"normalizer": {"type": "ByteLevel2"}},
        {"decoder": {"type": "Replace", "pattern": {"String": "a"}, "content": "b" * 10_000}},
        {"padding": {"strategy": {"Fixed": 10**9}, "pad_id": 0}},
        {"truncation": {"max_length": 10**12, "stride": 0}},
        {"model": {"type": "WordPiece", "vocab": {}, "max_input_chars_per_word": 10**6, "continuing_subword_prefix": ""}},
        {"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}},
        {"model": {"type": "BPE", "vocab": {"a": 10**6}, "merges": []}},
        {"model": None},
        {"added_tokens": [{"id": 3, "content": "x" * 10_000}]},
        {"post_processor": {"type": "TemplateProcessing", "single": [0] * 10_000, "pair": [], "special_tokens": {}}},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_step_that_is_not_ours_is_refused(tmp_path, recurrent, change):
    written(tmp_path / "tokenizer.json", {**recurrent, **change})
    with pytest.raises(ArchiveError, match=r"tokenizer\.json"):
        tokenizers.check(tmp_path, 60)


@pytest.mark.parametrize(
    "settings",
    [
        {"tokenizer_class": "Evil"},
        {"auto_map": {"AutoTokenizer": ["evil.Tokenizer", None]}},
        {"tokenizer_file": "/etc/passwd"},
        {"chat_template": "{% for _ in range(10**9) %}x{% endfor %}"},
        {"unk_token": "x" * 10_000},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_code_and_paths_in_a_tokenizer_s_settings_are_refused(tmp_path, settings):
    written(tmp_path / "tokenizer_config.json", settings)
    with pytest.raises(ArchiveError, match="tokenizer_config"):
        tokenizers.check(tmp_path, None)


def test_a_replacement_table_of_sentencepiece_s_own_is_taken(tmp_path):
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["good film", "good book"] * 20),
        model_prefix=str(tmp_path / "source"),
        vocab_size=14,
        minloglevel=2,
    )
    (tmp_path / "source.model").rename(tmp_path / "source.spm")
    pieces.check(tmp_path / "source.spm")


def table(units: list[int], texts: bytes) -> bytes:
    trie = b"".join(unit.to_bytes(4, "little") for unit in units)
    return len(trie).to_bytes(4, "little") + trie + texts


@pytest.mark.parametrize(
    "content",
    [
        table([0] * 256, b"a" * 1_000_000 + b"\0"),
        table([0x7FFFFC00] * 256, b"a\0"),
        b"\xff\xff\xff\xff" + b"0" * 100,
        b"\x00",
    ],
    ids=["long replacement", "leads outside", "no trie", "cut off"],
)
def test_a_replacement_table_that_multiplies_or_leads_outside_is_refused(
    content, recurrent, tmp_path
):
    step = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}
    written(tmp_path / "tokenizer.json", {**recurrent, "normalizer": step})
    with pytest.raises(ArchiveError):
        tokenizers.check(tmp_path, None)


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(shape: list[int], end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [0, end]}


def test_the_header_gives_types_and_shapes(tmp_path):
    import torch
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2, 3), "b": torch.zeros(4).half()}, tmp_path / "model.safetensors")
    found = tensors.header(tmp_path / "model.safetensors")
    assert {name: (one.dtype, one.shape) for name, one in found.items()} == {
        "a": ("F32", (2, 3)),
        "b": ("F16", (4,)),
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 8,
        (10**15).to_bytes(8, "little") + b"{}",
        safetensors([]),
        safetensors({"a": 1}),
        safetensors({"a": tensor([10**12], 4)}, b"0000"),
        safetensors({"a": tensor([-1], 4)}, b"0000"),
        safetensors({"a": tensor([1], 4), "b": tensor([1], 4)}, b"0000"),
        safetensors({"a": tensor([1], 4)}, b"0000more"),
        safetensors({"a": tensor([1], 4, "PICKLE")}, b"0000"),
        safetensors({str(i): tensor([0], 0) for i in range(30_000)}),
    ],
)
def test_a_header_that_does_not_describe_its_file_is_refused(tmp_path, content):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(PortalError):
        tensors.header(tmp_path / "model.safetensors")


BERT = {"model_type": "bert", "hidden_size": 16, "num_hidden_layers": 2, "vocab_size": 100,
        "intermediate_size": 32, "max_position_embeddings": 32}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "evil"},
        {"auto_map": {"AutoModel": "evil.Model"}},
        {"quantization_config": {"quant_method": "bitsandbytes"}},
        {"hidden_size": 10**6},
        {"hidden_size": 0},
        {"hidden_size": "wide"},
        {"num_hidden_layers": 10**6},
        {"hidden_size": 16_000, "num_hidden_layers": 100},
        {"vocab_size": 10**9},
        {"layer_norm_eps": 1e300},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_network_larger_than_its_file_is_refused_before_it_is_built(tmp_path, change):
    written(tmp_path / "config.json", {**BERT, **change})
    with pytest.raises(ArchiveError, match=r"config\.json"):
        networks.check(tmp_path / "config.json", {})


def test_a_network_of_the_size_of_its_file_is_taken(tmp_path):
    written(tmp_path / "config.json", BERT)
    assert networks.check(tmp_path / "config.json", {}) == 100


@pytest.mark.parametrize(
    "change", [{"r": 10**9}, {"r": 4}, {"lora_alpha": "many"}, {"target_modules": "all"}]
)
def test_adapters_of_another_rank_than_their_matrices_are_refused(tmp_path, change):
    usual = {"r": 8, "lora_alpha": 16, "target_modules": ["query"]}
    matrices = {"layer.lora_A.weight": tensors.Tensor("F32", (8, 16))}
    path = written(tmp_path / "adapter_config.json", usual)
    networks.check_adapter(path, matrices)
    with pytest.raises(ArchiveError):
        networks.check_adapter(written(path, usual | change), matrices)


def test_a_file_of_a_known_name_may_not_be_huge():
    with pytest.raises(ArchiveError, match="at most 8 MB"):
        files.check_size("vocab.txt", 1_500_000_000)


def test_a_folder_is_checked_file_by_file(tmp_path):
    (tmp_path / "head.safetensors").write_bytes(b"no tensors")
    with pytest.raises(ArchiveError, match="head"):
        folder.check(tmp_path)
