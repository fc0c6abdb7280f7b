"""Results for people: class names and the table that is downloaded."""

from __future__ import annotations

import pytest

from core import tasks
from core.inputs import tables
from core.models import catalog
from core.models.catalog import Licence, ModelEntry, Weights
from core.models.sources import RunSource
from core.serving.predictor import Timing
from core.tasks.image_classification.predictor import ClassificationResult, ClassScore
from core.tasks.image_classification.wording import class_name

PREDICTION = tasks.find("image_classification").predicting()
TABBY, SNAIL = (
    ClassScore(index=281, label="tabby", score=0.75),
    ClassScore(index=113, label="snail, shell", score=1 / 3),
)


def result(*labels: ClassScore, model: str = "resnet18") -> ClassificationResult:
    timing = Timing(preprocess=0, forward=0, postprocess=0)
    return ClassificationResult(labels=list(labels), model=model, device="cpu", timing=timing)


def test_the_downloaded_table_has_the_bytes_it_always_had():
    answers = [result(TABBY, SNAIL), result(SNAIL, model="vgg19")]
    table = PREDICTION.table(["a.png", "b, c.png"], answers, "en")
    assert tables.write(table.columns, table.rows) == (
        "file,model,rank,index,label,score\r\n"
        "a.png,resnet18,1,281,tabby,0.750000\r\n"
        'a.png,resnet18,2,113,"snail, shell",0.333333\r\n'
        '"b, c.png",vgg19,1,113,"snail, shell",0.333333\r\n'
    )


@pytest.mark.parametrize(("language", "name"), [("en", "tabby"), ("zh", "虎斑猫"), ("fr", "tabby")])
def test_the_table_names_classes_in_the_readers_language(language, name):
    ((*_, label, _score),) = PREDICTION.table(["a"], [result(TABBY)], language).rows
    assert label == name


def test_a_fine_tuned_models_classes_are_called_as_in_its_data():
    own = Weights("x", RunSource("x"), Licence("own"), 1.0)
    entry = ModelEntry("x", "image_classification", "x", "ResNet", (own,))
    assert class_name(TABBY, entry, "zh") == "tabby"
    assert class_name(TABBY, catalog.find("resnet18"), "zh") == "虎斑猫"


def test_the_thumbnail_says_the_most_likely_class():
    from PIL import Image

    shown = PREDICTION.thumbnail([Image.new("RGB", (8, 8))], [result(TABBY, SNAIL)], "zh")
    assert [(line.strong, line.after) for line in shown.words] == [("虎斑猫", " · 75%")]
