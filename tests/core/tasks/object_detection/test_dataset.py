"""Images with boxes: YOLO and COCO archives, and what can be wrong with their labels."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.tasks.object_detection import scenes
from tests.core.tasks.object_detection.packing import kinds, pack, png
from tests.core.tasks.object_detection.packing import read as read_files


def read(**files: bytes | str):
    """A draft from files given as folder__name__suffix=content."""
    named = {}
    for name, content in files.items():
        *path, suffix = name.split("__")
        named["/".join(path) + f".{suffix}"] = content
    return read_files(named)


def one(line: str):
    """A draft of one image with one line of labels."""
    return read(images__a__png=png(0), labels__a__txt=line, data__yaml="names: [cat, dog]")


def test_yolo_labels_are_read_beside_and_apart():
    for files in (
        {"images__a__png": png(0), "labels__a__txt": "1 0.5 0.5 0.2 0.4"},
        {"a__png": png(0), "a__txt": "1 0.5 0.5 0.2 0.4"},
    ):
        draft = read(**files)
        assert draft.samples[0].row["boxes"] == [[1, 0.5, 0.5, 0.2, 0.4]]
        assert draft.facts["classes"] == ["class 0", "class 1"]


@pytest.mark.parametrize(
    ("named", "classes"),
    [
        ("[cat, dog]", ["cat", "dog"]),
        ("{1: dog, 0: cat}", ["cat", "dog"]),
        ("{0: cat, 2: 鸟}", ["cat", "class 1", "鸟"]),
    ],
)
def test_the_description_names_the_classes(named, classes):
    draft = read(
        images__a__png=png(0),
        labels__a__txt="0 0.5 0.5 0.2 0.2",
        a_hyperparameters__yaml="lr0: 0.01",
        data__yaml=f"names: {named}".encode(),
    )
    assert draft.facts["classes"] == classes


@pytest.mark.parametrize(
    ("train", "check"),
    [
        ("images__train", "images__val"),
        ("train__images", "valid__images"),
        ("My images__猫 test__train__images", "My images__猫 test__val__images"),
        ("images__set__images__train2017", "images__set__images__val2017"),
    ],
)
def test_a_division_of_its_own_is_kept(train, check):
    files = {}
    for i, folder in enumerate((train, check)):
        before, _, after = folder.rpartition("images")
        files[f"{folder}__{i} ü__png"] = png(i)
        files[f"{before}labels{after}__{i} ü__txt"] = "0 0.5 0.5 0.2 0.2"
    draft = read(**files)
    assert [item.row["part"] for item in draft.samples] == ["train", "validation"]
    assert [item.row["boxes"] for item in draft.samples] == [[[0, 0.5, 0.5, 0.2, 0.2]]] * 2


def test_outlines_become_the_boxes_around_them():
    draft = one("0 0.2 0.1 0.6 0.3 0.4 0.5\n")
    assert draft.samples[0].row["boxes"] == [pytest.approx([0, 0.4, 0.3, 0.4, 0.4])]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("5 0.5 0.5 0.2 0.2", "unnamed_class"),
        ("0 0.5 0.5", "bad_line"),
        ("1000000000000 0.5 0.5 0.1 0.1", "bad_class"),
        ("-1 0.5 0.5 0.1 0.1", "bad_class"),
        ("0.5 0.5 0.5 0.1 0.1", "bad_class"),
        ("bird 0.5 0.5 0.1 0.1", "unknown_class"),
        ("0 0.5 0.5 0 0.2", "empty_box"),
        ("0 0.5 0.5 -0.1 0.2", "empty_box"),
        ("0 nan 0.5 0.2 0.2", "bad_line"),
        ("0 inf 0.5 0.5 0.2 0.2", "bad_line"),
        ("0 0.5 0.5 0.1 0_1", "bad_line"),
        ("0 0.5,,0.1 0.1 0.1", "bad_line"),
        ("0 2 2 0.2 0.2", "no_fractions"),
        ("0 0.95 0.5 0.4 0.2", "outside"),
    ],
)
def test_what_is_wrong_with_a_box_is_named(line, kind):
    draft = one(f"1 0.5 0.5 0.1 0.1\n\n{line}\n0 0.5 0.5 0.1 0.1\n")
    assert kinds(draft) == [kind]
    assert "labels/a.txt:3" in str(draft.problems[0])


def test_a_box_that_reaches_out_is_cut():
    draft = one("0 0.95 0.5 0.4 0.2")
    assert draft.samples[0].row["boxes"] == [[0, 0.875, 0.5, 0.25, 0.2]]


def test_images_without_labels_broken_and_equal_ones_are_told():
    draft = read(
        images__a__png=png(0),
        labels__a__txt="0 0.5 0.5 0.2 0.2",
        images__b__png=png(1),
        images__c__png=b"no image",
        labels__c__txt="0 0.5 0.5 0.2 0.2",
        images__d__png=png(0),
        labels__d__txt="0 0.5 0.5 0.2 0.2",
    )
    assert kinds(draft) == ["unreadable", "no_labels", "duplicate"]
    assert "1 images have no label file" in str(draft.problems[1])
    assert "images/b.png" in str(draft.problems[1])


def test_an_image_without_labels_shows_the_ground():
    draft = read(images__a__png=png(0), labels__a__txt="0 0.5 0.5 0.2 0.2", images__b__png=png(1))
    assert [item.row["boxes"] for item in draft.kept(drop=True)] == [[[0, 0.5, 0.5, 0.2, 0.2]], []]


def coco(**change: object) -> str:
    described = {
        "images": [{"id": 7, "file_name": "deep/a.png", "width": 60, "height": 40}],
        "annotations": [{"image_id": 7, "category_id": 3, "bbox": [15, 10, 30, 20]}],
        "categories": [{"id": 3, "name": "cat"}],
    }
    return json.dumps(described | change)


def described(name: str, category: str) -> str:
    """A description of one image with one box of one class."""
    image = {"id": 7, "file_name": name, "width": 60, "height": 40}
    return coco(images=[image], categories=[{"id": 3, "name": category}])


def test_several_coco_files_are_read_together():
    """Equal names of images are told apart by their folders."""
    draft = read(
        train___annotations__json=described("a.png", "猫"),
        train__a__png=png(0),
        valid___annotations__json=described("a.png", "dog"),
        valid__a__png=png(1),
        valid__b__png=png(2),
    )
    assert draft.facts["classes"] == ["猫", "dog"]
    assert [(i.row["part"], i.row["boxes"][0][0]) for i in draft.samples] == [
        ("train", 0),
        ("validation", 1),
    ]
    assert kinds(draft) == ["not_described"]


def test_a_coco_box_that_is_wrong_is_named_by_its_annotation():
    box = {"id": 12, "image_id": 7, "category_id": 3, "bbox": [15, 10, 0, 20]}
    good = {"id": 11, "image_id": 7, "category_id": 3, "bbox": [15, 10, 30, 20]}
    draft = read(images__a__png=png(0), instances__json=coco(annotations=[good, box]))
    assert kinds(draft) == ["bad_box"]
    assert "instances.json#12" in str(draft.problems[0])


def test_coco_boxes_become_fractions_of_the_image():
    draft = read(images__a__png=png(0), instances__json=coco())
    assert draft.samples[0].row["boxes"] == [[0, 0.5, 0.5, 0.5, 0.5]]
    assert draft.facts["classes"] == ["cat"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"categories": []}, "unknown_category"),
        ({"annotations": [{"image_id": 7, "category_id": 3, "bbox": None}]}, "bad_box"),
        ({"images": [{"id": 7}]}, "bad_image"),
    ],
)
def test_a_description_without_anything_usable_gives_its_problems(change, kind):
    draft = read(images__a__png=png(0), instances__json=coco(**change))
    assert not draft.samples
    assert draft.problems[0].kind == kind


def test_no_box_anywhere_gives_no_samples_and_says_why():
    draft = read(images__a__png=png(0), labels__a__txt="")
    assert not draft.samples
    assert "images/a.png shows no box" in draft.why()


def test_the_most_frequent_cause_comes_first():
    files = {f"images/{i}.png": png(i) for i in range(4)}
    files |= {f"labels/{i}.txt": "0 0.5 0.5 -1 0.2" for i in range(3)}
    files["labels/3.txt"] = "no label"
    draft = read_files(files)
    assert not draft.samples
    assert draft.why().startswith("3 × labels/0.txt:1: the box 0.5, 0.5, -1, 0.2 has no area")


def test_an_archive_without_images_says_so():
    assert "There is no image" in read(labels__a__txt="0 0.5 0.5 0.1 0.1").why(9)


def test_equal_images_with_other_boxes_are_left_to_a_person():
    """The alphabetically first one, without a box, was kept, and the other left out as its copy."""
    draft = read(
        images__a__png=png(0),
        labels__a__txt="",
        images__b__png=png(0),
        labels__b__txt="0 0.5 0.5 0.2 0.2",
        images__c__png=png(1),
        labels__c__txt="0 0.5 0.5 0.2 0.2",
    )
    assert kinds(draft) == ["no_boxes", "conflict", "conflict"]
    assert "images/b.png (1 boxes) is the same image as images/a.png (0)" in str(draft.problems[2])
    assert [one.origin for one in draft.kept(drop=True)] == ["images/c.png"]
    assert len(draft.kept(drop=False)) == 3


def test_equal_images_with_the_same_boxes_in_another_order_are_copies():
    draft = read(
        images__a__png=png(0),
        labels__a__txt="0 0.5 0.5 0.2 0.2\n1 0.2 0.2 0.1 0.1",
        images__b__png=png(0),
        labels__b__txt="1 0.2 0.2 0.1 0.1\n0 0.5 0.5 0.2 0.2",
    )
    assert kinds(draft) == ["duplicate"]


def test_a_damaged_member_costs_only_itself():
    packed = pack(
        {"images/a.png": png(0), "labels/a.txt": "0 0.5 0.5 0.2 0.2", "data.yaml": "nc: 1"}
    )
    broken = packed.replace(b"nc: 1", b"nc: 2")  # its checksum is wrong
    draft = read_files(broken)
    assert kinds(draft) == ["unreadable"]
    assert draft.samples[0].row["boxes"] == [[0, 0.5, 0.5, 0.2, 0.2]]


def test_files_that_nothing_reads_are_told_by_their_ending():
    draft = read(
        images__a__png=png(0),
        labels__a__txt="0 0.5 0.5 0.2 0.2",
        images__b__xyz=b"?",
        notes__md="hi",
    )
    assert kinds(draft) == ["not_read"]
    assert ".xyz" in str(draft.problems[0])


def test_scenes_are_seeded_and_their_parts_share_no_digit(monkeypatch):
    monkeypatch.setattr(scenes, "TRAIN_SCENES", 6)
    monkeypatch.setattr(scenes, "VALIDATION_SCENES", 3)
    digits = np.zeros((50, 28, 28), dtype=np.uint8)
    digits[:, 8:20, 10:18] = 255
    monkeypatch.setattr(scenes.samples, "digits", lambda _: (digits, np.arange(50) % 10))
    first, second = (scenes.SAMPLES[0].build([None]) for _ in range(2))
    assert [i.row for i in first.samples] == [i.row for i in second.samples]
    assert [i.row["part"] for i in first.samples] == ["train"] * 6 + ["validation"] * 3
