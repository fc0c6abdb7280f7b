"""The translators in the catalogue, best first: one pair each, one hundred languages, any by example."""

from __future__ import annotations

from core.errors import N_
from core.inputs.languages import NAMES
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import HubSource
from core.models.starters import GEMMA
from core.tasks.translation.families.decoder import DecoderConfig
from core.tasks.translation.families.encoder_decoder import M2M100Config, MarianConfig

TASK = "translation"
PAIRS: dict[str, tuple[str, ...]] = {
    "en": ("fr", "de", "es", "it", "ru", "zh", "ar", "nl", "sv", "hi"),
    "fr": ("en", "de", "es"),
    "de": ("en", "fr", "es"),
    "es": ("en", "fr", "de"),
    **dict.fromkeys(("it", "ru", "zh", "ar", "ja", "ko", "nl", "pl", "sv", "tr", "hi", "vi"), ("en",)),
}  # fmt: skip
MARKS = {"zh": ">>cmn_Hans<<", "ar": ">>ara<<"}
"""Marian models into a family of languages or scripts want the target at the sentence's beginning.

These two: https://github.com/Helsinki-NLP/Tatoeba-Challenge, models/eng-zho and models/eng-ara.
"""


def _marian(source: str, target: str) -> ModelEntry:
    repo = f"Helsinki-NLP/opus-mt-{source}-{target}"
    files = ("config.json", "pytorch_model.bin", "source.spm", "target.spm", "vocab.json")
    return ModelEntry(
        id=f"opus-mt-{source}-{target}",
        task=TASK,
        title=f"OPUS-MT {source} → {target}",
        family="Marian",
        weights=(
            Weights(
                f"opus-mt-{source}-{target}",
                HubSource(repo, "main", (*files, "tokenizer_config.json")),
                Licence(
                    N_("Apache-2.0 or CC-BY-4.0, see the model card"),
                    f"https://huggingface.co/{repo}",
                ),
                300,
            ),
        ),
        languages=(source, target),
        about=N_("A Transformer with encoder and decoder for this one pair, trained on OPUS."),
        paper="https://aclanthology.org/2020.eamt-1.61/",
        config=MarianConfig(
            pairs={source: (target,)}, mark=MARKS.get(target) if source == "en" else None
        ),
    )


def _any(languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {a: tuple(b for b in languages if b != a) for a in languages}


M2M100 = ModelEntry(
    id="m2m100-418m",
    task=TASK,
    title="M2M100 418M",
    family="M2M100",
    weights=(
        Weights(
            "m2m100-418m",
            HubSource(
                "facebook/m2m100_418M",
                "main",
                (
                    "config.json",
                    "pytorch_model.bin",
                    "sentencepiece.bpe.model",
                    "vocab.json",
                    "special_tokens_map.json",
                    "tokenizer_config.json",
                ),
            ),
            Licence("MIT", "https://huggingface.co/facebook/m2m100_418M"),
            1940,
        ),
    ),
    languages=tuple(NAMES),
    about=N_(
        "One Transformer with encoder and decoder for every direction between a hundred languages."
    ),
    paper="https://arxiv.org/abs/2010.11125",
    config=M2M100Config(pairs=_any(tuple(NAMES))),
)

PROMPTED = ("en", "zh", "fr", "de", "es", "it", "pt", "ru", "ja", "ko", "ar")
"""Languages with example sentences of ours in examples.json."""

GEMMA_3 = ModelEntry(
    id="gemma-3-270m",
    task=TASK,
    title="Gemma 3 270M",
    family="Gemma",
    weights=(GEMMA,),
    starter=True,
    languages=PROMPTED,
    about=N_(
        "A small decoder that was only trained to continue texts. It translates because the prompt "
        "shows it how; expect mistakes, more out of English than into it."
    ),
    paper="https://arxiv.org/abs/2503.19786",
    config=DecoderConfig(pairs=_any(PROMPTED)),
)

ENTRIES = (
    *(_marian(source, target) for source, targets in PAIRS.items() for target in targets),
    M2M100,
    GEMMA_3,
)
