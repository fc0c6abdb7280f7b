"""Whatever the files of an archive hold: a draft, or an error that says why."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.__main__ import main
from core.data.drafts import Draft
from core.errors import PortalError
from tests.core.tasks.object_detection.packing import coco, labelled, pack, png, read

NAMES = (
    "data.yaml",
    "classes.txt",
    "notes.json",
    "images/0.txt",
    "labels/0.txt",
    "obj.data",
    "train.txt",
    "x.json",
    "x.xml",
)
TEXTS = st.text(st.sampled_from("names:[]{}0123.,-& *'\"\n\t\\éx\u2028<>/"), max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=30, deadline=None)
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=60) | TEXTS.map(str.encode))
def test_any_contents_give_a_draft_or_a_reason(name, content):
    with contextlib.suppress(PortalError):
        assert isinstance(read({**labelled("0 0.5 0.5 0.2 0.2"), name: content}), Draft)


@settings(max_examples=20, deadline=None)
@given(
    images=st.lists(JSON | st.fixed_dictionaries({"id": JSON, "file_name": JSON, "width": JSON})),
    annotations=st.lists(
        st.fixed_dictionaries({"image_id": JSON, "category_id": JSON, "bbox": JSON}), max_size=3
    ),
    categories=JSON | st.lists(st.fixed_dictionaries({"id": JSON, "name": JSON}), max_size=3),
)
def test_any_values_in_a_description_cost_only_themselves(images, annotations, categories):
    good = {"id": 0, "file_name": "a.png", "width": 60, "height": 40}
    text = coco({}, annotations, images=[good, *images], categories=categories)
    assert isinstance(read({"a.png": png(0), "x.json": text}), Draft)


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        (["0 0.5 0.5 -1 0.2"] * 3, "3 × labels/0.txt:1: the box 0.5, 0.5, -1, 0.2 has no area"),
        (["no label"] * 2, "2 × labels/0.txt:1: “no label” is not a class and a box"),
    ],
)
def test_the_command_line_says_why_nothing_is_left(labels, why, tmp_path, capsys):
    path = tmp_path / "mine.zip"
    path.write_bytes(pack(labelled(*labels)))
    assert main(["data", "add", "object_detection", str(path), "--name", "n", "--json"]) != 0
    assert why in capsys.readouterr().err


def test_the_command_line_takes_names_and_a_label_format(tmp_path, capsys):
    path = tmp_path / "mine.zip"
    path.write_bytes(pack(labelled("0 0.3 0.4 0.1 0.2 0.3 0.4 0.3 0.4")))
    choices = ["--choose", "classes=hand", "--choose", "label_format=boxes"]
    command = ["data", "add", "object_detection", str(path), "--name", "n", "--json"]
    assert main([*command, *choices]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["facts"]["classes"] == ["hand"]
    assert {one["kind"]: one["taken"] for one in row["assumed"]}["label_format"] == "boxes"
