"""How well a model reads: F1 and exact match on our own questions.

    python -m core.tasks.question_answering.evaluate [MODEL] [FILE]

FILE is JSON: [{"passage": …, "questions": [[question, [right answers]], …]}, …]. The measure is that
of SQuAD (https://arxiv.org/abs/1606.05250, section 6.1): words in common between answer and truth, case,
punctuation and articles left aside; in Chinese, characters (https://arxiv.org/abs/1810.07366).
"""

from __future__ import annotations

import json
import re
import string
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from core import tasks
from core.progress import Progress
from core.tasks.input_kinds import Question

QUESTIONS = Path(__file__).parents[3] / "tests" / "fixtures" / "reading.json"


def words(text: str) -> list[str]:
    text = "".join(
        c for c in text.lower() if c not in string.punctuation + "，。、：；？！“”《》（）"
    )
    text = re.sub(r"([\u3400-\u9fff])", r" \1 ", text)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


def f1(answer: str, truths: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of words, the best over the right answers, 0 to 1."""

    def one(truth: str) -> float:
        given, wanted = Counter(words(answer)), Counter(words(truth))
        common = (given & wanted).total()
        return 2 * common / (given.total() + wanted.total()) if common else 0.0

    return max(map(one, truths))


def exact(answer: str, truths: Sequence[str]) -> bool:
    return words(answer) in [words(truth) for truth in truths]


def evaluate(model: str, file: Path = QUESTIONS) -> tuple[float, float, int]:
    """(F1 in percent, exact match in percent, number of questions); prints what went wrong."""
    options = tasks.find("question_answering").parse({"threshold": 0.0})
    scores, matches = [], []
    for part in json.loads(file.read_text("utf-8")):
        asked = [Question(part["passage"], text) for text, _ in part["questions"]]
        found = tasks.predict(
            "question_answering", asked, options, model=model, progress=Progress()
        )
        for (text, truths), result in zip(part["questions"], found, strict=True):
            scores.append(f1(result.answer or "", truths))
            matches.append(exact(result.answer or "", truths))
            if not matches[-1]:
                print(f"{text}  {result.answer!r} instead of {truths[0]!r}", flush=True)
    count = len(scores)
    return 100 * sum(scores) / count, 100 * sum(matches) / count, count


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "gemma-3-270m-reader"
    got = evaluate(name, Path(sys.argv[2]) if len(sys.argv) > 2 else QUESTIONS)
    print("F1 {:.1f}, exact match {:.1f} on {} questions".format(*got))
