"""What the tests of both trainings share: a few easy questions, and the model that came of them."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

from core import tasks
from core.data import datasets, drafts
from core.models import weights
from core.progress import Progress
from core.tasks.input_kinds import Question
from core.tasks.question_answering import dataset, placing
from core.tasks.question_answering.facts import tables as facts
from core.tasks.question_answering.formats.asked import Asked, Said
from core.training.run import Outcome, Run
from tests.core.training import toy

MODEL = tasks.find("question_answering").trained().options
EASY = {"batch_size": 8, "epochs": 3, "patience": 0, "window": 64, "learning_rate": 0.02}

GIVEN = " \x0b\r\nabcd 4711 efga"
"""A passage that is cleaned before it is read, as somebody may give it."""
PLACE = {"answer", "start", "end"}


def questions(unanswered: bool = True) -> datasets.DataSet:
    """Where is the number? Sometimes there is none."""
    draft, draw, asked = drafts.Draft(), random.Random(0), []
    for i in range(48):
        words = ["".join(draw.choices("abcdefg", k=4)) for _ in range(4)]
        number = str(draw.randrange(1000, 9999))
        answers = [Said(number)]
        if unanswered and i % 6 == 0:
            answers = []
        else:
            words.insert(draw.randrange(4), number)
        asked.append(Asked(f"#{i}", " ".join(words), "number", answers))
    placing.add(draft, asked)
    return datasets.add("question_answering", "tiny", dataset._checked(draft))


def finetune(run: Run) -> Outcome:
    return tasks.find("question_answering").trained().train(run)


publish = partial(toy.publish, "question_answering")


def ask(model: str, passage: str, **options: object):
    asked = tasks.find("question_answering").parse(options)
    return tasks.predict("question_answering", [Question(passage, "number")], asked, model=model)[0]


def some_facts(folder: Path, every: int, every_checked: int) -> datasets.DataSet:
    """The sample with one question in so many of those to learn from and of those to check on."""
    draft = dataset._facts([weights.fetch(facts.FACTS, Progress())])
    rows = [item.row for item in draft.samples]
    learnt = [row for row in rows if row["part"] == "train"][::every]
    checked = [row for row in rows if row["part"] == "validation"][::every_checked]
    found = datasets.DataSet(folder)
    found.__dict__.update(manifest={"facts": draft.facts}, rows=learnt + checked)
    return found
