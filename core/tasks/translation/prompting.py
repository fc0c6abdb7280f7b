"""Translation by a decoder that only continues texts: show it examples, then the sentence.

After a few lines `English: …` / `French: …` the likeliest continuation of the next pair is its
translation (few-shot prompting, https://arxiv.org/abs/2005.14165).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.inputs.languages import NAMES
from core.progress import Progress
from core.serving.decoder import Decoder

if TYPE_CHECKING:
    from core.tasks.translation.options import TranslationOptions

SHOTS = 3  # examples in the prompt


class Prompted:
    """Translates sentences with a `Decoder` and `shots` examples of examples.json; one that was
    fine-tuned to translate needs none."""

    def __init__(self, decoder: Decoder, shots: int = SHOTS) -> None:
        self.decoder = decoder
        self.shots = shots

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


def prompt(sentence: str, source: str, target: str) -> str:
    """What the decoder is to continue with a blank, the translation and the end of the line."""
    return f"{NAMES[source]}: {sentence}\n{NAMES[target]}:"


def examples(source: str, target: str, shots: int = SHOTS) -> str:
    """The beginning of the prompt: `shots` translated sentences, each followed by an empty line."""
    if not shots:
        return ""
    return "".join(f"{prompt(a, source, target)} {b}\n\n" for a, b in pairs(source, target)[:shots])


def pairs(source: str, target: str) -> list[tuple[str, str]]:
    """Our parallel sentences in two languages."""
    return list(zip(_sentences()[source], _sentences()[target], strict=True))


@cache
def _sentences() -> dict[str, list[str]]:
    """Parallel sentences by language, in the same order."""
    return json.loads(Path(__file__).with_name("examples.json").read_text("utf-8"))["sentences"]
