"""The reading models in the catalogue, best first. Facts from the model cards on the hub."""

from __future__ import annotations

from core.errors import N_
from core.models.catalog import Licence, ModelEntry, Score, Weights
from core.models.sources import HubSource
from core.models.starters import APACHE_2, GEMMA, MINILM
from core.tasks.question_answering.families.decoder import PromptConfig
from core.tasks.question_answering.families.encoder import EncoderConfig

TASK = "question_answering"
CC_BY_4 = Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")

ROBERTA = ModelEntry(
    id="roberta-base-squad2",
    task=TASK,
    title="RoBERTa-base, SQuAD 2.0",
    family="RoBERTa",
    weights=(
        Weights(
            "roberta-base-squad2",
            HubSource(
                "deepset/roberta-base-squad2",
                "adc3b06f79f797d1c575d5479d6f5efe54a9e3b4",
                (
                    "config.json",
                    "model.safetensors",
                    "vocab.json",
                    "merges.txt",
                    "special_tokens_map.json",
                    "tokenizer_config.json",
                ),
            ),
            CC_BY_4,
            497.5,
        ),
    ),
    languages=("en",),
    about=N_(
        "Fine-tuned on SQuAD 2.0, where a third of the questions have no answer in their passage: it "
        "learned to say so."
    ),
    paper="https://arxiv.org/abs/1907.11692",
    published=Score("F1", 82.95, N_("model card, SQuAD 2.0 validation")),
    config=EncoderConfig(knows_none=True),
)

DISTILBERT = ModelEntry(
    id="distilbert-base-cased-distilled-squad",
    task=TASK,
    title="DistilBERT, SQuAD",
    family="DistilBERT",
    weights=(
        Weights(
            "distilbert-base-cased-distilled-squad",
            HubSource(
                "distilbert/distilbert-base-cased-distilled-squad",
                "564e9b582944a57a3e586bbb98fd6f0a4118db7f",
                (
                    "config.json",
                    "model.safetensors",
                    "tokenizer.json",
                    "tokenizer_config.json",
                    "vocab.txt",
                ),
            ),
            APACHE_2,
            261.6,
        ),
    ),
    languages=("en",),
    about=N_(
        "A smaller BERT that learned SQuAD 1.1 from a larger one. Every question there has an answer: "
        "“no answer” rests on the threshold alone."
    ),
    paper="https://arxiv.org/abs/1910.01108",
    published=Score("F1", 87.1, N_("model card, SQuAD 1.1 dev set")),
    config=EncoderConfig(knows_none=False),
)

CHINESE = ModelEntry(
    id="chinese-mrc-roberta-wwm-ext-large",
    task=TASK,
    title=N_("Chinese RoBERTa-wwm-ext-large, MRC"),
    family="BERT",
    weights=(
        Weights(
            "chinese-mrc-roberta-wwm-ext-large",
            HubSource(
                "luhua/chinese_pretrain_mrc_roberta_wwm_ext_large",
                "408d50e2ecebc8c27bde27e6afcd1a2cacd89349",
                ("config.json", "pytorch_model.bin", "tokenizer.json", "vocab.txt"),
            ),
            APACHE_2,
            1300,
        ),
    ),
    languages=("zh",),
    about=N_("BERT-large for Chinese, fine-tuned on many Chinese reading-comprehension data sets."),
    paper="https://arxiv.org/abs/1906.08101",
    config=EncoderConfig(knows_none=False),
)

READER = ModelEntry(
    id="gemma-3-270m-reader",
    task=TASK,
    title=N_("Gemma 3 270M, reading"),
    family="Gemma (GPT)",
    weights=(GEMMA, MINILM),
    starter=True,
    languages=("en", "zh", "fr", "de", "es", "it", "pt", "ru", "ja", "ko", "ar"),
    about=N_(
        "A language model that was never trained to answer: a few examples in its prompt show it how, "
        "and only words of the passage are allowed."
    ),
    paper="https://arxiv.org/abs/2503.19786",
    measured=Score(
        "F1",
        78.8,
        N_(
            "80 English questions of ours, with which it was also tuned: python -m "
            "core.tasks.question_answering.evaluate"
        ),
    ),
    config=PromptConfig(),
)

ENTRIES = (ROBERTA, DISTILBERT, READER, CHINESE)
