"""Thirty-six images and sixty texts of somebody's own, no setting touched: as good as a logistic regression on the same
features, in under a minute."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core import tasks
from core.data import datasets
from core.data.datasets import DataSet
from core.data.drafts import Draft
from core.device import choose
from core.models import catalog, weights
from core.progress import Progress
from core.serving.options import parse
from core.tasks.image_classification import dataset as pictures
from core.tasks.sentiment import dataset as labelled
from core.tasks.sentiment import public_texts
from core.training.events import Calling, Epoch, Event
from core.training.run import Run

SPLITS = range(5)
SECONDS = 60
WORSE = 1.1
"""Most that the mean validation loss may be of the logistic regression's."""

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.starters,
    pytest.mark.network,
    pytest.mark.timeout(1200),
]


def digits() -> DataSet:
    """Twelve each of 3, 5 and 8: digits that are easily confused."""
    everything = tasks.sample("image_classification", "mnist", Progress())
    draft = Draft()
    for digit in ("3", "5", "8"):
        for row in [row for row in everything.rows if row["label"] == digit][:12]:
            content = everything.file(row).read_bytes()
            draft.samples += pictures.read_classes({digit: [(str(row["file"]), content)]}).samples
    draft.facts["classes"] = ["3", "5", "8"]
    return datasets.add("image_classification", "digits", draft)


def snippets() -> DataSet:
    """Twenty each from films, products and tweets; the label is where they are from."""
    import html
    import tarfile

    draft = Draft()
    folder = weights.fetch(public_texts.DATA_EN, Progress())
    with tarfile.open(folder / public_texts.VADER.name) as archive:
        for name in ("movieReviewSnippets", "amazonReviewSnippets", "tweets"):
            file = archive.extractfile(f"hutto_ICWSM_2014/{name}_GroundTruth.txt")
            assert file is not None
            lines = file.read().decode("utf-8-sig").splitlines()[1000:1020]
            for i, line in enumerate(lines):
                labelled.add(draft, html.unescape(line.split("\t", 2)[2]), name, f"{name} {i}")
    return datasets.add("sentiment", "snippets", labelled.checked(draft))


def regression(folder: Path) -> float:
    """The validation loss of a logistic regression whose C is chosen by cross-validation."""
    from safetensors.numpy import load_file
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.metrics import log_loss

    known = {part: load_file(folder / f"features-{part}.safetensors") for part in PARTS}
    train, held_out = (known[part] for part in PARTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegressionCV(
            Cs=np.logspace(-4, 4, 17), cv=5, scoring="neg_log_loss", max_iter=5000
        ).fit(train["features"], train["labels"])
    return log_loss(held_out["labels"], model.predict_proba(held_out["features"]))


PARTS = ("train", "validation")


@pytest.mark.usefixtures("starter_weights")
@pytest.mark.parametrize(
    ("task", "base", "make", "tracked"),
    [
        ("image_classification", "efficientnet-lite0", digits, ()),
        ("sentiment", "minilm-l6", snippets, ("What a dull film.", "The battery lasts long.")),
    ],
    ids=["36 digits", "60 texts"],
)
def test_a_handful_of_samples_is_learnt(task, base, make, tracked: Sequence[str], tmp_path):
    data, ours, theirs = make(), [], []
    for seed in SPLITS:
        events: list[Event] = []
        folder = tmp_path / str(seed)
        options = parse(tasks.find(task).trained().options, {"seed": seed})
        run = Run(
            folder,
            options,
            data,
            choose("cpu"),
            base=catalog.find(base),
            tracked=tracked,
            listener=Calling(events.append),
        )
        started = time.monotonic()
        outcome = tasks.find(task).trained().train(run)
        assert time.monotonic() - started < SECONDS
        ours.append(outcome.metrics["loss"])
        theirs.append(regression(folder))
        answers = [event.tracked for event in events if isinstance(event, Epoch)]
        if tracked:
            assert answers[-1] != answers[0]
    assert np.mean(ours) <= WORSE * np.mean(theirs), (ours, theirs)
