"""Tiny translators with random weights, written in the files that the real ones come in."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import torch

from core.models import catalog, weights
from core.tasks.translation.families.decoder import parallel

MARKS = (">>cmn_Hans<<", ">>ara<<")


@cache
def _sentencepiece(folder: str, size: int = 200) -> Path:
    """A sentencepiece model trained on our example sentences."""
    import sentencepiece

    corpus = Path(folder) / "corpus.txt"
    lines = [
        line for other in ("fr", "zh", "de") for pair in parallel("en", other) for line in pair
    ]
    corpus.write_text("\n".join(lines * 4), "utf-8")
    prefix = Path(folder) / "spm"
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(prefix),
        vocab_size=size,
        character_coverage=0.98,
        minloglevel=2,
    )
    return prefix.with_suffix(".model")


def _tokens(model: Path) -> list[str]:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(model))
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def _folder(model_id: str) -> Path:
    folder = weights.folder(catalog.find(model_id).weights[0])
    folder.mkdir(parents=True)
    return folder


def _seal(model_id: str) -> None:
    weights.seal(catalog.find(model_id).weights[0])


def write_marian(model_id: str, scratch: Path) -> None:
    """source.spm, target.spm, vocab.json, tokenizer_config.json, config.json, pytorch_model.bin."""
    from transformers import MarianConfig, MarianMTModel

    folder, spm = _folder(model_id), _sentencepiece(str(scratch))
    pieces = [t for t in _tokens(spm) if t not in ("<unk>", "<s>", "</s>")]
    vocabulary = ["</s>", "<unk>", *pieces, *MARKS, "<pad>"]
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(spm.read_bytes())
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocabulary)}))
    _, _, source, target = model_id.split("-")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"source_lang": source, "target_lang": target, "model_max_length": 512})
    )
    pad = len(vocabulary) - 1
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=512,
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        forced_eos_token_id=0,
    )
    model = MarianMTModel(config)
    config.architectures = ["MarianMTModel"]
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    _seal(model_id)


def write_m2m100(scratch: Path) -> None:
    """sentencepiece.bpe.model, vocab.json, its two tokenizer files, config.json, pytorch_model.bin."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    folder, spm = _folder("m2m100-418m"), _sentencepiece(str(scratch))
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    vocabulary = specials + [t for t in _tokens(spm) if t not in specials]
    (folder / "sentencepiece.bpe.model").write_bytes(spm.read_bytes())
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocabulary)}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "M2M100Tokenizer", "model_max_length": 1024})
    )
    (folder / "special_tokens_map.json").write_text(
        json.dumps({"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"})
    )
    torch.manual_seed(0)
    config = M2M100Config(
        vocab_size=len(vocabulary) + 108,  # a mark per language and eight unused places
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=1024,
    )
    model = M2M100ForConditionalGeneration(config)
    config.architectures = ["M2M100ForConditionalGeneration"]
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    _seal("m2m100-418m")


def write_gemma() -> None:
    """A Gemma 3 of two layers: model.safetensors, config.json and the tokenizer's files."""
    write_gemma_into(_folder("gemma-3-270m"))
    _seal("gemma-3-270m")


def write_gemma_into(folder: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

    characters = sorted(
        {c for other in ("fr", "zh") for p in parallel("en", other) for c in "".join(p)}
    )
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", "\n", "\n\n", "▁", ":"]
    tokens += [c for c in characters if c not in " :"]
    raw = Tokenizer(
        models.BPE({t: i for i, t in enumerate(tokens)}, [("\n", "\n")], unk_token="<unk>")
    )
    raw.normalizer = normalizers.Replace(" ", "▁")
    raw.decoder = decoders.Replace("▁", " ")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        eos_token="<eos>",
        bos_token="<bos>",
        unk_token="<unk>",
    )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        sliding_window=512,
        layer_types=["sliding_attention", "full_attention"],
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    Gemma3ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
