"""Tiny random reading models, written with the very files that their entries fetch."""

from __future__ import annotations

import json
from pathlib import Path

from core.models import catalog, weights

PASSAGE = (
    "The tower was built in 1889 by Gustave Eiffel. It is 330 metres tall. "
    "Visitors reach the top by lift. The restaurant is on the first floor."
)
CHINESE = "故宫位于北京。它建于明朝。"
LETTERS = [chr(i) for i in range(33, 127)]


def write(model: str) -> catalog.ModelEntry:
    """Random weights of the model's family in its folder; nothing but the files it fetches."""
    import torch

    entry = catalog.find(model)
    source = entry.weights[0].source
    folder = weights.folder(entry.weights[0])
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    {"RoBERTa": _roberta, "DistilBERT": _distilbert, "BERT": _bert}[entry.family](folder)
    for path in folder.iterdir():
        if path.name not in source.files:
            path.unlink()
    assert sorted(p.name for p in folder.iterdir()) == sorted(source.files)
    weights.seal(entry.weights[0])
    return entry


def write_minilm() -> catalog.ModelEntry:
    """A tiny encoder without a head, where MiniLM would be."""
    entry = catalog.find("minilm-l6")
    folder = weights.folder(entry.weights[0])
    folder.mkdir(parents=True)
    _minilm(folder)
    weights.seal(entry.weights[0])
    return entry


def write_reader() -> catalog.ModelEntry:
    """A tiny Gemma 3 and a tiny MiniLM, as `prepare` and the package leave them."""
    entry = catalog.find("gemma-3-270m-reader")
    for part, fill in zip(entry.weights, (_gemma, _minilm), strict=True):
        folder = weights.folder(part)
        folder.mkdir(parents=True)
        fill(folder)
        weights.seal(part)
    return entry


def _gemma(folder: Path) -> None:
    import torch
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

    pieces = [
        "<pad>",
        "<eos>",
        "<bos>",
        "<unk>",
        "▁",
        "\n",
        "\n\n",
        *LETTERS,
        *sorted(set(CHINESE)),
    ]
    known = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    letters = Tokenizer(models.BPE(known, [("\n", "\n")], unk_token="<unk>"))
    letters.normalizer = normalizers.Replace(" ", "▁")
    letters.decoder = decoders.Replace("▁", " ")
    PreTrainedTokenizerFast(
        tokenizer_object=letters, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(known),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        sliding_window=64,
        layer_types=["sliding_attention", "full_attention"],
    )
    Gemma3ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)


def _minilm(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(_word_pieces(folder)),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    BertModel(config).save_pretrained(folder)


def _bert(folder: Path) -> None:
    """As the Chinese reader: an old pickle of tensors, tokenizer.json and no tokenizer settings."""
    import torch
    from transformers import BertConfig, BertForQuestionAnswering

    vocabulary = _word_pieces(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    config.architectures = ["BertForQuestionAnswering"]
    config.save_pretrained(folder)
    torch.save(BertForQuestionAnswering(config).state_dict(), folder / "pytorch_model.bin")


def _distilbert(folder: Path) -> None:
    from transformers import DistilBertConfig, DistilBertForQuestionAnswering

    vocabulary = _word_pieces(folder)
    config = DistilBertConfig(
        vocab_size=len(vocabulary), dim=16, n_layers=1, n_heads=2, hidden_dim=16
    )
    DistilBertForQuestionAnswering(config).save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 512}', "utf-8")


def _word_pieces(folder: Path) -> list[str]:
    """tokenizer.json and vocab.txt that know every letter, also inside words, and a little Chinese."""
    from tokenizers import BertWordPieceTokenizer

    letters = [*LETTERS, *sorted(set(CHINESE))]
    pieces = [*letters, *(f"##{letter}" for letter in letters)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *pieces]
    known = {piece: i for i, piece in enumerate(vocabulary)}
    BertWordPieceTokenizer(known, lowercase=False).save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", "utf-8")
    return vocabulary


def _roberta(folder: Path) -> None:
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import RobertaConfig, RobertaForQuestionAnswering

    pieces = ["<s>", "<pad>", "</s>", "<unk>", *sorted(ByteLevel.alphabet()), "<mask>"]
    known = {piece: i for i, piece in enumerate(pieces)}
    (folder / "vocab.json").write_text(json.dumps(known), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    marks = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "sep_token": "</s>"}
    marks |= {"pad_token": "<pad>", "cls_token": "<s>", "mask_token": "<mask>"}
    (folder / "special_tokens_map.json").write_text(json.dumps(marks), "utf-8")
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 512}', "utf-8")
    config = RobertaConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=514,
        type_vocab_size=1,
    )
    RobertaForQuestionAnswering(config).save_pretrained(folder)
