"""What folders say of the images in them: classes, and parts of a division."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.inputs import folders
from core.inputs.folders import Place
from core.inputs.reading import Reading


def read(*paths: str, **choices: str) -> tuple[dict[str, Place], Reading]:
    reading = Reading(choices)
    return folders.places(reading, paths), reading


def labels(*paths: str, **choices: str) -> list[str | None]:
    return [place.label for place in read(*paths, **choices)[0].values()]


def kinds(reading: Reading) -> list[str]:
    return [one.kind for one in (*reading.assumptions, *reading.problems)]


SHOTS = [f"data/{c}/{s}/0.png" for c in ("cats", "dogs") for s in ("front", "side")]


def test_a_folder_around_everything_is_no_class():
    assert labels("top/a/0.png", "top/b/0.png") == ["a", "b"]


def test_a_single_class_is_one():
    assert labels("cat/0.png", "cat/1.png") == ["cat", "cat"]


def test_the_outer_of_two_levels_is_the_class_and_told():
    found, reading = read(*SHOTS)
    assert [place.label for place in found.values()] == ["cats", "cats", "dogs", "dogs"]
    assert [(one.choice, one.taken, one.options) for one in reading.assumptions] == [
        ("class_level", "1", ("1", "2"))
    ]


def test_a_person_chooses_the_inner_level():
    assert labels(*SHOTS, class_level="2") == ["front", "side", "front", "side"]


def test_mixed_depths_are_told():
    assert "mixed_depths" in kinds(read("a/0.png", "b/x/0.png", "b/y/0.png")[1])


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("train", "val", "test"),
        ("Training", "Validation", "Testing"),
        ("training_set", "valid", "test_set"),
        ("训练集", "验证集", "测试集"),
        ("train2017", "val2017", "test2017"),
    ],
)
def test_folders_above_the_classes_divide(train, validation, test):
    paths = [f"ds/{part}/{c}/0.png" for part in (train, validation, test) for c in "ab"]
    found, reading = read(*paths)
    assert [(p.part, p.label) for p in found.values()] == [
        (part, c) for part in ("train", "validation", "test") for c in "ab"
    ]
    assert kinds(reading) == ["division"]


def test_folders_below_the_classes_divide_too():
    found, _ = read("a/train/0.png", "a/val/1.png", "b/train/2.png", "b/val/3.png")
    assert [(p.label, p.part) for p in found.values()] == [
        ("a", "train"),
        ("a", "validation"),
        ("b", "train"),
        ("b", "validation"),
    ]


def test_a_person_divides_anew():
    found, _ = read("train/a/0.png", "val/a/0.png", "train/b/0.png", division="none")
    assert {(p.label, p.part) for p in found.values()} == {("a", ""), ("b", "")}


@pytest.mark.parametrize("paths", [("train/0.png", "bus/0.png"), ("test/0.png", "real/0.png")])
def test_a_class_may_be_called_like_a_part(paths):
    assert labels(*paths) == [path.partition("/")[0] for path in paths]


def test_images_outside_of_a_division_are_told():
    found, reading = read("train/a/0.png", "val/a/1.png", "extra/a/2.png")
    assert (len(found), kinds(reading)) == (2, ["division", "no_part"])


def test_classes_that_differ_in_case_alone_are_told_and_stay_apart():
    found, reading = read("train/Cat/0.png", "val/cat/1.png")
    assert {p.label for p in found.values()} == {"Cat", "cat"}
    assert "similar_classes" in kinds(reading)


@settings(max_examples=50, deadline=None)
@given(
    classes=some.lists(
        some.sampled_from(["猫", "dog", "Äpfel", "x", "y1"]), min_size=2, max_size=4, unique=True
    ),
    top=some.sampled_from(["", "data/", "data/set 1/"]),
    parts=some.sampled_from([(), ("train", "val"), ("train", "valid", "test")]),
    below=some.booleans(),
    shots=some.sampled_from([("",), ("front/", "side/")]),
)
def test_a_layout_gives_the_classes_and_parts_that_it_was_made_of(
    classes, top, parts, below, shots
):
    made = {}
    for name in classes:
        for part in parts or ("",):
            for shot in shots:
                inner = (
                    f"{name}/{part}/"
                    if below and part
                    else f"{part}/{name}/"
                    if part
                    else f"{name}/"
                )
                said = {"val": "validation", "valid": "validation"}.get(part, part)
                made[f"{top}{inner}{shot}0.png"] = Place(name, said)
    found, reading = read(*made)
    assert found == made
    assert ("class_level" in kinds(reading)) == (len(shots) > 1)
