"""Unpacking a GGUF file: a tiny one in the real format, through the real process."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from core import device
from core.errors import CancelledError, IntegrityError, ResourceError
from core.models import gguf
from core.progress import Progress
from core.serving import decoder

LAYERS, WIDTH, INNER, HEAD, WORDS = 1, 32, 64, 16, 300


def write_gguf(path: Path) -> None:
    """A Gemma 3 of one layer with a sentencepiece vocabulary of bytes and letters."""
    import gguf as format_
    import numpy

    writer = format_.GGUFWriter(path, "gemma3")
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_sliding_window(64)
    writer.add_tokenizer_model("llama")
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{i:02X}>" for i in range(256))]
    tokens += ["▁", "\n", *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL"]
    writer.add_token_list(tokens[:WORDS])
    writer.add_token_scores([-float(i) for i in range(WORDS)])
    writer.add_token_types([3, 3, 3, 2] + [6] * 256 + [1] * (WORDS - 260))
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(3)
    random = numpy.random.default_rng(0)
    shapes = {
        "token_embd": (WORDS, WIDTH),
        "output_norm": (WIDTH,),
        "blk.0.attn_q": (2 * HEAD, WIDTH),
        "blk.0.attn_k": (HEAD, WIDTH),
        "blk.0.attn_v": (HEAD, WIDTH),
        "blk.0.attn_output": (WIDTH, 2 * HEAD),
        "blk.0.attn_q_norm": (HEAD,),
        "blk.0.attn_k_norm": (HEAD,),
        "blk.0.ffn_gate": (INNER, WIDTH),
        "blk.0.ffn_up": (INNER, WIDTH),
        "blk.0.ffn_down": (WIDTH, INNER),
        "blk.0.attn_norm": (WIDTH,),
        "blk.0.ffn_norm": (WIDTH,),
        "blk.0.post_attention_norm": (WIDTH,),
        "blk.0.post_ffw_norm": (WIDTH,),
    }
    for name, shape in shapes.items():
        values = random.normal(size=shape).astype(numpy.float32)
        if len(shape) == 2:
            packed = format_.quants.quantize(values, format_.GGMLQuantizationType.Q8_0)
            writer.add_tensor(f"{name}.weight", packed, raw_dtype=format_.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def parts(tmp_path, monkeypatch) -> Path:
    """A folder with the four parts of a tiny GGUF file, whose hash is the published one."""
    whole = tmp_path / "whole.gguf"
    write_gguf(whole)
    data = whole.read_bytes()
    folder = tmp_path / "weights"
    folder.mkdir()
    for i in range(4):
        piece = data[i * len(data) // 4 : (i + 1) * len(data) // 4]
        (folder / f"gemma.gguf.part0{i}").write_bytes(piece)
    monkeypatch.setattr(gguf, "SHA256", hashlib.sha256(data).hexdigest())
    return folder


def test_the_unpacked_folder_loads_and_nothing_else_is_left(parts):
    gguf.prepare(parts, Progress())
    loaded = decoder.load(parts, device.choose("cpu"))
    assert loaded.generate(["abc"], max_new_tokens=3, progress=Progress())
    assert {p.name for p in parts.iterdir()} == {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }


def test_a_wrong_hash_deletes_the_parts(parts, monkeypatch):
    monkeypatch.setattr(gguf, "SHA256", "0" * 64)
    with pytest.raises(IntegrityError):
        gguf.prepare(parts, Progress())
    assert not list(parts.iterdir())


def test_a_cancel_ends_the_process_and_keeps_the_parts(parts):
    progress = Progress()

    def report(_done: float, total: float | None, _note: str) -> None:
        if total is None:  # the process runs
            progress.cancelled.set()

    progress.report = report
    with pytest.raises(CancelledError):
        gguf.prepare(parts, progress)
    assert len(list(parts.iterdir())) == 4


def test_a_file_that_cannot_be_unpacked_says_why(parts, monkeypatch):
    for part in parts.iterdir():
        part.write_bytes(b"nothing")
    monkeypatch.setattr(gguf, "SHA256", hashlib.sha256(b"nothing" * 4).hexdigest())
    with pytest.raises(ResourceError, match="could not be unpacked"):
        gguf.prepare(parts, Progress())
