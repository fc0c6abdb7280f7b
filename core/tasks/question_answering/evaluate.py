"""How well a model reads: F1 and exact match on our own questions.

    python -m core.tasks.question_answering.evaluate [MODEL] [FILE]

FILE is JSON: [{"passage": …, "questions": [[question, [right answers]], …]}, …].
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from core import tasks
from core.errors import PortalError
from core.progress import Progress
from core.tasks.input_kinds import Question
from core.tasks.question_answering.predictor import AnswerResult
from core.tasks.question_answering.scores import exact, f1

QUESTIONS = Path(__file__).parents[3] / "tests" / "fixtures" / "reading.json"


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
            if isinstance(result, PortalError):
                raise result
            assert isinstance(result, AnswerResult)
            answer = result.answer or ""
            scores.append(f1(answer, truths))
            matches.append(exact(answer, truths))
            if not matches[-1]:
                print(f"{text}  {answer!r} instead of {truths[0]!r}", flush=True)
    count = len(scores)
    return 100 * sum(scores) / count, 100 * sum(matches) / count, count


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "gemma-3-270m-reader"
    got = evaluate(name, Path(sys.argv[2]) if len(sys.argv) > 2 else QUESTIONS)
    print("F1 {:.1f}, exact match {:.1f} on {} questions".format(*got))
