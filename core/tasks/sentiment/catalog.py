"""The sentiment models in the catalogue, best first for each language they know."""

from __future__ import annotations

from core.data.samples import NOT_STATED
from core.errors import N_
from core.models.catalog import Licence, ModelEntry, Score, Weights
from core.models.sources import BundledSource, HubSource
from core.models.starters import APACHE_2, MINILM
from core.tasks.sentiment.families.adapted import AdaptedConfig
from core.tasks.sentiment.families.hub import HubConfig
from core.tasks.sentiment.families.wide_and_deep import WideAndDeepConfig

TASK = "sentiment"
MIT = Licence("MIT", "https://opensource.org/license/mit")

ENGLISH_STARTER = ModelEntry(
    id="minilm-sentiment-en",
    task=TASK,
    title=N_("MiniLM-L6 + LoRA (English)"),
    family="BERT",
    weights=(
        MINILM,
        Weights("sentiment-en", BundledSource("tasks/sentiment/starters/en"), APACHE_2, 1.3),
    ),
    starter=True,
    languages=("en",),
    about=N_(
        "Our own: adapters trained on 20,000 film-review, editorial, tweet and product snippets that "
        "about 20 people each had rated."
    ),
    paper="https://arxiv.org/abs/2002.10957",
    measured=Score(
        N_("% accuracy, positive or negative"),
        88.4,
        "python -m scripts.train_sentiment en",
    ),
    config=AdaptedConfig(),
)
CHINESE_STARTER = ModelEntry(
    id="lstm-sentiment-zh",
    task=TASK,
    title=N_("LSTM (Chinese)"),
    family="LSTM",
    weights=(Weights("sentiment-zh", BundledSource("tasks/sentiment/starters/zh"), MIT, 3.7),),
    starter=True,
    languages=("zh",),
    about=N_(
        "Our own: trained from scratch on 15,000 reviews of books, hotels and computers. It answers "
        "positive or negative, never neutral."
    ),
    measured=Score(
        N_("% accuracy, positive or negative"),
        87.3,
        "python -m scripts.train_sentiment zh",
    ),
    config=WideAndDeepConfig(),
)

ENTRIES = (
    ModelEntry(
        id="distilbert-sst2",
        task=TASK,
        title=N_("DistilBERT SST-2 (English)"),
        family="BERT",
        weights=(
            Weights(
                "distilbert-sst2",
                HubSource(
                    "distilbert/distilbert-base-uncased-finetuned-sst-2-english",
                    "714eb0fa89d2f80546fda750413ed43d93601a13",
                    ("config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt"),
                ),
                APACHE_2,
                268.1,
            ),
        ),
        languages=("en",),
        about=N_(
            "Fine-tuned on sentences of film reviews (SST-2). It answers positive or negative, never neutral."
        ),
        paper="https://arxiv.org/abs/1910.01108",
        published=Score(N_("% accuracy"), 91.3, N_("model card, SST-2 development set")),
        config=HubConfig(),
    ),
    ENGLISH_STARTER,
    CHINESE_STARTER,
    ModelEntry(
        id="xlm-roberta-twitter",
        task=TASK,
        title=N_("XLM-RoBERTa Twitter (multilingual)"),
        family="RoBERTa",
        weights=(
            Weights(
                "xlm-roberta-twitter-sentiment",
                HubSource(
                    "cardiffnlp/twitter-xlm-roberta-base-sentiment",
                    "f2f1202b1bdeb07342385c3f807f9c07cd8f5cf8",
                    (
                        "config.json",
                        "pytorch_model.bin",
                        "sentencepiece.bpe.model",
                        "special_tokens_map.json",
                    ),
                ),
                NOT_STATED,
                1117.5,
            ),
        ),
        languages=("ar", "de", "en", "es", "fr", "hi", "it", "pt"),
        about=N_(
            "Trained on 198 million tweets in over thirty languages and fine-tuned for sentiment in "
            "eight; it answers in others too."
        ),
        paper="https://arxiv.org/abs/2104.12250",
        config=HubConfig(any_language=True, tweets=True),
    ),
)
