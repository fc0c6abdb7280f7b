"""Translation by a decoder that only continues texts: show it examples, then the sentence.

After a few lines `English: …` / `French: …` the likeliest continuation of the next pair is its
translation (few-shot prompting, https://arxiv.org/abs/2005.14165).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field

from core.device import Device
from core.inputs.languages import NAMES
from core.progress import Progress
from core.serving import decoder
from core.serving.decoder import Decoder
from core.serving.generation import Network
from core.tasks.translation.families.config import TranslatorConfig

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationOptions

SHOTS = 3  # examples in the prompt


class DecoderConfig(TranslatorConfig):
    """`shots`: how many examples of examples.json the prompt begins with. `prompt` is what a fine-tuned model
    continues, for those who use it without this portal (see standalone.py)."""

    kind: Literal["decoder"] = "decoder"
    shots: int = Field(SHOTS, ge=0, le=8)
    prompt: str | None = Field(None, max_length=200)

    def narrowed(self, source: str, target: str) -> Self:
        """One that was fine-tuned to translate needs no examples."""
        wanted = prompt("{sentence}", source, target)
        one = super().narrowed(source, target)
        return one.model_copy(update={"shots": 0, "prompt": wanted})


class Prompted:
    """Translates sentences with a `Decoder` and `shots` examples of examples.json."""

    def __init__(self, decoder: Decoder, shots: int = SHOTS) -> None:
        self.decoder = decoder
        self.shots = shots

    @property
    def model(self) -> Network:
        return self.decoder.model

    @property
    def tokenizer(self) -> Network:
        return self.decoder.tokenizer

    @property
    def nbytes(self) -> int:
        return self.decoder.nbytes

    def translate(
        self,
        sentences: Sequence[str],
        source: str,
        target: str,
        options: TranslationOptions,
        progress: Progress,
    ) -> list[list[str]]:
        """For each sentence its translations, `options.alternatives` of them, best first."""
        return self.decoder.generate(
            [prompt(sentence, source, target) for sentence in sentences],
            prefix=examples(source, target, self.shots),
            max_new_tokens=[16 + 2 * len(self.decoder.encode(s)) for s in sentences],
            progress=progress,
            returned=options.alternatives,
            beams=options.beams,
            temperature=options.temperature if options.method == "sampling" else 0.0,
            seed=options.seed,
        )


def load(config: DecoderConfig, device: Device, folder: Path, *adapters: Path) -> Prompted:
    """The decoder in `folder`; question answering may hold the same one."""
    return Prompted(decoder.load(folder, device, *adapters), config.shots)


def prompt(sentence: str, source: str, target: str) -> str:
    """What the decoder is to continue with a blank, the translation and the end of the line."""
    return f"{NAMES[source]}: {sentence}\n{NAMES[target]}:"


def examples(source: str, target: str, shots: int = SHOTS) -> str:
    """The beginning of the prompt: `shots` translated sentences, each followed by an empty line."""
    if not shots:
        return ""
    return "".join(
        f"{prompt(a, source, target)} {b}\n\n" for a, b in parallel(source, target)[:shots]
    )


def sentence(language: str) -> str:
    """A sentence of ours; an English one where we have none in the language."""
    known = _sentences()
    return known.get(language, known["en"])[0]


def parallel(source: str, target: str) -> list[tuple[str, str]]:
    """Our parallel sentences in two languages: (sentence, translation)."""
    return list(zip(_sentences()[source], _sentences()[target], strict=True))


@cache
def _sentences() -> dict[str, list[str]]:
    """Parallel sentences by language, in the same order."""
    about = json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))
    sentences: dict[str, list[str]] = about["sentences"]
    return sentences
